"""Ingest: a signed webhook comes in, and what the customer wrote is on an agent's panel."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager

from bench.acts import accept_all, conversations
from bench.figures import Figures, p50_p99
from bench.floors import running
from bench.http import Line
from bench.load import PATIENCE, closed_loop, insert
from bench.marks import new_mark
from bench.panels import opened
from bench.stage import Scenario

AGENTS = 20
BATCH = 25
PUSHED = "on the agents' panels"
BARE = "a bare ASGI POST with one INSERT, 8 at once"
RATES = (
    "new, 8 at once: stored and answered",
    f"new, 8 at once: {PUSHED}",
    f"follow-up, 8 at once: {PUSHED}",
    "25 new in one webhook: stored",
    BARE,
)


class Ingest(Scenario):
    """Webhooks of new customers, and of customers whose conversation an agent has open."""

    name = "ingest"

    def prepare(self) -> None:
        """The agents, and the floors beside."""
        stage = self.stage
        self.agents = self.house.on_duty(AGENTS)
        self.floor_port = self.open.enter_context(running.drf(stage.environment, stage.ports.floor))
        self.bare_port = self.open.enter_context(running.bare(stage.environment, stage.ports.floor + 1))
        self.few, self.some = stage.many(100, 4), stage.many(100, 16)
        self._warm_up()

    def measure(self) -> Figures:
        """All forms of coming in, each in an empty house."""
        run, figures = self.stage.run, Figures()
        self.house.on_duty(AGENTS)
        with self._at_their_panels():
            for phase in (self._new_alone, self._new_pushed, self._new_stored, self._batches, self._repeats):
                self.house.empty()
                figures |= run(phase())
            self.house.empty()
        return figures | self._follow_ups() | run(self._bare())

    def floor(self) -> Figures:
        """Plain Django and REST framework with one INSERT, on the same server program."""
        return self.stage.run(self._floor())

    @contextmanager
    def _at_their_panels(self) -> Iterator[None]:
        """Each agent with one tab: whoever has a conversation open has no other tab besides."""
        tabs = AsyncExitStack()
        self.stage.run(tabs.enter_async_context(opened(self.agents, self.stage.ports.sockets, self.stage.lookout)))
        try:
            yield
        finally:
            self.stage.run(tabs.aclose())

    # ------------------------------------------------------------ of new customers

    async def _new_alone(self) -> Figures:
        taken, _all = await closed_loop(self._lines(1), self.few, self._new)
        return p50_p99("new, 1 at once: on the agent's panel", taken)

    async def _new_pushed(self) -> Figures:
        used = self.stage.cpu()
        taken, whole = await closed_loop(self._lines(8), self.some, self._new)
        each = (self.stage.cpu() - used) / self.some * 1000
        name = "CPU of all processes and PostgreSQL per new message on a panel"
        times = p50_p99("new, 8 at once: on the agent's panel", taken)
        return {f"new, 8 at once: {PUSHED}": self.some / whole, name: each} | times

    async def _new_stored(self) -> Figures:
        used = self.stage.cpu("web")
        _taken, whole = await closed_loop(self._lines(8), self.some, self._store)
        each = (self.stage.cpu("web") - used) / self.some * 1000
        await asyncio.sleep(1)  # the worker catches up, so that the next phase finds it idle
        rate = self.some / whole
        return {"new, 8 at once: stored and answered": rate, "CPU of web and PostgreSQL per new message stored": each}

    async def _batches(self) -> Figures:
        async def post(line: Line) -> float:
            body, headers = self.house.webhook_of(*[f"Batch {new_mark()}" for _ in range(BATCH)])
            (await line.post(self.house.hook, body, headers)).required()
            return 0.0

        times = self.stage.many(8, 1)
        _taken, whole = await closed_loop(self._lines(4), times, post)
        return {"25 new in one webhook: stored": times * BATCH / whole}

    async def _new(self, line: Line) -> float:
        """A new customer writes; it takes until an agent sees the offer."""
        mark = new_mark()
        arrived = self.stage.lookout.awaits(mark)
        body, headers = self.house.webhook(new_mark(), f"Where is my parcel? {mark}")
        began = time.perf_counter()
        (await line.post(self.house.hook, body, headers)).required()
        return await asyncio.wait_for(arrived, PATIENCE) - began

    async def _store(self, line: Line) -> float:
        body, headers = self.house.webhook(new_mark(), "Where is my parcel?")
        began = time.perf_counter()
        (await line.post(self.house.hook, body, headers)).required()
        return time.perf_counter() - began

    # ------------------------------------------------------------ repeats

    async def _repeats(self) -> Figures:
        lines = self._lines(8)
        first, _all = await closed_loop(lines[:1], self.few, self._store)
        body, headers = self.house.webhook("somebody", "Once", message_id="once")

        async def repeat(line: Line) -> float:
            began = time.perf_counter()
            (await line.post(self.house.hook, body, headers)).required()
            return time.perf_counter() - began

        await closed_loop(lines, 8, repeat)
        again, _all = await closed_loop(lines[:1], self.few, repeat)
        stored = await asyncio.to_thread(self.house.stored, "once")
        cost = sorted(again)[len(again) // 2] / sorted(first)[len(first) // 2]
        return {"a repeat costs, of a first delivery": cost, "rows stored of 8 repeats at once": stored}

    # ------------------------------------------------------------ in open conversations

    def _follow_ups(self) -> Figures:
        agents = self.house.on_duty(8)
        customers = self.stage.run(conversations(self.house, self._lines(1)[0], len(agents)))
        opens = accept_all(agents)
        return self.stage.run(self._follow(customers, [opens[agent.user.pk] for agent in agents]))

    async def _follow(self, customers: Sequence[str], interactions: Sequence[str]) -> Figures:
        stage, turn = self.stage, iter(range(10**9))

        async def follow(line: Line) -> float:
            mark = new_mark()
            arrived = stage.lookout.awaits(mark)
            body, headers = self.house.webhook(customers[next(turn) % len(customers)], f"And now? {mark}")
            began = time.perf_counter()
            (await line.post(self.house.hook, body, headers)).required()
            return await asyncio.wait_for(arrived, PATIENCE) - began

        async with opened(self.agents[:8], stage.ports.sockets, stage.lookout, interactions):
            alone, _all = await closed_loop(self._lines(1), self.few, follow)
            taken, whole = await closed_loop(self._lines(8), self.some, follow)
        rate = {f"follow-up, 8 at once: {PUSHED}": self.some / whole}
        times = p50_p99("follow-up, 8 at once: on the agent's panel", taken)
        return p50_p99("follow-up, 1 at once: on the agent's panel", alone) | rate | times

    # ------------------------------------------------------------ the floor, and lines

    async def _floor(self) -> Figures:
        alone, _all = await closed_loop(self._lines(1, self.floor_port), self.few, insert)
        many = self.some * 4
        together, whole = await closed_loop(self._lines(8, self.floor_port), many, insert)
        figures = dict.fromkeys(RATES, many / whole)
        for whose in ("new", "follow-up"):
            figures |= p50_p99(f"{whose}, 1 at once: on the agent's panel", alone)
            figures |= p50_p99(f"{whose}, 8 at once: on the agent's panel", together)
        return figures

    async def _bare(self) -> Figures:
        many = self.some * 4
        _taken, whole = await closed_loop(self._lines(8, self.bare_port), many, insert)
        return {BARE: many / whole}

    def _warm_up(self) -> None:
        async def warm() -> None:
            await closed_loop(self._lines(8), 16, self._store)
            for port in (self.floor_port, self.bare_port):
                await closed_loop(self._lines(8, port), 16, insert)

        self.stage.run(warm())

    def _lines(self, number: int, port: int = 0) -> list[Line]:
        return [Line(port or self.stage.ports.web) for _ in range(number)]
