"""Many events at once, and none for a while: after both every panel must stand where the database stands."""

import asyncio
import time
from collections.abc import Sequence

from django.db import connection, transaction

from bench.http import Line
from bench.load import closed_loop
from bench.marks import new_mark
from bench.panels import Panel
from bench.stage import Stage
from interactions.models import Interaction
from queues.models import AgentStatus
from socialcare.events import publish

PATIENCE = 45.0
"""Seconds in which no panel gets on, after which what is missing counts as never got: two beats would have told."""
AWAY = 3.0
"""Seconds without Redis."""
Versions = dict[str, dict[str, int]]
"""Of the agents, and of the interactions, by their ids."""


async def burst(panels: Sequence[Panel], events: int) -> tuple[float, int]:
    """So many events back to back, about the interactions that these panels have open; how it ended."""
    await asyncio.to_thread(_publish, [panel.interaction for panel in panels], events)
    return await caught_up(panels, time.perf_counter())


async def redis_restart(stage: Stage, panels: Sequence[Panel], customers: Sequence[str]) -> tuple[float, int]:
    """Redis is away while customers write; how it ended, counted from its return."""
    assert stage.redis
    await asyncio.to_thread(stage.redis.stop)
    ends = time.perf_counter() + AWAY
    turn = iter(customers)

    async def write(line: Line) -> float:
        body, headers = stage.house.webhook(next(turn), f"And now? {new_mark()}")
        (await line.post(stage.house.hook, body, headers)).required()
        return 0.0

    await closed_loop([Line(stage.ports.web) for _ in range(4)], len(customers), write)
    await asyncio.sleep(ends - time.perf_counter())
    await asyncio.to_thread(stage.redis.start)
    return await caught_up(panels, time.perf_counter())


async def caught_up(panels: Sequence[Panel], began: float) -> tuple[float, int]:
    """Seconds until all these panels stand where the database stands; and how many events never came."""
    current = await asyncio.to_thread(_versions, [panel.interaction for panel in panels])
    missed, moved = sum(_missed(panel, current) for panel in panels), began
    while missed and time.perf_counter() < moved + PATIENCE:
        await asyncio.sleep(0.02)
        before, missed = missed, sum(_missed(panel, current) for panel in panels)
        moved = time.perf_counter() if missed < before else moved
    return time.perf_counter() - began, missed


def _missed(panel: Panel, current: Versions) -> int:
    """By how many events this panel is behind."""
    there = {"agent": current["agent"].get(str(panel.agent.user.pk), 0)}
    if panel.interaction:
        there["interaction"] = current["interaction"].get(panel.interaction, 0)
    return sum(max(0, number - panel.versions.get(owner, 0)) for owner, number in there.items())


def _publish(interactions: Sequence[str], events: int) -> None:
    """In one transaction, after which all are announced."""
    try:
        with transaction.atomic():
            rows = list(Interaction.objects.filter(pk__in=interactions))
            for number in range(events):
                publish(rows[number % len(rows)], "thread")
    finally:
        connection.close()


def _versions(interactions: Sequence[str]) -> Versions:
    """Where the database stands."""
    try:
        rows = Interaction.objects.filter(pk__in=[pk for pk in interactions if pk])
        return {
            "agent": {str(pk): number for pk, number in AgentStatus.objects.values_list("pk", "version")},
            "interaction": {str(pk): number for pk, number in rows.values_list("pk", "version")},
        }
    finally:
        connection.close()
