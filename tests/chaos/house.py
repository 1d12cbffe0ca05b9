"""The product as in production, on servers of its own, and whatever may be done to it."""

import os
import signal
from pathlib import Path

from tests.cluster import AnyDoor, Cluster
from tests.services import Server

WORKER = "tests.races.worker"
WEBS, SOCKETS, WORKERS = ("web1", "web2"), ("sockets1", "sockets2"), ("worker1", "worker2")
PARTS = (*WEBS, *SOCKETS, *WORKERS, "beat")


class House(Cluster):
    """The processes of the Procfile, two of each and one clock, on a PostgreSQL and a Redis that can be stopped."""

    def __init__(self, folder: Path, database: Server, redis: Server) -> None:
        super().__init__(folder, os.environ, worker=WORKER)
        self.database, self.redis = database, redis
        self.kills = 0

    def __enter__(self) -> "House":
        self.start(*PARTS)
        return self

    @property
    def urls(self) -> list[str]:
        """Where pages are served."""
        return AnyDoor(self, WEBS).urls

    @property
    def sockets(self) -> AnyDoor:
        """Where panels are streamed."""
        return AnyDoor(self, SOCKETS)

    def replace(self, *names: str) -> None:
        """Kill these parts and start them anew, as whoever supervises them would."""
        self.kill(*names)
        self.kills += len(names)
        self.start(*names)

    def pause(self, name: str) -> None:
        """Let a part stand still in the middle of whatever it does."""
        self.processes[name].send_signal(signal.SIGSTOP)

    def resume(self, name: str) -> None:
        """Let it go on as if nothing had been."""
        self.processes[name].send_signal(signal.SIGCONT)
