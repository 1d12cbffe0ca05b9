"""Nobody gets too much, nothing is lost or held twice, whoever works on it at the same moment."""

import os

import pytest
from django.db.models import Count

from interactions.models import Interaction, Offer, State
from queues.models import AgentStatus
from tests.chaos.invariants import unsound
from tests.races.day import finish_everything, open_house
from tests.races.processes import Actor, acting

pytestmark = [pytest.mark.postgres, pytest.mark.slow, pytest.mark.long, pytest.mark.django_db(transaction=True)]

SECONDS = float(os.environ.get("RACE_SECONDS", "10"))
PROCESSES = int(os.environ.get("RACE_PROCESSES", "4"))
AGENTS = int(os.environ.get("RACE_AGENTS", "12"))
INTERACTIONS = int(os.environ.get("RACE_INTERACTIONS", "60"))


@pytest.mark.timeout(SECONDS * 3 + 240)
def test_a_day_at_random_in_several_processes() -> None:
    queues = open_house(AGENTS, INTERACTIONS)
    first = int(os.environ.get("RACE_SEED", "0"))
    actors = [Actor("shift", seed=first + seed, seconds=SECONDS, customers=INTERACTIONS) for seed in range(PROCESSES)]
    with acting(*actors):
        results = [actor.result() for actor in actors]
    assert [result["errors"] for result in results] == [[]] * PROCESSES
    assert unsound() == []
    total = Interaction.objects.count()
    made = Offer.objects.count()
    finish_everything(queues)
    assert unsound() == []
    assert Interaction.objects.filter(state=State.ENDED).count() == total
    assert not AgentStatus.objects.exclude(load=0).exists()
    states = dict(Offer.objects.values_list("state").annotate(Count("pk")))
    print(f"{sum(sum(result['done'].values()) for result in results)} actions, {made} offers, {states}")
