"""Open panels: sockets as the agents' browsers hold them."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

from websockets.asyncio.client import ClientConnection, connect

from bench.house import Agent
from bench.marks import Lookout

AT_ONCE = 8
"""How many connect at the same moment."""
WATCHED = ("offers", "thread")
"""The parts in which an agent sees what has come: the waiting list shows it before it is theirs."""


class Panel:
    """One tab: it keeps the versions it stands at, as the page's script does."""

    def __init__(self, agent: Agent, line: ClientConnection, lookout: Lookout) -> None:
        self.agent, self.line, self.lookout = agent, line, lookout
        self.versions: dict[str, int] = {}
        self.frames = 0
        self.ready = asyncio.Event()

    async def listen(self) -> None:
        """Take frames until the line is closed."""
        async for frame in self.line:
            told = json.loads(frame)
            if told.get("type") != "parts":
                continue
            self.frames += 1
            self.versions |= told["versions"]
            for part in WATCHED:
                if html := told["html"].get(part):
                    self.lookout.seen(html)
            if told["all"]:
                self.ready.set()

    async def beat(self) -> None:
        """Say that one is there, and where one stands."""
        await self.line.send(json.dumps({"type": "beat", "versions": self.versions}))


@asynccontextmanager
async def opened(
    agents: Sequence[Agent], port: int, lookout: Lookout, interactions: Sequence[str] = ()
) -> AsyncIterator[list[Panel]]:
    """A panel for each of these agents (with their interaction open, where some are named), all of them painted."""
    gate, panels, tasks = asyncio.Semaphore(AT_ONCE), [], []

    async def open_one(agent: Agent, interaction: str) -> None:
        async with gate:
            line = await connect(
                f"ws://127.0.0.1:{port}/ws/panel/?interaction={interaction}",
                additional_headers={"Cookie": agent.cookie, "Origin": f"http://127.0.0.1:{port}"},
                compression=None,
                ping_interval=None,
                open_timeout=60,
                max_size=None,
            )
            panel = Panel(agent, line, lookout)
            panels.append(panel)
            tasks.append(asyncio.create_task(panel.listen()))
            await asyncio.wait_for(panel.ready.wait(), 60)

    async def close_one(panel: Panel) -> None:
        with suppress(Exception):
            await panel.line.close()

    opens = interactions or [""] * len(agents)
    try:
        await asyncio.gather(*(open_one(*pair) for pair in zip(agents, opens, strict=True)))
        yield panels
    finally:
        await asyncio.gather(*(close_one(panel) for panel in panels))
        await asyncio.gather(*tasks, return_exceptions=True)
