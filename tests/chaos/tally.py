"""What became of a scenario."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from time import monotonic, sleep

PATIENCE = 120.0
"""Seconds a busy machine may take to come to rest."""


@dataclass
class Tally:
    """What was tried, and what is wrong with the outcome: in words, so that each fault can be looked up."""

    runs: int = 0
    lost: list[str] = field(default_factory=list)
    duplicated: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What is no fault, and worth knowing: what was done, and what is not certain and shown so."""

    @property
    def good(self) -> bool:
        return not (self.lost or self.duplicated or self.violations)

    def told(self, name: str) -> str:
        """The lines for people; the last one for machines."""
        wrong = [
            f"  {kind}: {each}"
            for kind, found in (("lost", self.lost), ("duplicated", self.duplicated), ("violation", self.violations))
            for each in found[:SHOWN]
        ]
        figures = f"lost {len(self.lost)}, duplicated {len(self.duplicated)}, violations {len(self.violations)}"
        return "\n".join([*(f"  {note}" for note in self.notes), *wrong, f"chaos {name}: {self.runs} runs, {figures}"])


SHOWN = 10


def until(holds: Callable[[], object], seconds: float = PATIENCE) -> bool:
    """Look until it holds; False if it does not in time."""
    deadline = monotonic() + seconds
    while not (found := bool(holds())) and monotonic() < deadline:
        sleep(0.05)
    return found


def at_rest(look: Callable[[], Iterable[str]], seconds: float = PATIENCE) -> list[str]:
    """What is still wrong when everything has had the time to come right."""
    found: list[str] = []

    def nothing() -> bool:
        found[:] = look()
        return not found

    until(nothing, seconds)
    return found
