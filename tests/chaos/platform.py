"""The platform is slow, refuses, limits, and cuts the line before or after it has accepted."""

import random

from tests.chaos.desk import Desk
from tests.chaos.house import House
from tests.chaos.invariants import judge_outbound, unsound
from tests.chaos.tally import Tally
from tests.counting import Mood, counting_network

SHORT, LONG = 18, 2_000
"""Messages in all."""
WEATHER = {
    Mood.GOOD: 8,
    Mood.SLOW: 1,
    Mood.REFUSING: 2,
    Mood.LIMITING: 1,
    Mood.CUTS_BEFORE: 1,
    Mood.CUTS_AFTER: 2,
}


def play(house: House, chance: random.Random, runs: int) -> Tally:
    """On a platform that recognises repeats, and on one that does not."""
    tally = Tally(runs=runs)
    for idempotent in (True, False):
        with counting_network(idempotent=idempotent) as platform:
            platform.mood = lambda: chance.choices(list(WEATHER), list(WEATHER.values()))[0]
            desk = Desk(house, platform)
            pressed = desk.write(runs // 2)
            judge_outbound(tally, desk.inbox, platform, pressed)
            moods = ", ".join(f"{mood.value} {platform.moods[mood]}" for mood in WEATHER)
            tally.notes.append(f"repeats {'known' if idempotent else 'not known'}: {moods}")
    tally.violations += unsound()
    return tally
