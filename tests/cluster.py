"""Several web, sockets and worker processes and the clock, as the Procfile has them, and who sends requests to them."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from tests.chaos.tally import until
from tests.product import ROOT
from tests.services import free_port, running

SERVING = ("web", "sockets")


def procfile() -> dict[str, str]:
    """The command of each kind of process."""
    return dict(line.split(": ", 1) for line in (ROOT / "Procfile").read_text().splitlines())


def kind_of(name: str) -> str:
    """`web` of `web1`."""
    return name.rstrip("0123456789")


class Cluster:
    """Processes called by kind and number: `web1`, `sockets2`, `worker1`, `beat1`."""

    def __init__(self, folder: Path, environment: Mapping[str, str], *, worker: str = "socialcare") -> None:
        self.folder, self._worker = folder, worker
        self.environment = {
            **environment,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "DATA_DIR": str(folder),
            "WEB_WORKERS": "1",
            "WORKER_THREADS": "4",
        }
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.ports: dict[str, int] = {}
        self._running = ExitStack()
        self._log = (folder / "log").open("ab")

    def __enter__(self) -> "Cluster":
        return self

    def __exit__(self, *_: object) -> None:
        self.kill(*filter(self.lives, self.processes))
        self._running.close()
        self._log.close()

    @property
    def log(self) -> str:
        """What its processes have said."""
        return (self.folder / "log").read_text("utf-8", "replace")

    def start(self, *names: str, **environment: str) -> "Cluster":
        """Start these; return when those that serve do."""
        for name in names:
            if name not in self.ports:
                self.ports[name] = free_port(besides=self.ports.values())
            port = str(self.ports[name])
            env = {**self.environment, "PORT": port, "SOCKETS_PORT": port, **environment}
            process = running(self._command(name), cwd=ROOT, env=env, stdout=self._log, stderr=self._log)
            self.processes[name] = self._running.enter_context(process)
        for name in names:
            if kind_of(name) in SERVING:
                assert until(lambda name=name: self.serves(name)), f"{name} does not serve:\n{self.log[-4000:]}"
        return self

    def _command(self, name: str) -> list[str]:
        line = procfile()[kind_of(name)]
        if kind_of(name) == "worker":
            line = line.replace("-A socialcare ", f"-A {self._worker} ")
        return ["sh", "-c", f"exec {line}"]

    def url(self, name: str) -> str:
        """Where this one is reached."""
        return f"http://127.0.0.1:{self.ports[name]}"

    def lives(self, name: str) -> bool:
        """Whether it runs."""
        return self.processes[name].poll() is None

    def serves(self, name: str) -> bool:
        """Whether it answers, and its database answers it."""
        with suppress(URLError, OSError), urlopen(f"{self.url(name)}/healthz", timeout=5):
            return True
        return False

    def ask_to_stop(self, name: str) -> None:
        """As an operator does."""
        self.processes[name].send_signal(signal.SIGTERM)

    def kill(self, *names: str) -> None:
        """As a machine does that loses its power."""
        for name in names:
            os.killpg(self.processes[name].pid, signal.SIGKILL)  # with the processes that it has started
            self.processes[name].wait()

    def door(self, first: str) -> "Door":
        """The address of this one; while it is gone, that of another of its kind."""
        others = [name for name in self.ports if kind_of(name) == kind_of(first) and name != first]
        return Door(self, (first, *others))


@dataclass(frozen=True)
class Door:
    """The reverse proxy of one person."""

    cluster: Cluster
    names: tuple[str, ...]

    @property
    def urls(self) -> list[str]:
        """One address: of the first that lives."""
        return [self.cluster.url(name) for name in self.names if self.cluster.lives(name)][:1]


@dataclass(frozen=True)
class AnyDoor:
    """A reverse proxy that sends everybody to any of these, whether it lives or not."""

    cluster: Cluster
    names: tuple[str, ...]

    @property
    def urls(self) -> list[str]:
        """All addresses."""
        return [self.cluster.url(name) for name in self.names]
