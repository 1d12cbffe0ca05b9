"""API: the calls of a shift, one after the other, as the public SDK makes them."""

import json

from bench.acts import not_gone_out
from bench.figures import Figures, p50_p99
from bench.floors import running
from bench.goals import API_READS, API_WRITES
from bench.house import BEARER
from bench.http import Line
from bench.load import closed_loop, fetch, insert
from bench.marks import Lookout, new_mark
from bench.platform import listening
from bench.shift import Shift
from bench.stage import Scenario

MESSAGE_IN = "message in, 8 at once"


class Api(Scenario):
    """An agent's program works through conversations; another brings messages."""

    name = "api"

    def prepare(self) -> None:
        """The agent whose token it is, the platform, and the floor."""
        stage = self.stage
        self.platform = stage.run(self.open.enter_async_context(listening(stage.ports.platform, Lookout())))
        self.floor_port = self.open.enter_context(running.drf(stage.environment, stage.ports.floor))
        self.few, self.some = stage.many(60, 2), stage.many(160, 16)
        self._work(stage.many(3, 1))

    def measure(self) -> Figures:
        """A shift, and messages that come eight at once."""
        shift = self._work(self.few)
        figures = Figures()
        for name, taken in shift.times.items():
            figures |= p50_p99(name, taken)
        figures["lost or sent twice"] = self.stage.run(not_gone_out()) + self.platform.doubled
        return figures | self.stage.run(self._messages_in())

    def floor(self) -> Figures:
        """REST framework reading one row, and writing one."""
        return self.stage.run(self._floor())

    def _work(self, conversations: int) -> Shift:
        self.house.empty()
        self.house.on_duty(1)
        self.platform.taken.clear()
        shift = Shift(self.house, Line(self.stage.ports.web, BEARER), self.platform)
        self.stage.run(shift.work(conversations))
        return shift

    async def _messages_in(self) -> Figures:
        lines = [Line(self.stage.ports.web, BEARER) for _ in range(8)]
        _taken, whole = await closed_loop(lines, self.some, self._message_in)
        return {MESSAGE_IN: self.some / whole}

    async def _message_in(self, line: Line) -> float:
        said = self.house.said(new_mark(), "Where is my parcel?")
        path = f"/api/v2/conversations/messages/{self.house.inbox.pk}/inbound/open/message"
        (await line.post(path, json.dumps(said).encode())).required()
        return 0.0

    async def _floor(self) -> Figures:
        line, times = Line(self.floor_port), max(self.few, 4)
        await insert(line)
        read, _all = await closed_loop([line], times, lambda line: fetch(line, "/"))
        written, _all = await closed_loop([line], times, insert)
        lines = [Line(self.floor_port) for _ in range(8)]
        _taken, whole = await closed_loop(lines, self.some * 2, insert)
        figures = {MESSAGE_IN: self.some * 2 / whole}
        for name in API_READS:
            figures |= p50_p99(name, read)
        for name in API_WRITES:
            figures |= p50_p99(name, written)
        return figures
