"""Faults, spread over the work that they are to disturb."""

import random
from collections.abc import Callable, Sequence

from tests.chaos.house import House
from tests.chaos.tally import until


def along(chance: random.Random, faults: Sequence[Callable[[], object]], progress: Callable[[], float]) -> None:
    """Let one fault after the other happen, each when the work (0 to 1) has come so much further."""
    for number, fault in enumerate(faults):
        share = (number + chance.random()) / len(faults)
        until(lambda share=share: progress() >= share)
        fault()


def kills(house: House, chance: random.Random, names: Sequence[str], times: int) -> list[Callable[[], object]]:
    """So many kills, of each part once before any comes again."""
    order = [name for _ in range(times) for name in chance.sample(names, len(names))][:times]
    return [lambda name=name: house.replace(name) for name in order]
