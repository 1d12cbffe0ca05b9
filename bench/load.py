"""Closed loops: so many at once, each doing one thing after the other."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Sequence

from bench.http import Line
from bench.marks import new_mark

PATIENCE = 30.0
"""Seconds after which what has not arrived is an error, and not a slow case."""
Act = Callable[[Line], Awaitable[float]]


async def closed_loop(lines: Sequence[Line], times: int, act: Act) -> tuple[list[float], float]:
    """Do it `times` times, over all lines at once. Gives what each took as `act` says, and all of them, in seconds."""
    left, taken = iter(range(times)), []

    async def work(line: Line) -> None:
        for _ in left:
            taken.append(await act(line))

    began = time.perf_counter()
    await asyncio.gather(*(work(line) for line in lines))
    return taken, time.perf_counter() - began


async def insert(line: Line) -> float:
    """One POST to a floor that inserts a row."""
    said = {"external_id": new_mark(), "author": new_mark(), "body": "Where is my parcel?"}
    began = time.perf_counter()
    (await line.post("/", json.dumps(said).encode())).required()
    return time.perf_counter() - began


async def fetch(line: Line, path: str, headers: dict[str, str] | None = None) -> float:
    """One GET."""
    began = time.perf_counter()
    (await line.get(path, headers)).required()
    return time.perf_counter() - began
