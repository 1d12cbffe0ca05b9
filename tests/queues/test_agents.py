"""An agent's status is computed from facts, and load moves within capacity."""

from datetime import timedelta

import pytest
from django.utils import timezone

from queues.models import AgentStatus, RoutingStatus
from tests.factories import UserFactory, on_queue

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, RoutingStatus.IDLE),
        ({"load": 1}, RoutingStatus.INTERACTING),
        ({"missed": "declined"}, RoutingStatus.NOT_RESPONDING),
        ({"missed": "expired", "load": 1}, RoutingStatus.NOT_RESPONDING),
        ({"presence": "Meal"}, RoutingStatus.OFF_QUEUE),
        ({"presence": "Meal", "load": 1}, RoutingStatus.OFF_QUEUE),
        ({"presence": "Meal", "missed": "declined"}, RoutingStatus.OFF_QUEUE),
    ],
)
def test_the_routing_status_follows_from_the_facts(facts, expected: str) -> None:
    user = UserFactory()
    on_queue(user, capacity=2, **facts)
    status = AgentStatus.objects.get(user=user)
    assert status.routing_status == expected
    assert AgentStatus.objects.filter(routing_status=expected).exists()


def test_a_new_agent_is_off_queue_and_takes_one_at_a_time() -> None:
    status = AgentStatus.objects.of(UserFactory())
    assert (status.capacity, status.load, status.on_queue) == (1, 0, False)


def test_places_are_taken_up_to_the_capacity_and_given_back_down_to_none() -> None:
    user = UserFactory()
    on_queue(user, capacity=2)
    taken = [bool(AgentStatus.objects.reserve(user.pk)) for _ in range(3)]
    assert taken == [True, True, False]
    for _ in range(3):
        AgentStatus.objects.release(user.pk)
    assert AgentStatus.objects.get(user=user).load == 0


def test_a_place_is_claimed_on_the_row_itself(django_assert_num_queries) -> None:
    """A join would be put into a subquery, which is not looked at again after waiting for another's lock."""
    user = UserFactory()
    on_queue(user)
    with django_assert_num_queries(1) as told:
        AgentStatus.objects.reserve(user.pk)
    assert 'FROM "queues_agentstatus"' not in told[0]["sql"]


def test_who_takes_work_up_themselves_need_not_be_on_queue() -> None:
    user = UserFactory()
    on_queue(user, presence="Available")
    assert not AgentStatus.objects.reserve(user.pk)
    assert AgentStatus.objects.occupy(user.pk)
    assert not AgentStatus.objects.occupy(user.pk)


def test_being_free_again_counts_as_idle_from_then_on() -> None:
    user = UserFactory()
    on_queue(user, idle_since=timezone.now() - timedelta(hours=1))
    AgentStatus.objects.reserve(user.pk)
    AgentStatus.objects.release(user.pk)
    assert timezone.now() - AgentStatus.objects.get(user=user).idle_since < timedelta(seconds=10)


@pytest.mark.parametrize(("seconds", "gone"), [(0, False), (55, False), (65, True)])
def test_who_has_not_been_heard_of_for_a_minute_is_gone(seconds: int, gone: bool) -> None:
    status = on_queue(UserFactory(), last_seen=timezone.now() - timedelta(seconds=seconds))
    assert status.gone is gone
    assert AgentStatus.objects.present().exists() is not gone
