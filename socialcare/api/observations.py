"""Figures: how queues stand now."""

import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.urls import path
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from interactions.figures import Line, Standing, standings
from queues.models import Presence, Queue, RoutingStatus
from socialcare.errors import Invalid

from .base import ApiView, answer
from .users import presence_id
from .wire import Wire

LINES = {"oWaiting": "waiting", "oAlerting": "alerting", "oInteracting": "interacting"}
OLDEST = {"oLongestWaiting": "waiting", "oLongestInteracting": "interacting"}
USERS = {"oMemberUsers": "members", "oActiveUsers": "joined"}
BY_KIND = ("oOnQueueUsers", "oOffQueueUsers", "oUserRoutingStatuses", "oUserPresences")
METRICS = (*LINES, *OLDEST, *USERS, *BY_KIND)
MANY = 500
NONE = Q(pk__in=())
ON_QUEUE = tuple(status for status in RoutingStatus.values if status != RoutingStatus.OFF_QUEUE)


class PredicateWire(Wire):
    """A condition, as in `queueId` matches an id."""

    type = serializers.ChoiceField(choices=["dimension"], default="dimension")
    dimension = serializers.ChoiceField(choices=["queueId", "mediaType"])
    operator = serializers.ChoiceField(choices=["matches", "exists", "notExists"], default="matches")
    value = serializers.CharField(required=False, default="", allow_blank=True, max_length=200)


class ClauseWire(Wire):
    """Several conditions: all of them, or one of them."""

    type = serializers.ChoiceField(choices=["and", "or"])
    predicates: Any = serializers.ListSerializer(child=PredicateWire(), max_length=MANY)


class FilterWire(ClauseWire):
    """Several conditions and groups of conditions: all of them, or one of them."""

    predicates: Any = serializers.ListSerializer(child=PredicateWire(), max_length=MANY, required=False, default=list)
    clauses: Any = serializers.ListSerializer(child=ClauseWire(), max_length=MANY, required=False, default=list)


class QueueObservationQueryWire(Wire):
    """Which figures of which queues; without `metrics` all."""

    filter = FilterWire()
    metrics = serializers.ListField(
        child=serializers.ChoiceField(choices=METRICS), required=False, default=list, max_length=len(METRICS)
    )


class StatisticalSummaryWire(Wire):
    """How many; or, for the longest, how long in milliseconds."""

    count = serializers.IntegerField(required=False)
    calculated_metric_value = serializers.IntegerField(required=False)


class ObservationMetricDataWire(Wire):
    """A figure."""

    metric = serializers.CharField()
    qualifier = serializers.CharField(required=False)
    stats = StatisticalSummaryWire()


class QueueObservationDataContainerWire(Wire):
    """The figures of one queue."""

    group = serializers.DictField(child=serializers.CharField())
    data = ObservationMetricDataWire(many=True)  # type: ignore[assignment]


class QueueObservationQueryResponseWire(Wire):
    """The figures, and the ids of the presences by which some of them are told apart."""

    system_to_organization_mappings = serializers.DictField(child=serializers.ListField())
    results = QueueObservationDataContainerWire(many=True)


class Observations(ApiView):
    """How queues stand now."""

    @extend_schema(request=QueueObservationQueryWire, responses=QueueObservationQueryResponseWire)
    def post(self, request: Request) -> Response:
        """The figures of those of the queues asked for that one works in, staffs or configures."""
        asked = self.given(QueueObservationQueryWire)
        wanted = set(asked["metrics"] or METRICS)
        rows = Queue.objects.known_to(self.user).filter(_group(asked["filter"], "filter")).order_by("name")
        told = standings(list(rows.values_list("pk", flat=True)))
        results = [group for queue, standing in told.items() for group in _groups(queue, standing, wanted)]
        mappings = {_system(presence): [str(presence_id(presence))] for presence in Presence.values}
        return answer(
            QueueObservationQueryResponseWire, {"system_to_organization_mappings": mappings, "results": results}
        )


Data = dict[str, Any]


def _groups(queue: uuid.UUID, standing: Standing, wanted: set[str]) -> Iterator[Data]:
    """What is told of a queue: of its messages, and of its members."""
    group = {"queueId": str(queue)}
    if data := [each for each in _of_messages(standing) if each["metric"] in wanted]:
        yield {"group": {**group, "mediaType": "message"}, "data": data}
    if data := [each for each in _of_members(standing) if each["metric"] in wanted]:
        yield {"group": group, "data": data}


def _of_messages(standing: Standing) -> Iterator[Data]:
    now = timezone.now()
    for metric, name in LINES.items():
        line: Line = getattr(standing, name)
        yield {"metric": metric, "stats": {"count": line.count}}
    for metric, name in OLDEST.items():
        since: datetime | None = getattr(standing, name).since
        if since:
            yield {"metric": metric, "stats": {"calculated_metric_value": (now - since).total_seconds() * 1000}}


def _of_members(standing: Standing) -> Iterator[Data]:
    for metric, name in USERS.items():
        yield {"metric": metric, "stats": {"count": getattr(standing, name)}}
    yield from _by_kind("oOnQueueUsers", standing.on_queue, ON_QUEUE)
    yield from _by_kind("oUserRoutingStatuses", standing.statuses, RoutingStatus.values)
    for presence, count in sorted(standing.presences.items()):
        qualifier = str(presence_id(presence))
        yield {"metric": "oUserPresences", "qualifier": qualifier, "stats": {"count": count}}
        if presence != Presence.ON_QUEUE:
            yield {"metric": "oOffQueueUsers", "qualifier": qualifier, "stats": {"count": count}}


def _by_kind(metric: str, counted: Counter[str], kinds: Iterable[str]) -> Iterator[Data]:
    for kind in kinds:
        yield {"metric": metric, "qualifier": kind, "stats": {"count": counted[kind]}}


def _system(presence: str) -> str:
    return "On Queue" if presence == Presence.ON_QUEUE else presence


def _group(given: dict[str, Any], where: str) -> Q:
    """The condition on queues that a filter or a clause makes. Raises Invalid."""
    parts = [_one(each, f"{where}.predicates[{number}]") for number, each in enumerate(given["predicates"])]
    parts += [_group(each, f"{where}.clauses[{number}]") for number, each in enumerate(given.get("clauses", ()))]
    if given["type"] == "and":
        return Q(*parts)
    return Q(*parts, _connector=Q.OR)


def _one(given: dict[str, Any], where: str) -> Q:
    operator, value = given["operator"], given["value"]
    if operator != "matches":
        return NONE if operator == "notExists" else ~NONE
    if given["dimension"] == "mediaType":
        return ~NONE if value == "message" else NONE
    try:
        return Q(pk=uuid.UUID(value))
    except ValueError:
        raise Invalid("This is not the id of a queue.", field=f"{where}.value") from None


urlpatterns = [path("analytics/queues/observations/query", Observations.as_view())]
