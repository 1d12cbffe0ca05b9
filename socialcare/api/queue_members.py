"""Who works in a queue."""

import uuid
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from accounts.permissions import MANAGE_MEMBERS, allowed
from queues import members
from queues.models import Presence, Queue, QueueMember, RoutingStatus
from socialcare.errors import Invalid, NotFound

from .base import ApiView, found
from .configuration import descending, routing
from .idempotency import creates
from .paging import PageQuery, listing, listing_of
from .users import RoutingStatusWire, UserWire, routing_status_out, user_out
from .wire import ORDERS, Wire, Words, uri

AT_ONCE = 100
"""So many members a call."""
BY_NAME = ("user__first_name", "user__last_name", "user__username")


class MemberRefWire(Wire):
    """Somebody."""

    id = serializers.UUIDField()


class MembersQuery(PageQuery):
    """Which members."""

    name = serializers.CharField(required=False, default="", allow_blank=True, max_length=200)
    joined = serializers.BooleanField(required=False, allow_null=True, default=None)
    routing_status = Words((*RoutingStatus.values, "COMMUNICATING"))
    presence = Words(tuple(Presence.values))
    sort_order = serializers.ChoiceField(choices=ORDERS, default="asc")


class MembersPostQuery(Wire):
    """Come or go."""

    delete = serializers.BooleanField(required=False, default=False)


class QueueMemberWire(Wire):
    """Somebody who works in a queue; `joined` off: who takes no work from it for now."""

    id = serializers.UUIDField()
    name = serializers.CharField(read_only=True)
    user = UserWire(read_only=True)
    ring_number = serializers.IntegerField(read_only=True)
    joined = serializers.BooleanField(required=False)
    member_by = serializers.CharField(read_only=True)
    routing_status = RoutingStatusWire(read_only=True, required=False)
    self_uri = serializers.CharField(read_only=True)

    def to_representation(self, instance: QueueMember) -> Any:
        """As the API tells of a member."""
        return super().to_representation(member_out(instance))


class JoinedWire(Wire):
    """Whether a member takes work from the queue."""

    joined = serializers.BooleanField()


class MemberJoinedWire(MemberRefWire):
    """Which member takes work from the queue."""

    joined = serializers.BooleanField()


def member_out(member: QueueMember) -> dict[str, Any]:
    """A member (with the user and their status), as the API tells of them."""
    status = getattr(member.user, "status", None)
    off = {"user_id": member.user_id, "status": RoutingStatus.OFF_QUEUE, "start_time": member.user.date_joined}
    return {
        "id": member.user_id,
        "name": member.user.display_name,
        "user": user_out(member.user),
        "ring_number": 1,
        "joined": member.joined,
        "member_by": "user",
        "routing_status": routing_status_out(status) if status else off,
        "self_uri": uri(f"routing/queues/{member.queue_id}/members", member.user_id),
    }


class MembersView(ApiView):
    """Something about the members of a queue."""

    def queue(self, queue_id: uuid.UUID) -> Queue:
        """The queue. Raises NotFound."""
        return found(Queue.objects.known_to(self.user), pk=queue_id)

    def staffed(self, queue_id: uuid.UUID) -> Queue:
        """The queue, whose members are to change. Raises NotFound, NotPermitted."""
        queue = self.queue(queue_id)
        if not allowed(self.user, routing("Queue", "Edit")):
            self.require(MANAGE_MEMBERS, queue)
        return queue


class Members(MembersView):
    """The members of a queue."""

    @extend_schema(parameters=[MembersQuery], responses=listing_of(QueueMemberWire))
    def get(self, request: Request, queue_id: uuid.UUID) -> Response:
        """Who works in it, by name."""
        asked = self.asked(MembersQuery)
        rows = _filtered(_members(self.queue(queue_id)), asked)
        sign = "-" if descending(asked) else ""
        return listing(request, rows.order_by(*(f"{sign}{field}" for field in BY_NAME)), QueueMemberWire)

    @extend_schema(parameters=[MembersPostQuery], request=MemberRefWire(many=True), responses={204: None})
    @creates
    def post(self, request: Request, queue_id: uuid.UUID) -> Response:
        """Let up to 100 people work in it; with `delete=true`, work in it no more."""
        queue = self.staffed(queue_id)
        ids = [each["id"] for each in self.given(MemberRefWire, many=True, max_length=AT_ONCE)]
        if self.asked(MembersPostQuery)["delete"]:
            members.remove_members(queue, ids)
        else:
            members.add_members(queue, _people(ids))
        return Response(status=204)

    @extend_schema(request=MemberJoinedWire(many=True), responses=listing_of(QueueMemberWire))
    def patch(self, request: Request, queue_id: uuid.UUID) -> Response:
        """Say which of up to 100 members take work from it; the answer shows these."""
        queue = self.staffed(queue_id)
        given = self.given(MemberJoinedWire, many=True, max_length=AT_ONCE)
        joined = {each["id"]: each["joined"] for each in given}
        members.set_joined(queue, joined)
        return listing(request, _members(queue).filter(user__in=joined).order_by(*BY_NAME), QueueMemberWire)


class OneMember(MembersView):
    """A member of a queue."""

    @extend_schema(request=JoinedWire, responses={204: None})
    def patch(self, request: Request, queue_id: uuid.UUID, user_id: uuid.UUID) -> Response:
        """Say whether a member takes work from it."""
        queue = self.staffed(queue_id)
        members.set_joined(queue, {user_id: self.given(JoinedWire)["joined"]})
        return Response(status=204)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, queue_id: uuid.UUID, user_id: uuid.UUID) -> Response:
        """Let somebody work in it no more."""
        if not members.remove_members(self.staffed(queue_id), [user_id]):
            raise NotFound
        return Response(status=204)


def _members(queue: Queue) -> QuerySet[QueueMember]:
    return QueueMember.objects.filter(queue=queue).select_related("user__status")


def _filtered(rows: QuerySet[QueueMember], asked: dict[str, Any]) -> QuerySet[QueueMember]:
    for word in asked["name"].split():
        rows = rows.filter(
            Q(user__first_name__icontains=word) | Q(user__last_name__icontains=word) | Q(user__username__icontains=word)
        )
    if asked["joined"] is not None:
        rows = rows.filter(joined=asked["joined"])
    if asked["routing_status"]:
        rows = rows.filter(user__status__routing_status__in=asked["routing_status"])
    if asked["presence"]:
        rows = rows.filter(user__status__presence__in=asked["presence"])
    return rows


def _people(ids: list[uuid.UUID]) -> list[User]:
    """Those who are to come. Raises Invalid, naming who is not there."""
    people = User.objects.filter(is_active=True).in_bulk(ids)
    for number, one in enumerate(ids):
        if one not in people:
            raise Invalid("Nobody here has this id.", field=f"[{number}].id")
    return list(people.values())


urlpatterns = [
    path("routing/queues/<uuid:queue_id>/members", Members.as_view()),
    path("routing/queues/<uuid:queue_id>/members/<uuid:user_id>", OneMember.as_view()),
]
