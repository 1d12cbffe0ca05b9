"""Sockets are cut, Redis is restarted, their servers are killed: every panel ends equal to a fresh one."""

import random
import threading
import time

from django.db import connection

from tests.chaos import havoc
from tests.chaos.desk import Desk
from tests.chaos.house import SOCKETS, House
from tests.chaos.invariants import unsound
from tests.chaos.panels import Panel, Panels
from tests.chaos.tally import Tally, at_rest, until
from tests.counting import counting_network
from tests.factories import InteractionFactory
from tests.races.actors import Shift

SHORT, LONG = 12, 2_000
"""Cuts."""
OUTAGE = 3.0
HOURS = 6 * 3600.0


def play(house: House, chance: random.Random, runs: int) -> Tally:
    """A day goes on at random behind the panels while their lines are cut."""
    tally = Tally(runs=runs)
    short = runs <= SHORT
    with counting_network(idempotent=True) as platform:
        desk = Desk(house, platform, agents=4 if short else 20, capacity=2)
        for _ in range(3 * len(desk.agents)):
            InteractionFactory(inbox=desk.inbox)
        with Panels([_panel(house, chance, desk, number) for number in range(len(desk.agents))]) as panels:
            until(lambda: all(panel.streamed for panel in panels.panels))
            _cut(house, chance, tally, panels, runs)
            over = time.monotonic()
            tally.violations += at_rest(panels.unlike)
            took = time.monotonic() - over
            streamed = sum(panel.streamed for panel in panels.panels)
    tally.violations += unsound()
    tally.notes.append(f"{len(desk.agents)} panels, streamed whole {streamed} times, equal {took:.0f} s after the last")
    return tally


def _panel(house: House, chance: random.Random, desk: Desk, number: int) -> Panel:
    agent = desk.agents[number]
    return Panel(house.sockets, agent, str(desk.conversations(agent, 1)[0].pk), random.Random(chance.random()))


def _cut(house: House, chance: random.Random, tally: Tally, panels: Panels, runs: int) -> None:
    """Cut lines, one after the other, and break other things in between, while a day goes on."""
    day = Shift(chance.randrange(10**9), HOURS, customers=len(panels.panels) * 3)
    thread = threading.Thread(target=_play, args=(day, tally))
    thread.start()
    breaking = [lambda: _restart_redis(house, panels), *havoc.kills(house, chance, SOCKETS, 1 if runs <= SHORT else 4)]
    cuts = [lambda: _cut_one(chance, panels) for _ in range(runs)]
    for fault in breaking:
        cuts.insert(chance.randrange(len(cuts)), fault)
    for fault in cuts:
        fault()
    day.until = 0.0
    thread.join()
    tally.notes.append(f"{sum(day.done.values())} things done meanwhile, {house.kills} parts killed, Redis restarted")


def _play(day: Shift, tally: Tally) -> None:
    tally.violations += day.play()["errors"]
    connection.close()


def _cut_one(chance: random.Random, panels: Panels) -> None:
    panel = chance.choice(panels.panels)
    until(lambda: panel.line)
    panels.cut(panel)


def _restart_redis(house: House, panels: Panels) -> None:
    """Redis is gone while all panels connect anew."""
    house.redis.stop()
    for panel in panels.panels:
        panels.cut(panel)
    until(lambda: all(panel.line for panel in panels.panels), OUTAGE)
    house.redis.start()
