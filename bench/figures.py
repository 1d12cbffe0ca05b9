"""From single times to figures: percentiles of a run, medians and spreads of rounds, rows of the result."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from statistics import median

from bench.goals import METRICS, Metric, metric

Figures = dict[str, float]
"""What one round gives, by the metric's name."""


def percentile(times: Sequence[float], share: float) -> float:
    """The least of the times that `share` (0 to 1) of them do not exceed."""
    ordered = sorted(times)
    return ordered[max(0, ceil(share * len(ordered)) - 1)]


def p50_p99(name: str, seconds: Sequence[float]) -> Figures:
    """Times as two figures in ms, under the metric's name with `p50` and `p99`."""
    return {f"{name}, p50": percentile(seconds, 0.5) * 1000, f"{name}, p99": percentile(seconds, 0.99) * 1000}


@dataclass(frozen=True)
class Row:
    """One figure of all rounds, beside its floor."""

    metric: Metric
    values: list[float]
    floors: list[float]

    @property
    def value(self) -> float:
        """The median of the rounds."""
        return median(self.values)

    @property
    def floor(self) -> float | None:
        """The median of the floor's rounds."""
        return median(self.floors) if self.floors else None

    @property
    def broken(self) -> bool:
        """Whether what may never be has been, in any round."""
        return self.metric.strict and not all(self.metric.judged(value, None) for value in self.values)

    @property
    def ratio(self) -> float | None:
        """The median of the rounds' ratios: each to the floor that was measured right after it."""
        pairs = [value / floor for value, floor in zip(self.values, self.floors, strict=False) if floor]
        return median(pairs) if pairs else None

    @property
    def spread(self) -> tuple[float, float]:
        """The lowest and the highest of the rounds."""
        return min(self.values), max(self.values)

    def as_json(self) -> dict[str, object]:
        """As `latest.json` has it."""
        return {
            "scenario": self.metric.scenario,
            "metric": self.metric.name,
            "value": _short(self.value),
            "unit": self.metric.unit,
            "floor": _short(self.floor),
            "ratio": _short(self.ratio),
            "must": self.metric.goal(self.metric.must),
            "aim": self.metric.goal(self.metric.aim),
            "met": self.metric.judged(self.value, self.ratio),
            "lowest": _short(self.spread[0]),
            "highest": _short(self.spread[1]),
        }


def rows(scenario: str, rounds: Sequence[tuple[Figures, Figures]]) -> list[Row]:
    """The rounds of a scenario, each with its floor's figures, as rows in the order of the table of goals."""
    names = {name for measured, _floor in rounds for name in measured}
    known = [row.name for row in METRICS if row.scenario == scenario and row.name in names]
    for name in names - set(known):
        metric(scenario, name)  # says which figure the table does not know
    return [
        Row(
            metric(scenario, name),
            [measured[name] for measured, _floor in rounds if name in measured],
            [floor[name] for _measured, floor in rounds if name in floor],
        )
        for name in known
    ]


def _short(number: float | None) -> float | None:
    return None if number is None else float(f"{number:.4g}")
