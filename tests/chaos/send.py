"""Agents press Send while web, workers and clock are killed, at random and at each step of a send."""

import random
import uuid

from delivery.replying import reply
from tests.chaos import havoc
from tests.chaos.desk import Desk
from tests.chaos.house import PARTS, WORKERS, House
from tests.chaos.invariants import judge_outbound, unsound
from tests.chaos.tally import Tally
from tests.counting import Counted, counting_network
from tests.races.actors import STEPS
from tests.races.processes import Actor, acting

SHORT, LONG = 18, 2_000
"""Messages in all."""
MESSAGES_A_KILL = 40
LEASE = 1.0


def play(house: House, chance: random.Random, runs: int) -> Tally:
    """On a platform that recognises repeats, and on one that does not."""
    tally = Tally(runs=runs)
    for idempotent in (True, False):
        with counting_network(idempotent=idempotent, slow=0.02) as platform:
            _press_and_kill(house, chance, tally, platform, runs // 2)
    return tally


def _press_and_kill(house: House, chance: random.Random, tally: Tally, platform: Counted, count: int) -> None:
    desk = Desk(house, platform)
    steps = chance.sample(STEPS, 1 if count <= SHORT else len(STEPS))
    pressed = _die_at(house, desk, steps)
    faults = havoc.kills(house, chance, PARTS, max(1, count // MESSAGES_A_KILL))
    pressed += desk.write(count, lambda: havoc.along(chance, faults, lambda: len(platform.keys) / count))
    judge_outbound(tally, desk.inbox, platform, pressed)
    tally.violations += unsound()
    repeats = "known" if platform.idempotent else "not known"
    tally.notes.append(f"repeats {repeats}: {len(pressed)} pressed, {len(faults)} kills, and at {len(steps)} steps")


def _die_at(house: House, desk: Desk, steps: list[str]) -> list[str]:
    """Let a worker die at each of these steps; what it leaves is for the house's own."""
    agent, pressed, actors = desk.agents[0], [], []
    for name in WORKERS:
        house.pause(name)
    for step, conversation in zip(steps, desk.conversations(agent, len(steps)), strict=True):
        key = uuid.uuid4()
        [message] = reply(agent.user, conversation.pk, visibility="public", text=step, key=key)
        actors.append(Actor("send_and_die", delivery=message.deliveries.get().pk, step=step, lease=LEASE))
        pressed.append(str(key))
    with acting(*actors):
        for actor in actors:
            actor.result()
    for name in WORKERS:
        house.resume(name)
    return pressed
