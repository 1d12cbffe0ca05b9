"""Closed loops: so many at once, each doing one thing after the other."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

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


@dataclass(frozen=True)
class Flow:
    """What became of an open loop."""

    taken: list[float]
    """Seconds from the moment at which each was due."""
    reached: float
    """How many a second came to their end, while the time lasted."""
    behind: int
    """How many had been due, and had not come to their end, when the time was over."""


async def open_loop(rate: float, seconds: float, act: Callable[[], Awaitable[float]], most: int = 200) -> Flow:
    """Begin so many a second for so long, whatever becomes of those before. `act` gives the moment it is done.

    No more than `most` are under way at once: a product that cannot keep the pace is so kept from being buried, and the
    loop ends in time. What it cannot take shows as the rate that was reached, and in times, which begin when due.
    """
    room, taken, tasks = asyncio.Semaphore(most), [], []
    began, due = time.perf_counter(), round(rate * seconds)

    async def one(moment: float) -> None:
        try:
            taken.append(await act() - moment)
        finally:
            room.release()

    for number in range(due):
        moment = began + number / rate
        await asyncio.sleep(moment - time.perf_counter())
        await room.acquire()
        if time.perf_counter() - began > seconds:
            break
        tasks.append(asyncio.create_task(one(moment)))
    await asyncio.sleep(began + seconds - time.perf_counter())
    done = len(taken)
    await asyncio.gather(*tasks)
    return Flow(taken, done / seconds, due - done)
