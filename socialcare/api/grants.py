"""Who may do what with one queue, or through one integration: object permissions, over REST."""

import uuid
from collections import defaultdict
from typing import Any, ClassVar

from django.contrib.auth.models import Group
from django.db.models import Model
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.grants import grants_on, replace_grants, rights_on
from accounts.models import User
from accounts.permissions import Permission, allowed
from accounts.roles import Holder
from interactions.models import Inbox
from queues.models import Queue
from socialcare.errors import Invalid

from .base import ApiView, found
from .configuration import require_view
from .people import group_number, id_of
from .wire import Wire

AT_MOST = 500
"""So many subjects in a list."""


class SubjectWire(Wire):
    """Somebody, or a role (a group)."""

    id = serializers.UUIDField()
    type = serializers.ChoiceField(choices=["USER", "GROUP"])
    name = serializers.CharField(read_only=True)


class GrantWire(Wire):
    """What a subject may do here, as in `conversation:message:accept`."""

    subject = SubjectWire()
    permissions = serializers.ListField(child=serializers.CharField(max_length=100), max_length=50)


def grants_out(obj: Model) -> list[dict[str, Any]]:
    """Who holds what on `obj`, as the API tells of it."""
    return [
        {"subject": subject_out(holder), "permissions": sorted(right.wire for right in rights)}
        for holder, rights in grants_on(obj).items()
    ]


def subject_out(holder: Holder) -> dict[str, Any]:
    """Somebody, or a role, as the API tells of them."""
    if isinstance(holder, Group):
        return {"id": id_of(holder), "type": "GROUP", "name": holder.name}
    return {"id": holder.pk, "type": "USER", "name": holder.display_name}


class GrantsView(ApiView):
    """The rights that are given on one object; what is given everywhere by a role is not among them."""

    right: ClassVar[tuple[str, str]]
    """Domain and entity of the right that configures such an object."""

    def obj(self, **where: uuid.UUID) -> Model:
        """The object. Raises NotFound."""
        raise NotImplementedError

    @extend_schema(responses=GrantWire(many=True))
    def get(self, request: Request, **where: uuid.UUID) -> Response:
        """Who may do what: roles first, then people."""
        obj = self.obj(**where)
        require_view(self.user, *self.right)
        return Response(GrantWire(grants_out(obj), many=True).data)

    @extend_schema(request=GrantWire(many=True), responses=GrantWire(many=True))
    def put(self, request: Request, **where: uuid.UUID) -> Response:
        """Replace the whole list; who is not on it holds no right here any more."""
        obj = self.obj(**where)
        self.require(Permission(*self.right, "Edit"))
        given = self.given(GrantWire, many=True, max_length=AT_MOST)
        replace_grants(obj, _wanted(given, rights_on(type(obj))))
        return Response(GrantWire(grants_out(obj), many=True).data)


class QueueGrants(GrantsView):
    """The rights on a queue."""

    right = ("Routing", "Queue")

    def obj(self, **where: uuid.UUID) -> Queue:
        """The queue. Raises NotFound."""
        return found(Queue.objects.known_to(self.user), pk=where["queue_id"])


class IntegrationGrants(GrantsView):
    """The rights on an integration."""

    right = ("Messaging", "Integration")

    def obj(self, **where: uuid.UUID) -> Inbox:
        """The integration. Raises NotFound."""
        configures = any(allowed(self.user, Permission(*self.right, action)) for action in ("View", "Edit"))
        rows = Inbox.objects.all() if configures else Inbox.objects.visible_to(self.user)
        return found(rows.filter(kind="open"), pk=where["integration_id"])


def _wanted(given: list[dict[str, Any]], possible: dict[str, Permission]) -> dict[Holder, frozenset[Permission]]:
    """Who shall hold what. Raises Invalid, naming what is wrong."""
    holders = _holders([each["subject"] for each in given])
    wanted: defaultdict[Holder, frozenset[Permission]] = defaultdict(frozenset)
    for number, (each, holder) in enumerate(zip(given, holders, strict=True)):
        for place, name in enumerate(each["permissions"]):
            if name.lower() not in possible:
                words = f"“{name}” cannot be given here; these can: {', '.join(possible)}."
                raise Invalid(words, field=f"[{number}].permissions[{place}]")
        wanted[holder] |= {possible[name.lower()] for name in each["permissions"]}
    return wanted


def _holders(subjects: list[dict[str, Any]]) -> list[Holder]:
    people = User.objects.in_bulk([each["id"] for each in subjects if each["type"] == "USER"])
    roles = Group.objects.in_bulk([group_number(each["id"]) for each in subjects if each["type"] == "GROUP"])
    holders: list[Holder] = []
    for number, each in enumerate(subjects):
        is_person = each["type"] == "USER"
        holder = people.get(each["id"]) if is_person else roles.get(group_number(each["id"]))
        if holder is None:
            raise Invalid(f"There is no {each['type'].lower()} of this id.", field=f"[{number}].subject.id")
        holders.append(holder)
    return holders


urlpatterns = [
    path("routing/queues/<uuid:queue_id>/grants", QueueGrants.as_view()),
    path("conversations/messaging/integrations/open/<uuid:integration_id>/grants", IntegrationGrants.as_view()),
]
