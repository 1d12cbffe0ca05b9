"""Trial: the whole product in one process, with SQLite and nothing else, as `make demo` starts it."""

import asyncio
import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

from accounts.models import User
from bench.figures import Figures, p50_p99
from bench.floors import running
from bench.house import Agent, House
from bench.http import Line
from bench.load import open_loop
from bench.marks import Lookout, new_mark
from bench.panels import BEAT, opened
from bench.procs import ROOT, answers, memory, python, started
from bench.product import environment
from bench.stage import Scenario
from interactions.models import Inbox

AGENTS = 8
PACE = 5.0
"""New conversations a second."""
CALM = 5.0
"""Seconds after which it is idle."""
PATIENCE = 60.0
MEMORY = "memory of the whole process, idle"
SERVERS = ("DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL")


class Trial(Scenario):
    """Started anew for each round, on the same data; without its scripted customers, who would not let it be idle."""

    name = "trial"

    def prepare(self) -> None:
        """The demo's data with a house beside; and a bare process with sockets as the floor of memory."""
        stage = self.stage
        self.port, self.first = stage.ports.second, stage.folder / "trial"
        made = subprocess.run(
            python("bench.trial_house", str(AGENTS)).split(),
            env=self._environment("trial"), cwd=ROOT, check=True, capture_output=True, text=True,
        )  # fmt: skip
        told = json.loads(made.stdout.splitlines()[-1])
        agents = [Agent(User(), session) for session in told["sessions"]]
        self.there = House(self.house.queue, Inbox(pk=told["inbox"]), agents, agents[0])
        self.round = 0

    def measure(self) -> Figures:
        """Idle, and while customers write."""
        self.round += 1
        with self._running() as pid:
            time.sleep(self.stage.many(int(CALM), 1))
            figures = {MEMORY: memory(pid) / 1e6}
            return figures | self.stage.run(self._alerts())

    def floor(self) -> Figures:
        """Django, Channels and daphne in one process, and no product."""
        with running.fanout_process(self.stage.environment, self.stage.ports.floor) as pid:
            time.sleep(1)
            return {MEMORY: memory(pid) / 1e6}

    async def _alerts(self) -> Figures:
        lookout = Lookout()
        async with opened(self.there.agents, self.port.web, lookout, beat=BEAT):

            async def write() -> float:
                mark, line = new_mark(), Line(self.port.web)
                arrived = lookout.awaits(mark)
                body, headers = self.there.webhook(new_mark(), f"Where is my parcel? {mark}")
                (await line.post(self.there.hook, body, headers)).required()
                line.close()
                return await asyncio.wait_for(arrived, PATIENCE)

            flow = await open_loop(PACE, self.stage.many(30, 1), write)
        return p50_p99("alert at 5 a second", flow.taken)

    @contextmanager
    def _running(self) -> Iterator[int]:
        folder = self.stage.folder / f"trial{self.round}"
        shutil.copytree(self.first, folder)
        with started(
            "python manage.py demo", self._environment(folder.name), self.stage.folder / "trial.log"
        ) as process:
            answers(self.port.web, "/healthz")
            yield process.pid

    def _environment(self, folder: str) -> dict[str, str]:
        given = environment(self.stage.folder / folder, self.port) | {"DEMO": "1", "DEMO_TRAFFIC": "0"}
        return {name: value for name, value in given.items() if name not in SERVERS}
