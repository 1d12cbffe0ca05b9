"""The product as in production, on servers of its own, and whatever may be done to it."""

import os
import signal
import subprocess
from contextlib import ExitStack, suppress
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from tests.chaos.tally import until
from tests.product import ROOT, beat, web, worker
from tests.services import Server, free_port, running

WORKER = "tests.races.worker"
WEBS, WORKERS = ("web1", "web2"), ("worker1", "worker2")
PARTS = (*WEBS, *WORKERS, "beat")


class House:
    """Two web processes, two workers and the clock, on a PostgreSQL and a Redis that can be stopped."""

    def __init__(self, folder: Path, database: Server, redis: Server) -> None:
        self.folder, self.database, self.redis = folder, database, redis
        first = free_port()
        self.ports = {name: first + number for number, name in enumerate(WEBS)}
        self.commands = {
            **{name: web(port) for name, port in self.ports.items()},
            **{name: worker(WORKER) for name in WORKERS},
            "beat": beat(folder / "beat"),
        }
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.kills = 0
        self._log = (folder / "log").open("ab")
        self._running = ExitStack()

    def __enter__(self) -> "House":
        self.start(*PARTS)
        return self

    def __exit__(self, *_: object) -> None:
        for process in self.processes.values():
            process.kill()
        self._running.close()
        self._log.close()

    @property
    def urls(self) -> list[str]:
        """Where it is served."""
        return [f"http://127.0.0.1:{port}" for port in self.ports.values()]

    @property
    def log(self) -> str:
        """What its processes have said."""
        return (self.folder / "log").read_text("utf-8", "replace")

    def start(self, *names: str) -> None:
        """Start these parts; return when those that serve do."""
        for name in names:
            process = running(self.commands[name], cwd=ROOT, env=dict(os.environ), stdout=self._log, stderr=self._log)
            self.processes[name] = self._running.enter_context(process)
        for name in names:
            if name in WEBS and not until(lambda name=name: self.serves(name)):
                raise RuntimeError(f"{name} does not serve:\n{self.log[-4000:]}")

    def serves(self, name: str) -> bool:
        """Whether this process answers, and its database answers it."""
        with suppress(HTTPError, URLError, OSError), urlopen(f"http://127.0.0.1:{self.ports[name]}/healthz", timeout=5):
            return True
        return False

    def kill(self, *names: str) -> None:
        """End these parts in the middle of whatever they do."""
        for name in names:
            self.processes[name].kill()
            self.processes[name].wait()
            self.kills += 1

    def replace(self, *names: str) -> None:
        """Kill these parts and start them anew, as whoever supervises them would."""
        self.kill(*names)
        self.start(*names)

    def pause(self, name: str) -> None:
        """Let a part stand still in the middle of whatever it does."""
        self.processes[name].send_signal(signal.SIGSTOP)

    def resume(self, name: str) -> None:
        """Let it go on as if nothing had been."""
        self.processes[name].send_signal(signal.SIGCONT)
