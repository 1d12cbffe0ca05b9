"""Panels: a thousand open panels of five hundred agents: what each costs, and whether new work still comes in time."""

import asyncio
import time
from collections.abc import Callable

from django.db import connection
from websockets.asyncio.client import ClientConnection, connect

from accounts.permissions import CONFIGURING
from accounts.roles import AGENT, grant, group_of, revoke
from bench.acts import accept_all, conversations, not_gone_out
from bench.bursts import burst, redis_restart
from bench.busy_hour import BusyHour
from bench.figures import Figures, p50_p99
from bench.fill import conversations_of_many
from bench.floors import running
from bench.goals import BUSY_HOUR
from bench.http import Line
from bench.load import open_loop
from bench.marks import Lookout, new_mark
from bench.panels import BEAT, opened
from bench.platform import listening
from bench.procs import cpu, memory
from bench.scenarios.offer import publish
from bench.stage import Scenario
from interactions.models import State
from interactions.screens import show_waiting

PATIENCE = 300.0
"""Seconds for one new message to arrive: slowness alone ends no run."""
ALIKE = "waiting counts to all panels: deliveries"
RENDERED = "a role's rights change, each panel rendered anew: deliveries"
RIGHT = CONFIGURING[0]
WARM = 2.0
"""Seconds that are not counted: PostgreSQL plans all anew where tables have been emptied, as no house does."""
CONNECTIONS = 16
"""Of the platform that brings new messages."""


class ManyPanels(Scenario):
    """The panels stay open over all rounds, as they do over a day."""

    name = "panels"

    def prepare(self) -> None:
        """Two panels for each agent, the platform, and as many raw sockets beside."""
        stage, enter = self.stage, self.open.enter_async_context
        self.times = stage.many(5, 2)
        self.agents = self.house.on_duty(stage.many(len(self.house.agents), 10))
        self.sockets = stage.product.pid("sockets")
        before = memory(self.sockets)
        twice = [*self.agents, *self.agents]
        self.panels = stage.run(enter(opened(twice, stage.ports.sockets, stage.lookout, beat=stage.many(int(BEAT), 4))))
        self.each = (memory(self.sockets) - before) / len(self.panels) / 1024
        self.platform = stage.run(enter(listening(stage.ports.platform, Lookout())))
        port = self.open.enter_context(running.fanout(stage.environment, stage.ports.floor))
        self.raw: list[ClientConnection] = stage.run(self._raw(port, len(self.panels)))

    def measure(self) -> Figures:
        """Idle, at work, with more than that, and one event to all; last, what might break a line."""
        run, stage = self.stage.run, self.stage
        self._fresh()
        figures = {"memory of each": self.each} | run(self._idle()) | self._busy_hour()
        for rate, seconds in ((50, 20.0), (100, 60.0)):
            self._fresh()
            run(self._new_messages(rate, 0.4 if stage.quick else WARM))
            figures |= run(self._new_messages(rate, 0.4 if stage.quick else seconds))
        self._fresh()
        return figures | self._to_all() | self._bursts()

    def floor(self) -> Figures:
        """One raw event to as many raw sockets."""
        rate = self.stage.run(self._raw_to_all())
        return {ALIKE: rate, RENDERED: rate}

    def _fresh(self) -> None:
        self.house.empty()
        self.house.on_duty(len(self.agents))

    # ------------------------------------------------------------ idle, and at work

    async def _idle(self) -> Figures:
        seconds = self.stage.many(int(BEAT), 2)
        used = cpu(self.sockets)
        await asyncio.sleep(seconds)
        return {"idle CPU, beats every 20 s": (cpu(self.sockets) - used) / seconds * 100}

    def _busy_hour(self) -> Figures:
        seconds, used, began = self.stage.many(60, 2), self.stage.cpu(), time.perf_counter()
        self.platform.taken.clear()
        hour = BusyHour(self.house, self.stage.ports.web, self.stage.lookout, self.platform)
        figures = self.stage.run(hour.play(seconds))
        share = (self.stage.cpu() - used) / (time.perf_counter() - began) * 100
        figures[f"{BUSY_HOUR}: CPU of all processes and PostgreSQL"] = share
        return figures | {f"{BUSY_HOUR}: lost or sent twice": self.stage.run(not_gone_out()) + self.platform.doubled}

    async def _new_messages(self, rate: int, seconds: float) -> Figures:
        """An open loop: the next comes when it is time, whatever has become of the one before."""
        lines: asyncio.Queue[Line] = asyncio.Queue()
        for _ in range(CONNECTIONS):
            lines.put_nowait(Line(self.stage.ports.web))

        async def write() -> float:
            mark = new_mark()
            arrived = self.stage.lookout.awaits(mark)
            body, headers = self.house.webhook(new_mark(), f"Where is my parcel? {mark}")
            line = await lines.get()
            try:
                (await line.post(self.house.hook, body, headers)).required()
            finally:
                lines.put_nowait(line)
            return await asyncio.wait_for(arrived, PATIENCE)

        flow = await open_loop(rate, seconds, write)
        name = f"{rate} new a second for {'a minute' if rate == 100 else '20 s'}"
        counts = {f"{name}: rate reached": flow.reached, f"{name}: due at its end, and not on a panel": flow.behind}
        return p50_p99(f"{name}: on the panel", flow.taken) | counts

    # ------------------------------------------------------------ to all

    def _to_all(self) -> Figures:
        """The waiting counts, rendered once for all who see the same; and each panel rendered anew, and sent whole."""
        self.house.on_duty(0)
        alike = sum(self.stage.run(self._seconds_to_all(self._one_more_waits)) for _ in range(self.times))
        self._fresh()
        whole = self.stage.run(self._seconds_to_all(self._role_changes))
        return {ALIKE: self.times * len(self.panels) / alike, RENDERED: len(self.panels) / whole}

    def _one_more_waits(self) -> None:
        try:
            conversations_of_many(1, State.WAITING)
            show_waiting(self.house.queue.pk)
        finally:
            connection.close()

    def _role_changes(self) -> None:
        """The agents' role is given a right, or loses it again: what a screen shows of rights may be another."""
        try:
            held = group_of(AGENT).permissions.filter(codename=RIGHT.codename).exists()
            (revoke if held else grant)(AGENT, RIGHT)
        finally:
            connection.close()

    async def _seconds_to_all(self, tell: Callable[[], None]) -> float:
        """Until the last panel has a frame."""
        await asyncio.sleep(1.5)  # the counts come at most once a second
        before, began = [panel.frames for panel in self.panels], time.perf_counter()
        await asyncio.to_thread(tell)
        async with asyncio.timeout(300):
            for panel, number in zip(self.panels, before, strict=True):
                while panel.frames == number:  # noqa: ASYNC110 - a thousand events would cost more than they tell
                    await asyncio.sleep(0.002)
        return time.perf_counter() - began

    async def _raw(self, port: int, number: int) -> list[ClientConnection]:
        async def one() -> ClientConnection:
            return await self.open.enter_async_context(
                connect(f"ws://127.0.0.1:{port}/", compression=None, ping_interval=None, open_timeout=60)
            )

        return [await one() for _ in range(number)]

    async def _raw_to_all(self) -> float:
        await self._raw_listen()
        began = time.perf_counter()
        for _ in range(self.times):
            await asyncio.to_thread(publish, "to all")
            await asyncio.gather(*(line.recv() for line in self.raw))
        return self.times * len(self.raw) / (time.perf_counter() - began)

    async def _raw_listen(self) -> None:
        """Until they hear again: Redis may have been away."""
        for _ in range(30):
            await asyncio.to_thread(publish, "are you there")
            try:
                await asyncio.wait_for(asyncio.gather(*(line.recv() for line in self.raw)), 3)
                return
            except TimeoutError:
                continue
        raise RuntimeError("the raw sockets hear nothing")

    # ------------------------------------------------------------ bursts

    def _bursts(self) -> Figures:
        """Twenty agents have a conversation open; all the other panels look on."""
        stage = self.stage
        self.house.empty()
        few = self.house.on_duty(stage.many(20, 4))
        customers = stage.run(conversations(self.house, Line(stage.ports.web), len(few)))
        taken = accept_all(few)
        desks = [(panel, taken[agent.user.pk]) for panel, agent in zip(self.panels, few, strict=False)]
        return stage.run(self._burst_and_restart(desks, customers))

    async def _burst_and_restart(self, desks: list, customers: list[str]) -> Figures:
        for panel, interaction in desks:
            await panel.show(interaction)
        await asyncio.sleep(2)
        working = [panel for panel, _interaction in desks]
        seconds, missed = await burst(working, self.stage.many(2_000, 60))
        figures = {"burst of 2,000 events: shown after": seconds, "burst of 2,000 events: never shown": missed}
        if self.stage.redis:
            seconds, missed = await redis_restart(self.stage, self.panels, customers * 2)
            figures |= {
                "Redis away for 3 s: shown after its return": seconds,
                "Redis away for 3 s: never shown": missed,
            }
        for panel in working:
            await panel.show("")
        # The worker, which had lost its line too, is back for whoever comes next
        await conversations(self.house, Line(self.stage.ports.web), 1)
        return figures
