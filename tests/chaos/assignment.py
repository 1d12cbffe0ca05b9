"""Agents answer, decline, miss, go away, park, hand over and end at random, while workers and clock are killed."""

import os
import random

from interactions.models import Interaction, Offer, OfferState, State
from queues.models import AgentStatus
from tests.chaos import havoc
from tests.chaos.house import WORKERS, House
from tests.chaos.invariants import one_moment, unsettled, unsound
from tests.chaos.tally import Tally, at_rest
from tests.races.day import finish_everything, open_house
from tests.races.processes import Actor, acting

SHORT, LONG = 16, 10_000
"""Interactions."""
KILLED = (*WORKERS, "beat")
SECONDS = 3.0
"""A day that has not come so far, for each interaction, is broken off: what is not done is lost."""


def play(house: House, chance: random.Random, runs: int) -> Tally:
    """A day of many; then everything is brought to its end."""
    tally = Tally(runs=runs)
    short = runs <= SHORT
    queues = open_house(agents=6 if short else 100, interactions=runs)
    env = {"REDIS_URL": os.environ["REDIS_URL"]}
    facts = {"seconds": 60 + SECONDS * runs, "customers": runs, "ends": runs}
    actors = [Actor("shift", env, seed=chance.randrange(10**9), **facts) for _ in range(2 if short else 8)]
    faults = havoc.kills(house, chance, KILLED, 1 if short else max(4, runs // 500))

    def progress() -> float:
        with one_moment():
            tally.violations.extend(unsound())
        return Interaction.objects.filter(state=State.ENDED).count() / runs

    with acting(*actors):
        havoc.along(chance, faults, progress)
        results = [actor.result() for actor in actors]
    tally.violations += [error for result in results for error in result["errors"]]
    tally.violations += at_rest(unsettled) + unsound()
    total = Interaction.objects.count()
    finish_everything(queues)
    tally.violations += unsound()
    tally.violations += [f"agent {each} still holds a place" for each in AgentStatus.objects.exclude(load=0)]
    tally.lost += [
        f"interaction {number}" for number in range(total - Interaction.objects.filter(state=State.ENDED).count())
    ]
    ends = {state: Offer.objects.filter(state=state).count() for state in OfferState}
    actions = sum(sum(result["done"].values()) for result in results)
    tally.notes.append(
        f"{actions} actions, {len(faults)} kills, offers: {', '.join(f'{n} {s}' for s, n in ends.items())}"
    )
    return tally
