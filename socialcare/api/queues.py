"""Queues: their rules."""

import uuid
from collections.abc import Iterator
from typing import Any

from django.db.models import Exists, OuterRef
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from queues import configuring
from queues.models import AfterContactWork, LastAgentMode, Queue, QueueMember, ScoringMethod, SkillEvaluation
from socialcare.errors import Invalid

from .base import ApiView, answer, found
from .configuration import NamedQuery, descending, named, routing
from .idempotency import creates
from .paging import PageQuery, listing, listing_of
from .wire import HOME, LONGEST, ORDERS, DivisionWire, Time, Wire, camel, uri

SECOND = 1000
"""Milliseconds."""
HOUR = 3600 * SECOND
WEEK = 168 * HOUR
ALERTING = ("media_settings", "message")
WHERE = {
    "name": ("name",),
    "description": ("description",),
    "alerting_seconds": (*ALERTING, "alerting_timeout_seconds"),
    "auto_answer": (*ALERTING, "enable_auto_answer"),
    "service_level_percent": (*ALERTING, "service_level", "percentage"),
    "service_level_seconds": (*ALERTING, "service_level", "duration_ms"),
    "acw_mode": ("acw_settings", "wrapup_prompt"),
    "acw_seconds": ("acw_settings", "timeout_ms"),
    "scoring_method": ("scoring_method",),
    "skill_evaluation": ("skill_evaluation_method",),
    "last_agent_mode": ("last_agent_routing_mode",),
}
"""Where each column of a queue stands in a request."""


class ServiceLevelWire(Wire):
    """The aim: so much of what comes in (0.8 is 80 %) is answered within so long."""

    percentage = serializers.FloatField(min_value=0.01, max_value=1, required=False)
    duration_ms = serializers.IntegerField(min_value=SECOND, max_value=WEEK, required=False)


class MessageMediaSettingsWire(Wire):
    """How messages are offered."""

    enable_auto_answer = serializers.BooleanField(required=False)
    alerting_timeout_seconds = serializers.IntegerField(min_value=7, max_value=3600, required=False)
    service_level = ServiceLevelWire(required=False)


class QueueMediaSettingsWire(Wire):
    """How interactions are offered; all of them are messages here."""

    message = MessageMediaSettingsWire(required=False)


class AcwSettingsWire(Wire):
    """After-contact work."""

    wrapup_prompt = serializers.ChoiceField(choices=AfterContactWork.values, required=False)
    timeout_ms = serializers.IntegerField(min_value=SECOND, max_value=HOUR, required=False)


class QueueWire(Wire):
    """A queue and its rules. What a PUT leaves out stays as it is."""

    id = serializers.UUIDField(read_only=True)
    name = serializers.CharField(max_length=120)
    division = DivisionWire(read_only=True)
    description = serializers.CharField(required=False, allow_blank=True, max_length=LONGEST)
    date_created = Time(read_only=True)
    member_count = serializers.IntegerField(read_only=True)
    user_member_count = serializers.IntegerField(read_only=True)
    joined_member_count = serializers.IntegerField(read_only=True)
    media_settings = QueueMediaSettingsWire(required=False)
    acw_settings = AcwSettingsWire(required=False)
    scoring_method = serializers.ChoiceField(choices=ScoringMethod.values, required=False)
    skill_evaluation_method = serializers.ChoiceField(choices=SkillEvaluation.values, required=False)
    last_agent_routing_mode = serializers.ChoiceField(choices=LastAgentMode.values, required=False)
    self_uri = serializers.CharField(read_only=True)

    def to_representation(self, instance: Queue) -> Any:
        """As the API tells of a queue."""
        return super().to_representation(queue_out(instance))


class UserQueueWire(QueueWire):
    """A queue, and whether the one who asks takes work from it."""

    joined = serializers.BooleanField(read_only=True)


class MyQueuesQuery(PageQuery):
    """Which of one's own queues."""

    joined = serializers.BooleanField(required=False, allow_null=True, default=None)
    sort_order = serializers.ChoiceField(choices=ORDERS, default="asc")


def queue_out(queue: Queue) -> dict[str, Any]:
    """A queue (with its numbers of members), as the API tells of it."""
    members = getattr(queue, "member_count", 0)
    message = {
        "enable_auto_answer": queue.auto_answer,
        "alerting_timeout_seconds": queue.alerting_seconds,
        "service_level": {
            "percentage": queue.service_level_percent / 100,
            "duration_ms": queue.service_level_seconds * SECOND,
        },
    }
    return {
        "id": queue.pk,
        "name": queue.name,
        "division": HOME,
        "description": queue.description,
        "date_created": queue.created_at,
        "member_count": members,
        "user_member_count": members,
        "joined_member_count": getattr(queue, "joined_member_count", 0),
        "media_settings": {"message": message},
        "acw_settings": {"wrapup_prompt": queue.acw_mode, "timeout_ms": queue.acw_seconds * SECOND},
        "scoring_method": queue.scoring_method,
        "skill_evaluation_method": queue.skill_evaluation,
        "last_agent_routing_mode": queue.last_agent_mode,
        "joined": getattr(queue, "joined", False),
        "self_uri": uri("routing/queues", queue.pk),
    }


def queue_facts(given: dict[str, Any]) -> dict[str, Any]:
    """The columns that a request speaks of. Raises Invalid."""
    return dict(_facts(given))


def _facts(given: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for column, way in WHERE.items():
        value: Any = given
        for step in way:
            value = value.get(step) if isinstance(value, dict) else None
        if value is None:
            continue
        if way[-1].endswith("_ms"):
            value, odd = divmod(value, SECOND)
            if odd:
                raise Invalid("Only whole seconds are possible.", field=".".join(camel(step) for step in way))
        yield column, round(value * 100) if way[-1] == "percentage" else value


class Queues(ApiView):
    """The queues."""

    @extend_schema(parameters=[NamedQuery], responses=listing_of(QueueWire))
    def get(self, request: Request) -> Response:
        """The queues that one works in, staffs or configures, by name."""
        rows = Queue.objects.known_to(self.user).with_members()
        return listing(request, named(rows, self.asked(NamedQuery)), QueueWire)

    @extend_schema(request=QueueWire, responses={201: QueueWire})
    @creates
    def post(self, request: Request) -> Response:
        """Make a queue. Nobody works in it, and nobody has a right on it, until that is said."""
        self.require(routing("Queue", "Add"))
        queue = configuring.make(Queue(**queue_facts(self.given(QueueWire))))
        return answer(QueueWire, queue, 201)


class OneQueue(ApiView):
    """A queue."""

    @extend_schema(responses=QueueWire)
    def get(self, request: Request, queue_id: uuid.UUID) -> Response:
        """Its rules."""
        return answer(QueueWire, self._queue(queue_id))

    @extend_schema(request=QueueWire, responses=QueueWire)
    def put(self, request: Request, queue_id: uuid.UUID) -> Response:
        """Change its rules; they hold for what is offered and ended from now on."""
        queue = self._queue(queue_id)
        self.require(routing("Queue", "Edit"))
        return answer(QueueWire, configuring.change(queue, **queue_facts(self.given(QueueWire))))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, queue_id: uuid.UUID) -> Response:
        """Delete a queue that no integration leads to, and through which nothing ever came."""
        queue = self._queue(queue_id)
        self.require(routing("Queue", "Delete"))
        configuring.remove(queue)
        return Response(status=204)

    def _queue(self, queue_id: uuid.UUID) -> Queue:
        return found(Queue.objects.known_to(self.user).with_members(), pk=queue_id)


class MyQueues(ApiView):
    """The queues that one is a member of."""

    @extend_schema(parameters=[MyQueuesQuery], responses=listing_of(UserQueueWire))
    def get(self, request: Request) -> Response:
        """One's own queues, by name, and whether one has joined them."""
        asked = self.asked(MyQueuesQuery)
        mine = QueueMember.objects.filter(user=self.user)
        if asked["joined"] is not None:
            mine = mine.filter(joined=asked["joined"])
        joined = Exists(QueueMember.objects.filter(queue=OuterRef("pk"), user=self.user, joined=True))
        rows = Queue.objects.filter(pk__in=mine.values("queue")).with_members().annotate(joined=joined)
        return listing(request, rows.order_by("-name" if descending(asked) else "name"), UserQueueWire)


urlpatterns = [
    path("routing/queues", Queues.as_view()),
    path("routing/queues/me", MyQueues.as_view()),
    path("routing/queues/<uuid:queue_id>", OneQueue.as_view()),
]
