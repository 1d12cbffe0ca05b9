"""Open panels: sockets as the agents' browsers hold them, which come again when they are cut."""

import asyncio
import json
import random
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from bench.house import Agent
from bench.marks import Lookout

AT_ONCE = 8
"""How many connect at the same moment."""
WATCHED = ("offers", "thread")
"""The parts in which an agent sees what has come: the waiting list shows it before it is theirs."""
BEAT = 20.0
"""Seconds between two beats of a page."""
LONGEST_WAIT = 10.0
OFFER = re.compile(r'data-offer="([0-9a-f-]{36})"')


class Panel:
    """One tab: it keeps the versions it stands at, and connects anew, as the page's script does."""

    def __init__(self, agent: Agent, port: int, lookout: Lookout, interaction: str, beat: float = 0) -> None:
        self.agent, self.port, self.lookout, self.interaction, self.beat = agent, port, lookout, interaction, beat
        self.line: ClientConnection | None = None
        self.versions: dict[str, int] = {}
        self.offers = ""
        self.frames = 0
        self.ready = asyncio.Event()
        self.free = asyncio.Lock()
        """Held by whoever works at this panel."""

    async def stay(self) -> None:
        """Be connected, until it is cancelled."""
        attempts = 0
        while True:
            with suppress(OSError, TimeoutError, WebSocketException):
                async with self._connected() as self.line:
                    attempts = 0
                    await self._listen()
            longest = min(LONGEST_WAIT, 0.5 * 2**attempts)
            attempts += 1
            await asyncio.sleep(longest / 2 + random.random() * longest / 2)

    async def show(self, interaction: str) -> None:
        """Open another interaction, or none."""
        self.interaction = interaction
        if self.line:
            with suppress(WebSocketException):  # it says so again when it connects
                await self.line.send(json.dumps({"type": "open", "interaction": interaction}))

    def offer_with(self, mark: str) -> str:
        """The id of the offer that bears this mark."""
        for card in self.offers.split("<article")[1:]:
            if mark in card and (found := OFFER.search(card)):
                return found[1]
        raise LookupError(mark)

    def _connected(self) -> connect:
        return connect(
            f"ws://127.0.0.1:{self.port}/ws/panel/?interaction={self.interaction}&entries=1",
            additional_headers={"Cookie": self.agent.cookie, "Origin": f"http://127.0.0.1:{self.port}"},
            compression=None,
            ping_interval=None,
            open_timeout=60,
            max_size=None,
        )

    async def _listen(self) -> None:
        assert self.line
        beating = asyncio.create_task(self._beat(self.line)) if self.beat else None
        try:
            async for frame in self.line:
                if (told := json.loads(frame)).get("type") == "parts":
                    self._take(told)
        finally:
            if beating:
                beating.cancel()

    def _take(self, told: dict) -> None:
        self.frames += 1
        self.versions = told["versions"] if told["all"] else {**self.versions, **told["versions"]}
        self.offers = told["html"].get("offers", self.offers)
        for name, html in told["html"].items():
            if name.partition(".")[0] in WATCHED:
                self.lookout.seen(html, self)
        if told["all"]:
            self.ready.set()

    async def _beat(self, line: ClientConnection) -> None:
        """Say that one is there, and where one stands: not all panels at the same moment."""
        await asyncio.sleep(random.random() * self.beat)
        with suppress(WebSocketException):
            while True:
                await line.send(json.dumps({"type": "beat", "versions": self.versions}))
                await asyncio.sleep(self.beat)


@asynccontextmanager
async def opened(
    agents: Sequence[Agent], port: int, lookout: Lookout, interactions: Sequence[str] = (), beat: float = 0
) -> AsyncIterator[list[Panel]]:
    """A panel for each of these agents (with their interaction open, where some are named), all of them painted.

    They say every `beat` seconds where they stand; never, for 0.
    """
    opens = interactions or [""] * len(agents)
    panels = [Panel(agent, port, lookout, pk, beat) for agent, pk in zip(agents, opens, strict=True)]
    gate, tasks = asyncio.Semaphore(AT_ONCE), []

    async def open_one(panel: Panel) -> None:
        async with gate:
            tasks.append(asyncio.create_task(panel.stay()))
            await asyncio.wait_for(panel.ready.wait(), 120)

    try:
        await asyncio.gather(*(open_one(panel) for panel in panels))
        yield panels
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
