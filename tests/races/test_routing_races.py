"""Nobody gets too much, nothing is lost or held twice, whoever works on it at the same moment."""

import os
from datetime import timedelta

import pytest
from django.db.models import Count, Q
from django.utils import timezone

from accounts.permissions import PULL
from interactions import handling, offers, wrapup
from interactions.models import Handling, Interaction, Offer, OfferState, State
from interactions.models.interaction import OWNED
from interactions.routing import route
from interactions.upkeep import keep_up
from queues.models import AfterContactWork, AgentStatus, Queue
from tests.factories import InboxFactory, InteractionFactory, QueueFactory, UserFactory, agent_of, grant, on_queue
from tests.races.processes import Actor, acting

pytestmark = [pytest.mark.postgres, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

SECONDS = float(os.environ.get("RACE_SECONDS", "10"))
PROCESSES = int(os.environ.get("RACE_PROCESSES", "4"))
AGENTS = int(os.environ.get("RACE_AGENTS", "12"))
INTERACTIONS = int(os.environ.get("RACE_INTERACTIONS", "60"))


@pytest.fixture
def house() -> list[Queue]:
    """Two queues with agents of capacity 1 to 5, and many customers waiting."""
    queues = [
        QueueFactory(
            alerting_seconds=1, acw_mode=AfterContactWork.AGENT_REQUESTED, acw_seconds=1, absence_grace_seconds=60
        )
        for _ in range(2)
    ]
    inbox = InboxFactory(queue=queues[0])
    for number in range(AGENTS):
        agent = UserFactory(username=f"agent{number:03}", password=None)
        for queue in queues:
            grant(agent_of(agent, queue), PULL, on=queue)
        on_queue(agent, capacity=number % 5 + 1)
    for _ in range(INTERACTIONS):
        InteractionFactory(inbox=inbox)
    return queues


def assert_sound() -> None:
    """What must be true at any quiet moment."""
    for status in AgentStatus.objects.annotate(
        offered=Count("user__offers", filter=Q(user__offers__state=OfferState.OPEN), distinct=True)
    ):
        held = Handling.objects.filter(agent=status.pk, wrapped_up_at__isnull=True, holds_place=True).count()
        assert status.load == status.offered + held <= status.capacity, status
    for interaction in Interaction.objects.annotate(
        open_offers=Count("offers", filter=Q(offers__state=OfferState.OPEN), distinct=True),
        handled=Count("handlings", filter=Q(handlings__wrapped_up_at__isnull=True), distinct=True),
    ):
        assert interaction.open_offers == (interaction.state == State.ALERTING), interaction.state
        assert interaction.handled == (interaction.state in OWNED), interaction.state


def assert_one_after_the_other() -> None:
    """No two agents have ever worked on one interaction at the same time."""
    last: dict[object, object] = {}
    for stretch in Handling.objects.order_by("interaction", "started_at"):
        before = last.get(stretch.interaction_id)
        assert before is None or (before.wrapped_up_at and before.wrapped_up_at <= stretch.started_at)
        last[stretch.interaction_id] = stretch
    accepted = set(Offer.objects.filter(state=OfferState.ACCEPTED).values_list("pk", flat=True))
    assert accepted <= set(Handling.objects.values_list("pk", flat=True))


def finish_everything(queues: list[Queue]) -> int:
    """Go on until nothing is left to do. Gives the number of rounds."""
    Queue.objects.update(alerting_seconds=600)
    everyone = [status.user for status in AgentStatus.objects.select_related("user")]
    rounds = 0
    while Interaction.objects.exclude(state=State.ENDED).exists():
        rounds += 1
        assert rounds < 200, dict(Interaction.objects.values_list("state").annotate(Count("pk")))
        for agent in everyone:
            on_queue(agent, capacity=AgentStatus.objects.get(user=agent).capacity)
        keep_up()
        for queue in queues:
            route(queue.pk)
        for offer in Offer.objects.filter(state=OfferState.OPEN, deadline__gt=timezone.now() + timedelta(seconds=60)):
            offers.accept(offer.agent, offer.pk)
        for mine in Interaction.objects.filter(state__in=OWNED).select_related("owner"):
            if mine.state != State.WRAP_UP:
                handling.end(mine.owner, mine.pk)
            else:
                wrapup.finish_wrap_up(mine.owner, mine.pk)
    return rounds


@pytest.mark.timeout(SECONDS * 3 + 240)
def test_a_day_at_random_in_several_processes(house: list[Queue]) -> None:
    first = int(os.environ.get("RACE_SEED", "0"))
    actors = [Actor("shift", seed=first + seed, seconds=SECONDS, customers=INTERACTIONS) for seed in range(PROCESSES)]
    with acting(*actors):
        results = [actor.result() for actor in actors]
    assert [result["errors"] for result in results] == [[]] * PROCESSES
    assert_sound()
    assert_one_after_the_other()
    total = Interaction.objects.count()
    made = Offer.objects.count()
    finish_everything(house)
    assert_sound()
    assert_one_after_the_other()
    assert Interaction.objects.filter(state=State.ENDED).count() == total
    assert not AgentStatus.objects.exclude(load=0).exists()
    states = dict(Offer.objects.values_list("state").annotate(Count("pk")))
    print(f"{sum(sum(result['done'].values()) for result in results)} actions, {made} offers, {states}")
