"""The product as in production: the processes of the Procfile, on a database and a part of Redis of its own."""

import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.procs import ROOT, answers, started

SECRET_KEY = "a-bench-s-own-key-0123456789-abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Ports:
    """Where everything of a bench listens, from one base on: ten ports, the last five of them for a second product."""

    base: int

    @property
    def web(self) -> int:
        """Plain HTTP of the product."""
        return self.base

    @property
    def sockets(self) -> int:
        """The product's sockets."""
        return self.base + 1

    @property
    def platform(self) -> int:
        """The counting platform."""
        return self.base + 2

    @property
    def floor(self) -> int:
        """The first of the floors; each has its own."""
        return self.base + 3

    @property
    def second(self) -> "Ports":
        """Those of the second product."""
        return Ports(self.base + 5)


class Product:
    """Web, sockets, worker and beat, running."""

    def __init__(self, folder: Path, ports: Ports, servers: Mapping[str, str] | None = None) -> None:
        self.ports, self.log = ports, folder / "product.log"
        self.environment = environment(folder, ports) | dict(servers or {})
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self._running = ExitStack()

    def start(self) -> None:
        """Start all, and return when both doors answer. Raises PortTaken: granian would share the port."""
        from socialcare.demo.serving import require_free  # Django has to be set up for it

        for port in (self.ports.web, self.ports.sockets):
            require_free("0.0.0.0", port)
        for name, command in procfile().items():
            self.processes[name] = self._running.enter_context(started(command, self.environment, self.log))
        answers(self.ports.web, "/healthz")
        answers(self.ports.sockets, "/healthz")

    def stop(self) -> None:
        """Stop all."""
        self._running.close()
        self.processes.clear()

    @contextmanager
    def with_worker(self, app: str) -> Iterator[None]:
        """Let the worker be one of another Celery application until the block ends."""
        theirs = procfile()["worker"]
        self._replace_worker(theirs.replace("-A socialcare ", f"-A {app} "))
        try:
            yield
        finally:
            self._replace_worker(theirs)

    def _replace_worker(self, command: str) -> None:
        worker = self.processes["worker"]
        worker.terminate()
        worker.wait()
        self.processes["worker"] = self._running.enter_context(started(command, self.environment, self.log))

    def pid(self, name: str) -> int:
        """The process of that name."""
        return self.processes[name].pid


def environment(folder: Path, ports: Ports) -> dict[str, str]:
    """A server's environment: of what decides speed, nothing is set otherwise than by default."""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "socialcare.settings",
        "SECRET_KEY": SECRET_KEY,
        "DATA_DIR": str(folder),
        "PORT": str(ports.web),
        "SOCKETS_PORT": str(ports.sockets),
        "PUBLIC_URL": f"http://127.0.0.1:{ports.web}",
        "LOG_LEVEL": "WARNING",
        "DEMO": "0",
        "ALLOW_PRIVATE_WEBHOOKS": "1",
        "API_RATE_LIMIT": "10000000",
    }


def procfile() -> dict[str, str]:
    """The commands of the Procfile, by name."""
    rows = (ROOT / "Procfile").read_text().splitlines()
    return {match[1]: match[2] for row in rows if (match := re.match(r"(\w+):\s*(.+)", row))}
