"""The one table of what is measured: each figure's unit, and what it must and should reach.

A goal is held against the figure itself, or (`of="ratio"`) against its ratio to the floor of the same round.
"""

from dataclasses import dataclass

ADDED = "statements that more data added"


@dataclass(frozen=True)
class Metric:
    """One figure of a scenario. `must` and `aim` are bounds: at most, or at least where `more` is better."""

    scenario: str
    name: str
    unit: str
    must: float | None = None
    aim: float | None = None
    of: str = "value"
    more: bool = False

    @property
    def strict(self) -> bool:
        """Whether missing `must` means that something was lost, doubled or violated.

        Not the statements that more data added: an agent's sign of life, every ten seconds, is one more at its time.
        """
        return self.unit in {"rows", "messages"}

    def judged(self, value: float, ratio: float | None) -> bool | None:
        """Whether the figure reaches `must`; None where there is no goal or nothing to hold it against."""
        figure = ratio if self.of == "ratio" else value
        if self.must is None or figure is None:
            return None
        return figure >= self.must if self.more else figure <= self.must

    def goal(self, bound: float | None) -> str | None:
        """A bound in words, such as `>= 1 x floor`."""
        if bound is None:
            return None
        unit = "x floor" if self.of == "ratio" else self.unit
        return f"{'>=' if self.more else '<='} {bound:g} {unit}"


def _metrics(scenario: str, *rows: tuple[object, ...]) -> tuple[Metric, ...]:
    return tuple(Metric(scenario, *row) for row in rows)  # type: ignore[arg-type]


METRICS = (
    *_metrics(
        "ingest",
        ("new, 1 at once: on the agent's panel, p50", "ms", 15, 8),
        ("new, 1 at once: on the agent's panel, p99", "ms", 50, 15),
        ("new, 8 at once: stored and answered", "1/s", 1, 2, "ratio", True),
        ("new, 8 at once: on the agents' panels", "1/s", 1, 2, "ratio", True),
        ("follow-up, 1 at once: on the agent's panel, p50", "ms", 15, 8),
        ("follow-up, 1 at once: on the agent's panel, p99", "ms", 50, 15),
        ("follow-up, 8 at once: on the agents' panels", "1/s", 1, 2, "ratio", True),
        *(
            (f"{whose}, 8 at once: on the agent's panel, {point}", "ms")
            for whose in ("new", "follow-up")
            for point in ("p50", "p99")
        ),
        ("25 new in one webhook: stored", "1/s", None, None, "ratio", True),
        ("a bare ASGI POST with one INSERT, 8 at once", "1/s"),
        ("CPU of web and PostgreSQL per new message stored", "ms"),
        ("CPU of all processes and PostgreSQL per new message on a panel", "ms", 3, 1.5),
        ("a repeat costs, of a first delivery", "x", 1, None),
        ("rows stored of 8 repeats at once", "rows", 1, None),
    ),
    *_metrics(
        "offer",
        *(
            (f"{agents} agents: from the commit to the panel, {point}", "ms", must, aim)
            for agents in (10, 100, 500)
            for point, must, aim in (("p50", 15, 8), ("p99", 50, 15))
        ),
        ("routing, one connection", "1/s", None, 500, "value", True),
        ("routing step: 10 → 10,000 waiting, rate falls by", "x", 1.5, 1.2),
        ("routing step: 10 → 500 agents, rate falls by", "x", 4, 2),
        ("violations", "rows", 0, 0),
    ),
    *_metrics(
        "send",
        ("1 at once: from Send to the platform, p50", "ms", 10, 5),
        ("1 at once: from Send to the platform, p99", "ms", 50, 15),
        ("8 at once: from Send to the platform, p50", "ms"),
        ("8 at once: from Send to the platform, p99", "ms"),
        ("8 at once: at the platform", "1/s", None, None, "ratio", True),
        ("outbox, one worker: at the platform", "1/s", 300, 700, "value", True),
        ("from the receipt to the panel, p50", "ms", 15, 8),
        ("from the receipt to the panel, p99", "ms", 50, 15),
        ("lost or sent twice", "messages", 0, 0),
    ),
    *_metrics(
        "archive",
        *(
            (f"{what}, p50", "ms", 1.5, 1.2, "ratio")
            for what in (
                "panel page",
                "thread page",
                "earlier messages",
                "thread page, a customer with a hundredth of all conversations",
                "an ended conversation's page",
                "canned search",
                "API: my conversations",
                "API: one conversation",
                "API: queue counters",
                "API: customers",
                "API: customer search",
                "admin: conversations",
                "admin: conversation search",
                "admin: messages",
                "admin: customer search",
                "admin: captured posts",
                "admin: captured post search",
                "figures for Prometheus",
                "webhook, new",
                "webhook, follow-up",
                "webhook, follow-up of that customer",
                "webhook, a comment under a post with many",
            )
        ),
        ("routing step, one connection", "ms", 1.5, 1.2, "ratio"),
        ("statements: webhook, follow-up", "statements", 8, 4),
        ("statements: webhook, new", "statements", 12, 7),
        ("statements: panel page", "statements", 15, 8),
        (ADDED, "statements", 0, 0),
    ),
    *_metrics(
        "api",
        *(
            (f"{what}, p50", "ms", None, None, "ratio")
            for what in ("who am I", "my queues", "my conversations", "one conversation", "queue counters")
        ),
        ("message in by the API, 8 at once", "1/s", None, None, "ratio", True),
    ),
    *_metrics(
        "panels",
        ("memory of each", "KiB", 64, 40),
        ("idle CPU, beats every 20 s", "% of a core"),
        # The must of these two (15 and 50 ms) is for 50 a second; at a tenth of that it would be no proof of it.
        ("new messages at 5 a second, the pace of a busy hour: on the panel, p50", "ms", None, 8),
        ("new messages at 5 a second, the pace of a busy hour: on the panel, p99", "ms", None, 15),
        ("one event to all: deliveries", "1/s", 1, 4, "ratio", True),
    ),
    *_metrics(
        "long-thread",
        ("5,000 messages: opens, p50", "ms", 1.5, 1.2, "ratio"),
        ("5,000 messages: scrolls back, p50", "ms", 1.5, 1.2, "ratio"),
        ("5,000 messages: sends, p50", "ms", 1.5, 1.2, "ratio"),
    ),
)


def metric(scenario: str, name: str) -> Metric:
    """The row of a figure; a figure without one is a mistake in its scenario. Raises KeyError."""
    for row in METRICS:
        if (row.scenario, row.name) == (scenario, name):
            return row
    raise KeyError(f"{scenario}: {name}")
