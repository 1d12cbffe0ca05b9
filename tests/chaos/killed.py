"""Web, workers and clock are killed, one after the other and all at once, while customers write and agents answer."""

import random

from tests.chaos import havoc, traffic
from tests.chaos.house import PARTS, House
from tests.chaos.tally import Tally

SHORT, LONG = 9, 400
"""Customers."""
CUSTOMERS_A_KILL = 20


def play(house: House, chance: random.Random, runs: int) -> Tally:
    """At the end everything at once."""
    tally = Tally(runs=runs)
    faults = havoc.kills(house, chance, PARTS, max(1, runs // CUSTOMERS_A_KILL))
    if runs > SHORT:
        faults.append(lambda: house.replace(*PARTS))
    traffic.play(house, chance, tally, runs, faults)
    return tally
