"""A worker is stopped in the middle of a send, past its lease, and goes on when another has taken over."""

import random
import uuid

from delivery.models import Delivery
from tests.chaos.desk import Desk
from tests.chaos.house import WORKERS, House
from tests.chaos.invariants import judge_outbound, unsound
from tests.chaos.tally import Tally, until
from tests.counting import Counted, Mood, counting_network

SHORT, LONG = 2, 20
"""Sends that are interrupted."""
TRUE_NEWS = 15.0


def play(house: House, chance: random.Random, runs: int) -> Tally:
    """On a platform that recognises repeats, and on one that does not, in turn."""
    tally = Tally(runs=runs)
    for idempotent in (True, False):
        with counting_network(idempotent=idempotent) as platform:
            desk = Desk(house, platform, agents=1)
            pressed = [_stand_still(house, chance, tally, desk, platform) for _ in range(runs // 2)]
            judge_outbound(tally, desk.inbox, platform, pressed)
            repeats = sum(platform.requests.values()) - len(platform.requests)
            tally.notes.append(f"repeats {'known' if idempotent else 'not known'}: {repeats} requests came again")
    tally.violations += unsound()
    return tally


def _stand_still(house: House, chance: random.Random, tally: Tally, desk: Desk, platform: Counted) -> str:
    """One send: its worker stands still while it waits for the answer, and hears it when its lease is long over."""
    first, second = chance.sample(WORKERS, 2)
    moods = iter([Mood.HOLDS])
    platform.mood = lambda: next(moods, Mood.GOOD)
    platform.held.clear()
    platform.let_go.clear()
    house.pause(second)
    [agent], key = desk.agents, uuid.uuid4()
    agent.send(desk.conversations(agent, 1)[0], "Are you there?", key)
    if not platform.held.wait(30):
        tally.violations.append("it was never sent")
    house.pause(first)
    house.resume(second)
    delivery = Delivery.objects.get(message__press=key)
    if not until(lambda: not Delivery.objects.filter(pk=delivery.pk, state="sending", attempts=1).exists()):
        tally.violations.append("nobody took it over")
    platform.let_go.set()
    house.resume(first)
    # Late, but true: unless the line has been given up meanwhile
    until(lambda: Delivery.objects.filter(pk=delivery.pk, state="sent").exists(), TRUE_NEWS)
    return str(key)
