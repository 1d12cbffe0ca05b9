"""The one table of what is measured: each figure's unit, and what it must and should reach.

A goal is held against the figure itself, or (`of="ratio"`) against its ratio to the floor of the same round.
"""

from dataclasses import dataclass

ADDED = "statements that more data added"
BUSY_HOUR = "busy hour, 5 new conversations a second"
COUNTED = {
    **{f"280 characters: {what}": 280 for what in ("English, with a link", "emoji", "Japanese", "Hindi")},
    **{f"10,000 characters: {what}": 10_000 for what in ("English, with a link", "emoji", "Japanese", "Hindi")},
}
"""Texts that are counted, and how long they are."""
API_READS = (
    *("who am I", "my queues", "status read", "queue counters", "my conversations", "one conversation"),
    *("its messages", "canned search", "one message", "file looked at", "wrap-up codes", "wrap-up read"),
    "the whole conversation",
)
API_WRITES = (
    *("channel opened", "channel subscribed", "channel ended", "status set", "message in", "answered", "typing"),
    *("private reply", "receipt in", "file announced", "file sent", "reply with a file", "two public posts in"),
    *("public reply", "parked", "taken up again", "ended", "wrap-up written"),
)
"""The calls of a shift: what they are compared with is a row that is read, or one that is written."""


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
        ("1 after the other, without rest: from Send to the platform, p50", "ms"),
        ("1 after the other, without rest: from Send to the platform, p99", "ms"),
        ("8 at once: from Send to the platform, p50", "ms"),
        ("8 at once: from Send to the platform, p99", "ms"),
        ("8 at once: at the platform", "1/s", None, None, "ratio", True),
        ("outbox, one worker: at the platform", "1/s", None, None, "ratio", True),
        ("outbox, one worker, a connector that does nothing", "1/s", 300, 700, "value", True),
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
                "thread page, long history",
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
                "webhook, follow-up, long history",
                "webhook, comment under a post with many",
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
            (f"{what}, {point}", "ms", None, None, "ratio")
            for what in (*API_READS, *API_WRITES)
            for point in ("p50", "p99")
        ),
        ("message in, 8 at once", "1/s", None, None, "ratio", True),
        ("lost or sent twice", "messages", 0, 0),
    ),
    *_metrics(
        "panels",
        ("memory of each", "KiB", 64, 40),
        ("idle CPU, beats every 20 s", "% of a core"),
        # No must for what comes five times a second: 15 and 50 ms are for 50 a second, of which it would be no proof.
        *(
            (f"{BUSY_HOUR}: {what}, {point}", "ms", None, aim)
            for what, aims in (
                ("new message on the panel", (8, 15)),
                ("offer answered", (None, None)),
                ("thread open", (None, None)),
                ("reply at the platform", (None, None)),
                ("read receipt on the panel", (8, 15)),
                ("follow-up on the panel", (8, 15)),
                ("ended", (None, None)),
                ("wrapped up", (None, None)),
            )
            for point, aim in zip(("p50", "p99"), aims, strict=True)
        ),
        (f"{BUSY_HOUR}: brought to an end", "1/s", 4.5, 4.9, "value", True),
        (f"{BUSY_HOUR}: CPU of all processes and PostgreSQL", "% of a core"),
        (f"{BUSY_HOUR}: lost or sent twice", "messages", 0, 0),
        ("50 new a second for 20 s: on the panel, p50", "ms", 15, 8),
        ("50 new a second for 20 s: on the panel, p99", "ms", 50, 15),
        ("50 new a second for 20 s: rate reached", "1/s", 48, 49.5, "value", True),
        ("50 new a second for 20 s: due at its end, and not on a panel", "due"),
        ("100 new a second for a minute: on the panel, p50", "ms"),
        ("100 new a second for a minute: on the panel, p99", "ms", 100, 20),
        ("100 new a second for a minute: rate reached", "1/s", 96, 99, "value", True),
        ("100 new a second for a minute: due at its end, and not on a panel", "due", 10, 2),
        ("waiting counts to all panels: deliveries", "1/s", 1, 4, "ratio", True),
        ("a role's rights change, each panel rendered anew: deliveries", "1/s", None, None, "ratio", True),
        ("burst of 2,000 events: shown after", "s", 2, None),
        ("burst of 2,000 events: never shown", "messages", 0, 0),
        ("Redis away for 3 s: shown after its return", "s", 2, None),
        ("Redis away for 3 s: never shown", "messages", 0, 0),
    ),
    *_metrics(
        "trial",
        ("alert at 5 a second, p50", "ms"),
        ("alert at 5 a second, p99", "ms", 100, 30),
        ("memory of the whole process, idle", "MB", 150, 110),
    ),
    *_metrics(
        "counter",
        *((name, "µs", *((100, 40) if size < 1_000 else (5_000, 1_500))) for name, size in COUNTED.items()),
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
