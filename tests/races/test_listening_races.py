"""Several feeders, or several clocks, at the same moment: a post is stored once, escalated once, and no faster."""

from datetime import timedelta
from functools import partial

import pytest
from django.db import OperationalError
from django.utils import timezone

from delivery.listening.capturing import capture, react
from delivery.listening.escalating import escalate_by_hand, escalate_throttled
from delivery.listening.models import CapturedPost, EscalationRule
from interactions.models import Interaction, Message
from tests.factories import EscalationRuleFactory, IngestionRuleFactory
from tests.network import post
from tests.races.threads import at_once

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def fed(webhook):
    return IngestionRuleFactory(inbox=webhook)


def no_failure(results: list[object]) -> None:
    assert not [result for result in results if isinstance(result, Exception)], results


def test_the_same_post_by_eight_feeders(fed) -> None:
    EscalationRuleFactory()
    what = post(external_id="p-1")
    results = at_once(*[partial(capture, fed, what)] * 8)
    no_failure(results)
    assert len({row.pk for row in results}) == 1
    assert {row.status for row in results} == {"Automatic"}
    assert (CapturedPost.objects.count(), Message.objects.count(), Interaction.objects.count()) == (1, 1, 1)
    assert EscalationRule.objects.get().taken == 1


def test_the_same_post_for_two_topics_is_one_interaction(fed, webhook) -> None:
    EscalationRuleFactory()
    what, other = post(external_id="p-1"), IngestionRuleFactory(inbox=webhook)
    no_failure(at_once(*[partial(capture, rule, what) for rule in (fed, other) for _ in range(3)]))
    assert sorted(CapturedPost.objects.values_list("status", flat=True)) == ["Automatic", "PreviouslyEscalated"]
    assert Message.objects.count() == 1


@pytest.mark.parametrize("round_", range(3))
def test_the_throttle_holds_whoever_comes_at_once(round_: int, fed) -> None:
    # One minute for all, however long it takes
    EscalationRuleFactory(per_minute=5, minute=timezone.now() + timedelta(minutes=5))
    no_failure(at_once(*[partial(capture, fed, post(f"{n}", author=f"c-{n}")) for n in range(12)]))
    assert CapturedPost.objects.filter(status="Automatic").count() == 5
    assert CapturedPost.objects.filter(status="Throttled").count() == 7
    EscalationRule.objects.update(minute=timezone.now() - timedelta(minutes=1))
    began = f"{timezone.now():%H:%M}"
    no_failure(at_once(*[escalate_throttled] * 4))
    escalate_throttled()  # the next tick takes up what lost a race for a lock
    escalated = CapturedPost.objects.filter(status="Automatic").count()
    assert escalated == Interaction.objects.count()
    # A new minute may have begun meanwhile, and brought new places
    assert escalated == 10 or f"{timezone.now():%H:%M}" != began


def test_by_hand_by_clock_and_by_reaction_at_once(fed, admin) -> None:
    rule = EscalationRuleFactory(per_minute=1)
    for number in range(2):
        capture(fed, post(f"{number}", external_id=f"p-{number}", author=f"c-{number}"))
    waiting = CapturedPost.objects.get(status="Throttled")
    EscalationRule.objects.filter(pk=rule.pk).update(minute=timezone.now() - timedelta(minutes=1))
    results = at_once(
        *[partial(escalate_by_hand, admin, waiting.pk)] * 3,
        *[escalate_throttled] * 3,
        *[partial(react, fed, waiting.external_id, {"Like": 3})] * 2,
    )
    assert not any(isinstance(result, OperationalError) for result in results), results
    no_failure(results)
    waiting.refresh_from_db()
    assert waiting.status in {"Manual", "Automatic"}
    assert (waiting.engagement, Message.objects.count()) == ({"Like": 3}, 2)
