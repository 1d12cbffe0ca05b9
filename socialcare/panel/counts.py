"""The waiting counts go to all panels of a process at once, each a second, rendered once for all who see the same.

They are in nobody's way: sent a few at a time, so that whatever concerns one agent alone goes between them.
"""

import asyncio
import logging
from collections import defaultdict
from typing import Protocol
from uuid import UUID
from weakref import WeakKeyDictionary

from socialcare.panel import line
from socialcare.panel.crowd import Crowd, Rendering

log = logging.getLogger(__name__)
EVERY = 1.0
"""The counts of a busy queue change all the time; they are sent at most this often (seconds)."""
GATHERED = 0.1
"""Seconds to wait when something has changed: most often the offer that follows changes it again, and goes first."""
AT_ONCE = 8
"""So many panels are sent to before the loop looks at what else there is to do."""


Renderings = dict[tuple[Crowd, UUID | None], Rendering]


class Panel(Protocol):
    """Who is told."""

    crowd: Crowd | None
    """None: not known at the moment; nothing is sent."""
    interaction_id: UUID | None
    is_open: bool

    @property
    def must_look(self) -> bool:
        """Whether it has been a while since somebody looked who this is."""

    async def look(self) -> None:
        """Find out anew who this is, and what they may see."""

    async def show_counts(self, counts: Rendering, waiting: line.Waiting) -> bool:
        """Send them; they are not older than `waiting`. False if that cannot be now."""

    def want_everything(self) -> None:
        """Look anew at all."""


class Counts:
    """The panels of one event loop to which the counts are to be sent."""

    def __init__(self) -> None:
        self._due: set[Panel] = set()
        self._task: asyncio.Task[None] | None = None
        self._next = 0.0

    def want(self, *panels: Panel) -> None:
        """What these panels show of the queues has changed, perhaps."""
        self._due.update(panels)
        if self._due and not self._task:
            self._task = asyncio.create_task(self._run())

    def forget(self, panel: Panel) -> None:
        """Nobody is there any more."""
        self._due.discard(panel)

    async def _run(self) -> None:
        clock = asyncio.get_running_loop().time
        while self._due:
            await asyncio.sleep(max(GATHERED, self._next - clock()))
            self._next = clock() + EVERY
            # Taken before anything is read: what changes meanwhile is announced, and comes with the next round
            panels, self._due = self._due, set()
            try:
                passed_over = await _send(panels)
            except Exception:
                log.exception("waiting counts")
                for panel in panels:
                    panel.want_everything()
            else:  # at that moment it was not clear who they are, or they had much to take before
                self._due |= {panel for panel in passed_over if panel.is_open}
        self._task = None


async def _send(panels: set[Panel]) -> set[Panel]:
    """Send the counts; gives who could not be sent them."""
    # Who is known goes first: to look who somebody is takes longer than to send
    by_crowd: dict[Crowd | None, list[Panel]] = defaultdict(list)
    rendered, waiting = Renderings(), await line.waiting_now()
    old = [panel for panel in panels if panel.must_look]
    for panel in panels.difference(old):
        by_crowd[panel.crowd].append(panel)
    passed_over = set(by_crowd.pop(None, ()))
    for members in by_crowd.values():
        for number, panel in enumerate(members, 1):
            if not await _sent_to(panel, rendered, waiting):
                passed_over.add(panel)
            if number % AT_ONCE == 0:
                await asyncio.sleep(0)
    for panel in old:
        await panel.look()
        if not await _sent_to(panel, rendered, waiting):
            passed_over.add(panel)
    return passed_over


async def _sent_to(panel: Panel, rendered: Renderings, waiting: line.Waiting) -> bool:
    """As its crowd sees them, if it belongs to one now: it may have left it while others were sent to."""
    if not (crowd := panel.crowd):
        return False
    counts = await _rendered(crowd, None, rendered)
    if panel.interaction_id in counts.listed:
        counts = await _rendered(crowd, panel.interaction_id, rendered)
    return panel.crowd is crowd and await panel.show_counts(counts, waiting)


async def _rendered(crowd: Crowd, interaction_id: UUID | None, rendered: Renderings) -> Rendering:
    if (crowd, interaction_id) not in rendered:
        rendered[crowd, interaction_id] = await line.counts(crowd, interaction_id)
    return rendered[crowd, interaction_id]


_counts: WeakKeyDictionary[asyncio.AbstractEventLoop, Counts] = WeakKeyDictionary()


def counts() -> Counts:
    """The counts of the running loop."""
    return _counts.setdefault(asyncio.get_running_loop(), Counts())
