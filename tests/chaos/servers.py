"""PostgreSQL and Redis are stopped and started again while customers write and agents answer."""

import random
import time
from collections.abc import Callable

from tests.chaos import traffic
from tests.chaos.house import SOCKETS, WEBS, House
from tests.chaos.tally import Tally, until
from tests.services import Server

SHORT, LONG = 9, 300
"""Customers."""
CUSTOMERS_AN_OUTAGE = 50
SERVING = (*WEBS, *SOCKETS)


def play(house: House, chance: random.Random, runs: int) -> Tally:
    """The two in turn; in the long form for up to ten seconds."""
    tally = Tally(runs=runs)
    pairs = 1 if runs <= SHORT else max(1, runs // CUSTOMERS_AN_OUTAGE // 2)
    longest = 1.0 if runs <= SHORT else 10.0
    faults: list[Callable[[], object]] = []
    for _ in range(pairs):
        seconds = chance.uniform(longest / 2, longest)
        faults += [lambda s=seconds: stop_database(house, s), lambda s=seconds: stop(house.redis, s)]
    traffic.play(house, chance, tally, runs, faults)
    return tally


def stop(server: Server, seconds: float) -> None:
    """An outage. Its length is the fault."""
    server.stop()
    time.sleep(seconds)
    server.start()


def stop_database(house: House, seconds: float) -> None:
    """An outage that the product notices, and gets over by itself."""
    house.database.stop()
    time.sleep(seconds)
    until(lambda: not any(house.serves(name) for name in SERVING))
    house.database.start()
    until(lambda: all(house.serves(name) for name in SERVING))
