"""Figures over the API: how queues stand now."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from interactions.models import Handling, Inbox, Interaction, State
from queues.models import Queue
from tests.api.conftest import Api
from tests.api.sdk import read_as
from tests.factories import InboxFactory, InteractionFactory, QueueFactory, QueueMemberFactory, UserFactory, on_queue

PATH = "analytics/queues/observations/query"


def of(*queues: Queue, kind: str = "or", **more: Any) -> dict[str, Any]:
    predicates = [{"type": "dimension", "dimension": "queueId", "value": str(queue.pk)} for queue in queues]
    return {"filter": {"type": kind, "predicates": predicates}, **more}


def figures(told: dict[str, Any]) -> dict[tuple[str, str, str], int]:
    """By queue, metric and qualifier."""
    return {
        (group["group"]["queueId"], each["metric"], each.get("qualifier", "")): each["stats"].get("count", -1)
        for group in told["results"]
        for each in group["data"]
    }


@pytest.fixture
def busy(queue: Queue, inbox: Inbox, alice: User, bob: User) -> Queue:
    """Two wait, one for a minute; Alice works on one; Bob is on queue, Carol away, and Dora has gone."""
    now = timezone.now()
    InteractionFactory(inbox=inbox)
    InteractionFactory(inbox=inbox, queued_at=now - timedelta(minutes=1))
    work = InteractionFactory(inbox=inbox, owner=alice)
    Handling.objects.create(interaction=work, agent=alice, queue=queue)
    InteractionFactory(inbox=inbox, state=State.ENDED)
    on_queue(alice, load=1)
    on_queue(bob)
    on_queue(QueueMemberFactory(queue=queue).user, presence="Meal")
    on_queue(QueueMemberFactory(queue=queue).user, last_seen=now - timedelta(minutes=5))
    QueueMemberFactory(queue=queue, joined=False)
    QueueMemberFactory(queue=queue, user=UserFactory(is_active=False))
    return queue


def test_how_a_queue_stands(as_admin: Api, busy: Queue, vip: Queue) -> None:
    told = as_admin.of("post", PATH, of(busy))
    read_as("QueueObservationQueryResponse", told)
    stands = {(metric, kind): count for (_queue, metric, kind), count in figures(told).items()}
    assert {metric: stands[metric, ""] for metric in ("oWaiting", "oAlerting", "oInteracting")} == {
        "oWaiting": 2,
        "oAlerting": 0,
        "oInteracting": 1,
    }
    assert (stands["oMemberUsers", ""], stands["oActiveUsers", ""]) == (5, 4)
    on = {kind: stands["oOnQueueUsers", kind] for kind in ("IDLE", "INTERACTING", "NOT_RESPONDING")}
    assert on == {"IDLE": 1, "INTERACTING": 1, "NOT_RESPONDING": 0}
    assert stands["oUserRoutingStatuses", "OFF_QUEUE"] == 1
    [meal] = told["systemToOrganizationMappings"]["Meal"]
    assert stands["oUserPresences", meal] == stands["oOffQueueUsers", meal] == 1
    assert {group["group"]["queueId"] for group in told["results"]} == {str(busy.pk)}


def test_only_what_is_asked_for(as_admin: Api, busy: Queue, vip: Queue) -> None:
    told = as_admin.of("post", PATH, of(busy, vip, metrics=["oWaiting", "oLongestWaiting"]))
    by_queue = {group["group"]["queueId"]: group for group in told["results"]}
    assert by_queue[str(vip.pk)]["data"] == [{"metric": "oWaiting", "stats": {"count": 0}}]
    assert by_queue[str(busy.pk)]["group"]["mediaType"] == "message"
    waiting, longest = by_queue[str(busy.pk)]["data"]
    assert waiting["stats"] == {"count": 2}
    assert 60_000 <= longest["stats"]["calculatedMetricValue"] < 120_000


def clauses(busy: Queue, vip: Queue) -> dict[str, Any]:
    both = of(busy, vip)["filter"]
    message = {"type": "and", "predicates": [{"dimension": "mediaType", "value": "message"}]}
    return {"filter": {"type": "and", "clauses": [both, message]}}


@pytest.mark.parametrize(
    ("asking", "found"),
    [
        (clauses, {"busy", "vip"}),
        (lambda busy, vip: of(busy, vip, kind="and"), set()),
        (lambda busy, vip: {"filter": {"type": "and"}}, {"busy", "vip"}),
        (
            lambda busy, vip: {
                "filter": {"type": "or", "predicates": [{"dimension": "mediaType", "value": "voice"}]},
            },
            set(),
        ),
        (
            lambda busy, vip: {
                "filter": {"type": "or", "predicates": [{"dimension": "queueId", "operator": "exists"}]},
            },
            {"busy", "vip"},
        ),
    ],
)
def test_conditions(
    as_admin: Api, busy: Queue, vip: Queue, asking: Callable[[Queue, Queue], dict[str, Any]], found: set[str]
) -> None:
    told = as_admin.of("post", PATH, asking(busy, vip))
    names = {str(busy.pk): "busy", str(vip.pk): "vip"}
    assert {names[group["group"]["queueId"]] for group in told["results"]} == found


def test_only_queues_one_may_see(as_alice: Api, as_charlie: Api, busy: Queue, vip: Queue) -> None:
    assert {queue for queue, *_ in figures(as_alice.of("post", PATH, of(busy, vip)))} == {str(busy.pk)}
    assert as_charlie.of("post", PATH, of(busy, vip))["results"] == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "filter"),
        ({"filter": {"type": "xor"}}, "filter.type"),
        (
            {"filter": {"type": "or", "predicates": [{"dimension": "queueId", "value": "x"}]}},
            "filter.predicates[0].value",
        ),
        ({"filter": {"type": "or", "predicates": [{"dimension": "userId"}]}}, "filter.predicates[0].dimension"),
        ({"filter": {"type": "or"}, "metrics": ["tAnswered"]}, "metrics[0]"),
    ],
)
def test_what_is_wrong_is_named(as_admin: Api, body: dict[str, Any], field: str) -> None:
    assert as_admin.refused(400, "post", PATH, body)["details"][0]["fieldName"] == field


def test_more_queues_take_no_more_questions(as_admin: Api, django_assert_max_num_queries: Any) -> None:
    for _ in range(20):
        inbox = InboxFactory(queue=QueueFactory())
        InteractionFactory(inbox=inbox)
        on_queue(QueueMemberFactory(queue=inbox.queue).user)
    with django_assert_max_num_queries(7):
        told = as_admin.of("post", PATH, {"filter": {"type": "and"}})
    assert len(told["results"]) == 40
    assert Interaction.objects.count() == 20


def test_a_queue_that_is_not_there(as_admin: Api) -> None:
    body = {"filter": {"type": "or", "predicates": [{"dimension": "queueId", "value": str(uuid.uuid4())}]}}
    assert as_admin.of("post", PATH, body)["results"] == []
