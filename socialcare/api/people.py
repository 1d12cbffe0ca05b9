"""Who there is: people and roles, for those who configure."""

import uuid
from typing import Any

from django.contrib.auth.models import Group
from django.db.models import Count, QuerySet
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User

from .base import ApiView, answer, found
from .configuration import NamedQuery, descending, named, require_configurer
from .paging import PageQuery, listing, listing_of
from .users import EXPANDED, EXPANDS, UserWire, presence_out, routing_status_out, user_out
from .wire import ORDERS, Ids, Wire, Words, uri

GROUPS = uuid.UUID("6f1e1c1e-0000-4000-9000-000000000000")
"""The ids of groups begin so; a role's number follows."""
STATES: dict[str, dict[str, Any]] = {
    "active": {"is_active": True},
    "inactive": {"is_active": False},
    "deleted": {"pk__in": ()},
    "any": {},
}


class UsersQuery(PageQuery):
    """Which people, and what else is wanted of them."""

    id = Ids()
    state = serializers.ChoiceField(choices=list(STATES), required=False, default="active")
    sort_order = serializers.ChoiceField(choices=ORDERS, default="asc")
    expand = Words(EXPANDS)


class UserQuery(Wire):
    """What else is wanted of somebody."""

    expand = Words(EXPANDS)


class PersonWire(UserWire):
    """Somebody who can sign in, with the status where it was fetched as well."""

    def to_representation(self, instance: User) -> Any:
        """As the API tells of somebody."""
        told = user_out(instance)
        status = instance._state.fields_cache.get("status")
        if status:
            told |= {"presence": presence_out(status), "routing_status": routing_status_out(status)}
        return super().to_representation(told)


class GroupWire(Wire):
    """A role: who is in it has its rights."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    type = serializers.CharField()
    state = serializers.CharField()
    visibility = serializers.CharField()
    version = serializers.IntegerField()
    member_count = serializers.IntegerField()
    self_uri = serializers.CharField()

    def to_representation(self, instance: Group) -> Any:
        """As the API tells of a role."""
        return super().to_representation(group_out(instance))


def id_of(group: Group) -> uuid.UUID:
    """The id under which the API knows a role."""
    return uuid.UUID(int=GROUPS.int + group.pk)


def group_number(known: uuid.UUID) -> int:
    """The number of the role of this id; 0 where no role can have it."""
    number = known.int - GROUPS.int
    return number if 0 < number < 2**31 else 0


def group_out(group: Group) -> dict[str, Any]:
    """A role (with its number of members), as the API tells of it."""
    known = id_of(group)
    return {
        "id": known,
        "name": group.name,
        "type": "official",
        "state": "active",
        "visibility": "public",
        "version": 1,
        "member_count": getattr(group, "member_count", 0),
        "self_uri": uri("groups", known),
    }


class Users(ApiView):
    """The people."""

    @extend_schema(parameters=[UsersQuery], responses=listing_of(UserWire))
    def get(self, request: Request) -> Response:
        """All who can sign in, by name; for who configures or staffs a queue. `expand`: presence, routingStatus."""
        require_configurer(self.user)
        asked = self.asked(UsersQuery)
        rows = _expanded(User.objects.filter(**STATES[asked["state"]]), asked["expand"])
        if asked["id"]:
            rows = rows.filter(pk__in=asked["id"])
        sign = "-" if descending(asked) else ""
        return listing(
            request, rows.order_by(*(sign + by for by in ("first_name", "last_name", "username"))), PersonWire
        )


class OneUser(ApiView):
    """Somebody."""

    @extend_schema(parameters=[UserQuery], responses=UserWire)
    def get(self, request: Request, user_id: uuid.UUID) -> Response:
        """Oneself; or anybody, for who configures or staffs a queue."""
        if user_id != self.user.pk:
            require_configurer(self.user)
        rows = _expanded(User.objects.all(), self.asked(UserQuery)["expand"])
        return answer(PersonWire, found(rows, pk=user_id))


class Groups(ApiView):
    """The roles, to which rights are given."""

    @extend_schema(parameters=[NamedQuery], responses=listing_of(GroupWire))
    def get(self, request: Request) -> Response:
        """All roles, by name; for who configures or staffs a queue."""
        require_configurer(self.user)
        asked = self.asked(NamedQuery)
        asked["id"] = [group_number(each) for each in asked["id"]]
        return listing(request, named(_groups(), asked), GroupWire)


class OneGroup(ApiView):
    """A role."""

    @extend_schema(responses=GroupWire)
    def get(self, request: Request, group_id: uuid.UUID) -> Response:
        """The role."""
        require_configurer(self.user)
        return answer(GroupWire, found(_groups(), pk=group_number(group_id)))


def _expanded(rows: QuerySet[User], expand: list[str]) -> QuerySet[User]:
    return rows.select_related("status") if set(expand) & set(EXPANDED) else rows


def _groups() -> QuerySet[Group]:
    return Group.objects.annotate(member_count=Count("user"))


urlpatterns = [
    path("users", Users.as_view()),
    path("users/<uuid:user_id>", OneUser.as_view()),
    path("groups", Groups.as_view()),
    path("groups/<uuid:group_id>", OneGroup.as_view()),
]
