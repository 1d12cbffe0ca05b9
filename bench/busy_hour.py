"""A busy hour, replayed: customers write, agents answer, reply, are read, are written to again, end and wrap up."""

import asyncio
import time
import uuid
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import TypeVar

from bench.browser import press, signed_in
from bench.figures import Figures, p50_p99
from bench.goals import BUSY_HOUR
from bench.house import House
from bench.http import Line
from bench.load import open_loop
from bench.marks import Lookout, new_mark
from bench.panels import Panel
from bench.platform import Platform

T = TypeVar("T")
PACE = 5.0
"""New conversations a second in a busy hour of five hundred agents: each takes one every hundred seconds."""
PATIENCE = 300.0
"""Seconds for one thing to arrive: slowness alone ends no run."""


class BusyHour:
    """One of them, or a part of it: the times of all that was done, by what it was."""

    def __init__(self, house: House, web: int, lookout: Lookout, platform: Platform) -> None:
        self.house, self.web, self.lookout, self.platform = house, web, lookout, platform
        self.times: dict[str, list[float]] = defaultdict(list)

    async def play(self, seconds: float) -> Figures:
        """At its pace, for so long."""
        flow = await open_loop(PACE, seconds, self._conversation)
        figures = {f"{BUSY_HOUR}: brought to an end": flow.reached}
        for what, taken in self.times.items():
            figures |= p50_p99(f"{BUSY_HOUR}: {what}", taken)
        return figures

    async def _conversation(self) -> float:
        customer, mark = new_mark(), new_mark()
        lines = Line(self.web), Line(self.web)
        try:
            await self._until_seen("new message on the panel", mark, lambda: self._write(lines[0], customer, mark))
            panel = self.lookout.where.pop(mark)
            assert isinstance(panel, Panel)
            lines[1].headers |= signed_in(panel.agent)
            async with panel.free:
                await self._at_desk(panel, customer, mark, *lines)
        finally:
            for line in lines:
                line.close()
        return time.perf_counter()

    async def _at_desk(self, panel: Panel, customer: str, mark: str, outside: Line, desk: Line) -> None:
        offer = panel.offer_with(mark)
        answered = await self._timed("offer answered", press(desk, f"offers/{offer}/accept/"))
        place = f"i/{answered['open']}"
        await self._until_seen("thread open", mark, lambda: panel.show(answered["open"]))
        await self._reply(outside, desk, place)
        again = new_mark()
        await self._until_seen("follow-up on the panel", again, lambda: self._write(outside, customer, again))
        await self._reply(outside, desk, place)
        await self._timed("ended", press(desk, f"{place}/end/"))
        await self._timed("wrapped up", press(desk, f"{place}/wrapup/", do="done"))
        await panel.show("")

    async def _write(self, line: Line, customer: str, mark: str) -> None:
        body, headers = self.house.webhook(customer, f"Where is my parcel? {mark}")
        (await line.post(self.house.hook, body, headers)).required()

    async def _reply(self, outside: Line, desk: Line, place: str) -> None:
        """A reply goes out; the platform says that it has arrived, and that it has been read."""
        mark = new_mark()
        arrived, began = self.platform.lookout.awaits(mark), time.perf_counter()
        form = {"visibility": "private", "text": f"It is on its way. {mark}", "key": str(uuid.uuid4())}
        answer = await press(desk, f"{place}/reply/", **form)
        self.times["reply at the platform"].append(await asyncio.wait_for(arrived, PATIENCE) - began)
        key = self.platform.keys[mark]
        await self._tell(outside, key, "Delivered")
        read = Lookout.read(answer["messages"][0])
        await self._until_seen("read receipt on the panel", read, lambda: self._tell(outside, key, "Read"))

    async def _tell(self, line: Line, key: str, status: str) -> None:
        body, headers = self.house.receipt(key, status)
        (await line.post(self.house.hook, body, headers)).required()

    async def _until_seen(self, what: str, mark: str, act: Callable[[], Awaitable[None]]) -> None:
        seen, began = self.lookout.awaits(mark), time.perf_counter()
        await act()
        self.times[what].append(await asyncio.wait_for(seen, PATIENCE) - began)

    async def _timed(self, what: str, act: Awaitable[T]) -> T:
        began = time.perf_counter()
        found = await act
        self.times[what].append(time.perf_counter() - began)
        return found
