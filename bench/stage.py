"""What every scenario stands on: the running product, the house in its database, and one event loop."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from bench.figures import Figures
from bench.house import House
from bench.marks import Lookout
from bench.procs import cpu
from bench.product import Ports, Product
from tests.services import Server

T = TypeVar("T")


@dataclass
class Stage:
    """One bench, from start to end."""

    product: Product
    house: House
    folder: Path
    postgres: int | None
    quick: bool
    archive: int = 100_000
    redis: Server | None = None
    """In the bench's own hand; None where it may not be stopped."""
    second: dict[str, str] = field(default_factory=dict)
    """The servers of a second product, where one is wanted: an empty house like this one."""
    say: Callable[[str], None] = print
    """Tells what is being done now."""
    lookout: Lookout = field(default_factory=Lookout)
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)

    @property
    def ports(self) -> Ports:
        """Where everything listens."""
        return self.product.ports

    @property
    def environment(self) -> dict[str, str]:
        """The environment of the product's processes."""
        return self.product.environment

    @property
    def database(self) -> str:
        """The address of the bench's own database."""
        return self.environment["DATABASE_URL"]

    def many(self, full: int, quick: int) -> int:
        """A number of things: in a short form, fewer."""
        return quick if self.quick else full

    def run(self, doing: Coroutine[Any, Any, T]) -> T:
        """Do it on the one loop, whose sockets stay open between."""
        return self.loop.run_until_complete(doing)

    def cpu(self, *names: str) -> float:
        """Seconds of CPU that these processes (all, where none are named) and PostgreSQL have used."""
        roots = [self.product.pid(name) for name in names or self.product.processes]
        return cpu(*roots, *([self.postgres] if self.postgres else []))


class Scenario:
    """One thing that is measured, beside its floor. `with` it around the rounds."""

    name = ""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.house = stage, stage.house
        self.open = AsyncExitStack()

    def __enter__(self) -> "Scenario":
        self.house.empty()
        self.prepare()
        return self

    def __exit__(self, *_: object) -> None:
        self.stage.run(self.open.aclose())

    def prepare(self) -> None:
        """What all rounds need. What is entered into `self.open` is closed after the last."""

    def measure(self) -> Figures:
        """One round of the product."""
        raise NotImplementedError

    def floor(self) -> Figures:
        """One round of the floor, under the names of the product's figures."""
        return {}
