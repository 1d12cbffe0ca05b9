"""Processes that a bench starts, and what they cost: CPU and memory, of each with all its children."""

import os
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from tests.services import running

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 120.0
"""Seconds a process may take to answer."""
_TICK = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


@contextmanager
def started(command: str, environment: Mapping[str, str], log: Path) -> "Iterator[subprocess.Popen[bytes]]":
    """A line as a Procfile has it, run by a shell in the project's folder until the block ends."""
    path = f"{Path(sys.executable).parent}:{environment.get('PATH', os.environ['PATH'])}"
    with (
        log.open("ab") as file,
        running(
            ["bash", "-c", f"exec {command}"], cwd=ROOT, env={**environment, "PATH": path}, stdout=file, stderr=file
        ) as process,
    ):
        yield process


def python(module: str, *arguments: str) -> str:
    """The command line that runs a module with this Python."""
    return shlex.join([sys.executable, "-m", module, *arguments])


def answers(port: int, path: str = "/", host: str = "127.0.0.1") -> None:
    """Return when a web server answers, whatever it says. Raises RuntimeError when it takes too long."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        connection = HTTPConnection(host, port, timeout=10)
        try:
            connection.request("GET", path)
            connection.getresponse().read()
            return
        except (OSError, HTTPException):
            time.sleep(0.1)
        finally:
            connection.close()
    raise RuntimeError(f"nothing answers on port {port}")


def cpu(*roots: int) -> float:
    """Seconds of CPU that these processes and their children have used."""
    return sum(_stat(pid)[1] for pid in family(*roots))


def memory(*roots: int) -> int:
    """Bytes of memory that these processes and their children hold."""
    found = 0
    for pid in family(*roots):
        try:
            found += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
        except OSError:
            continue
    return found


def family(*roots: int) -> set[int]:
    """The processes, with all that descend from them."""
    parents = {int(entry.name): _stat(int(entry.name))[0] for entry in Path("/proc").iterdir() if entry.name.isdigit()}
    found, grown = set(roots), True
    while grown:
        more = {pid for pid, parent in parents.items() if parent in found} - found
        found |= more
        grown = bool(more)
    return found


def _stat(pid: int) -> tuple[int, float]:
    """The parent, and the seconds of CPU."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0, 0.0
    return int(fields[1]), (int(fields[11]) + int(fields[12])) / _TICK
