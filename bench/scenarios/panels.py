"""Panels: a thousand open panels of five hundred agents: what each costs, and whether new work still comes in time."""

import asyncio
import time

from websockets.asyncio.client import ClientConnection, connect

from bench.figures import Figures, p50_p99
from bench.floors import running
from bench.http import Line
from bench.load import PATIENCE
from bench.marks import new_mark
from bench.panels import opened
from bench.procs import cpu, memory
from bench.scenarios.offer import publish
from bench.stage import Scenario
from socialcare.events import EVERYONE, announce

BEAT = 20.0
"""Seconds between two beats of one panel."""
BUSY = 5.0
"""New messages a second in a busy hour of five hundred agents: each takes one every hundred seconds."""
ALL = "one event to all: deliveries"


class ManyPanels(Scenario):
    """The panels stay open over all rounds, as they do over a day."""

    name = "panels"

    def prepare(self) -> None:
        """Two panels for each agent, and as many raw sockets beside."""
        stage = self.stage
        agents = self.house.on_duty(stage.many(len(self.house.agents), 10))
        self.sockets = stage.product.pid("sockets")
        before = memory(self.sockets)
        self.panels = stage.run(
            self.open.enter_async_context(opened([*agents, *agents], stage.ports.sockets, stage.lookout))
        )
        self.each = (memory(self.sockets) - before) / len(self.panels) / 1024
        port = self.open.enter_context(running.fanout(stage.environment, stage.ports.floor))
        self.raw: list[ClientConnection] = stage.run(self._raw(port, len(self.panels)))

    def measure(self) -> Figures:
        """Idle, busy, and one event to all."""
        self.house.empty()
        figures = {"memory of each": self.each} | self.stage.run(self._idle())
        figures |= p50_p99(
            "new messages at 5 a second, the pace of a busy hour: on the panel", self.stage.run(self._busy())
        )
        return figures | {ALL: self.stage.run(self._to_all())}

    def floor(self) -> Figures:
        """One raw event to as many raw sockets."""
        return {ALL: self.stage.run(self._raw_to_all())}

    async def _idle(self) -> Figures:
        seconds = self.stage.many(int(BEAT), 2)
        used = cpu(self.sockets)
        pause = seconds / len(self.panels)
        ends = time.perf_counter() + seconds
        for panel in self.panels:
            await panel.beat()
            await asyncio.sleep(pause)
        await asyncio.sleep(max(0.0, ends - time.perf_counter()))
        share = (cpu(self.sockets) - used) / (seconds + max(0.0, time.perf_counter() - ends)) * 100
        return {"idle CPU, beats every 20 s": share * seconds / BEAT if self.stage.quick else share}

    async def _busy(self) -> list[float]:
        """An open loop: the next comes when it is time, whatever has become of the one before."""
        line, waits = Line(self.stage.ports.web), []
        for _ in range(self.stage.many(100, 5)):
            mark = new_mark()
            arrived = self.stage.lookout.awaits(mark)
            body, headers = self.house.webhook(new_mark(), f"Where is my parcel? {mark}")
            began = time.perf_counter()
            (await line.post(self.house.hook, body, headers)).required()
            waits.append(asyncio.ensure_future(self._until(arrived, began)))
            await asyncio.sleep(max(0.0, began + 1 / BUSY - time.perf_counter()))
        return list(await asyncio.gather(*waits))

    async def _until(self, arrived: "asyncio.Future[float]", began: float) -> float:
        return await asyncio.wait_for(arrived, 2 * PATIENCE) - began

    async def _to_all(self) -> float:
        """Everybody looks anew: each panel is rendered and sent whole."""
        before = [panel.frames for panel in self.panels]
        began = time.perf_counter()
        await asyncio.to_thread(announce, EVERYONE, {"type": "rights"})
        async with asyncio.timeout(300):
            for panel, number in zip(self.panels, before, strict=True):
                while panel.frames == number:  # noqa: ASYNC110 - a thousand events would cost more than they tell
                    await asyncio.sleep(0.01)
        return len(self.panels) / (time.perf_counter() - began)

    async def _raw(self, port: int, number: int) -> list[ClientConnection]:
        async def one() -> ClientConnection:
            return await self.open.enter_async_context(
                connect(f"ws://127.0.0.1:{port}/", compression=None, ping_interval=None, open_timeout=60)
            )

        return [await one() for _ in range(number)]

    async def _raw_to_all(self) -> float:
        began = time.perf_counter()
        await asyncio.to_thread(publish, "to all")
        await asyncio.gather(*(line.recv() for line in self.raw))
        return len(self.raw) / (time.perf_counter() - began)
