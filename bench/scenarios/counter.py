"""Counter: how long it takes to measure a text, by the slowest of all platforms' ways to count."""

import time
from collections.abc import Callable
from statistics import median

import regex

from bench.figures import Figures
from bench.goals import COUNTED
from bench.stage import Scenario
from delivery.platforms.counting import measure
from delivery.platforms.table import VisibilityRules, platforms, rules

WORDS = {
    "English, with a link": "Your parcel is at https://shop.example/parcels/7 now, and comes tomorrow before noon. ",
    "emoji": "👩‍👩‍👧‍👦🏳️‍🌈👍🏽❤️🇫🇷",
    "Japanese": "お荷物は明日の午前中にお届けする予定です。",
    "Hindi": "आपका पार्सल कल दोपहर से पहले पहुँच जाएगा। ",
}
_CLUSTERS = regex.compile(r"\X")


class Counter(Scenario):
    """The floor is one regular expression that finds the characters a reader sees, whatever the platform."""

    name = "counter"

    def prepare(self) -> None:
        """Texts, and all different ways to count."""
        self.texts = {name: _of_length(WORDS[name.partition(": ")[2]], size) for name, size in COUNTED.items()}
        both = [(row.public, row.private) for row in map(rules, platforms())]
        found = {
            (rule.unit, rule.byte_limit is None, bool(rule.url_length)): rule for pair in both for rule in pair if rule
        }
        self.rules = list(found.values())
        self.measure()

    def measure(self) -> Figures:
        """Each text, counted in each way."""
        return {name: max(self._each(text, rule) for rule in self.rules) for name, text in self.texts.items()}

    def floor(self) -> Figures:
        """The same texts, taken apart into characters."""
        return {
            name: self._microseconds(lambda text=text: _CLUSTERS.findall(text)) for name, text in self.texts.items()
        }

    def _each(self, text: str, rule: VisibilityRules) -> float:
        return self._microseconds(lambda: measure(text, rule))

    def _microseconds(self, act: Callable[[], object]) -> float:
        taken = []
        for _ in range(self.stage.many(50, 5)):
            began = time.perf_counter()
            act()
            taken.append(time.perf_counter() - began)
        return median(taken) * 1_000_000


def _of_length(words: str, size: int) -> str:
    return (words * (size // len(words) + 1))[:size]
