"""The product, really running, for tests that come in by the front door."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlsplit, urlunsplit
from urllib.request import urlopen

from django.conf import settings

from tests.services import free_port, running

ROOT = Path(__file__).resolve().parent.parent
_redis_numbers = count(1)
"""Two products that run at once must not take each other's tasks; Redis has sixteen databases."""
START = 180.0
"""Seconds the product may take to serve its first page."""


def web(port: int) -> list[str]:
    """The command of a process that serves pages and sockets."""
    return [sys.executable, "-m", "daphne", "-b", "127.0.0.1", "-p", str(port), "socialcare.asgi:application"]


def worker(app: str = "socialcare") -> list[str]:
    """The command of a worker."""
    flags = ["--pool", "threads", "--concurrency", "4", "--without-mingle", "--without-gossip", "--loglevel", "warning"]
    return [sys.executable, "-m", "celery", "-A", app, "worker", *flags]


def beat(schedule: Path) -> list[str]:
    """The command of the clock."""
    return [
        sys.executable,
        "-m",
        "celery",
        "-A",
        "socialcare",
        "beat",
        "--loglevel",
        "warning",
        "--schedule",
        str(schedule),
    ]


class Product:
    """A running product: one process on SQLite, or several on PostgreSQL and Redis, as this test run is."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder, self.port = folder, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "log"
        self.environment = {
            **{name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")},
            "DJANGO_SETTINGS_MODULE": "socialcare.settings",
            "DATA_DIR": str(folder),
            "PORT": str(self.port),
            "PUBLIC_URL": self.url,
            "PRACTICE_URL": f"http://127.0.0.1:{self.port + 1}",
            "DEMO": "1",
            "DEMO_TRAFFIC": "0",
            **_own_servers(folder.name),
            **environment,
        }
        self._running = ExitStack()
        self._processes: list[subprocess.Popen[bytes]] = []

    @property
    def several_processes(self) -> bool:
        """Whether web, worker and clock are processes of their own."""
        return bool(self.environment.get("REDIS_URL"))

    def manage(self, *arguments: str) -> str:
        """Run a management command on this product's data; return what it prints."""
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start(self) -> None:
        """Start, and return when it serves."""
        with self.log.open("ab") as log:
            for command in self._commands():
                process = running(command, cwd=ROOT, env=self.environment, stdout=log, stderr=log)
                self._processes.append(self._running.enter_context(process))
        self._wait()

    def stop(self) -> None:
        """Stop all processes as an operator would, by SIGTERM."""
        self._running.close()
        self._processes.clear()

    def kill(self) -> None:
        """End all processes in the middle of whatever they do, by SIGKILL."""
        for process in self._processes:
            process.kill()
        self.stop()

    def restart(self) -> None:
        """Stop, and start again on the same port and data."""
        self.stop()
        self.start()

    def _commands(self) -> list[list[str]]:
        if not self.several_processes:
            return [[sys.executable, "manage.py", "demo"]]
        network = [sys.executable, "manage.py", "practice_network"]
        return [web(self.port), worker(), beat(self.folder / "beat"), network]

    def _wait(self) -> None:
        deadline = time.monotonic() + START
        while time.monotonic() < deadline:
            try:
                with urlopen(f"{self.url}/sign-in/", timeout=10):
                    return
            except URLError:
                time.sleep(0.1)
        raise RuntimeError(f"the product does not serve:\n{self.log.read_text()[-4000:]}")


@contextmanager
def running_product(folder: Path, **environment: str) -> Iterator[Product]:
    """A product with the demo data in `folder`, served until the block ends."""
    product = Product(folder, **environment)
    if product.several_processes:
        with _own_database(product.environment["DATABASE_URL"]):
            product.manage("demo_data")
            product.start()
            try:
                yield product
            finally:
                product.stop()
        return
    product.start()
    try:
        yield product
    finally:
        product.stop()


def chromium() -> str | None:
    """The browser to drive: CHROMIUM, or the machine's own."""
    names = (os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome")
    return next((found for name in names if name and (found := shutil.which(name))), None)


def _own_servers(name: str) -> Mapping[str, str]:
    """A database and a Redis number of its own, on the servers this test run has been given."""
    if not settings.REDIS_URL:
        return {}
    database = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/live_{name}_{os.getpid()}")
    redis = urlsplit(settings.REDIS_URL)._replace(path=f"/{next(_redis_numbers)}")
    return {"DATABASE_URL": urlunsplit(database), "REDIS_URL": urlunsplit(redis)}


@contextmanager
def _own_database(url: str) -> Iterator[None]:
    import psycopg
    from psycopg.sql import SQL, Identifier

    name = Identifier(urlsplit(url).path.lstrip("/"))
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
        connection.execute(SQL("CREATE DATABASE {}").format(name))
        yield
        connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(name))
