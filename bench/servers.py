"""PostgreSQL and Redis for a bench: of their wheels, or its own part of those that DATABASE_URL and REDIS_URL name."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg.sql import SQL, Identifier
from redis import Redis, ResponseError

from tests.services import Server, postgres, redis_server


@dataclass(frozen=True)
class Servers:
    """Where the product keeps its things."""

    postgres: str
    """Not the product's own database: one from which others are made."""
    database: str
    store: str
    redis: Server | None
    """In the bench's own hand, which may stop it; None where it was there already."""

    @property
    def environment(self) -> dict[str, str]:
        """By the names under which the product looks for them."""
        return _named(self.database, self.store)

    @contextmanager
    def second(self) -> Iterator[dict[str, str]]:
        """The environment of a second product, on a copy of the database (to which nobody may be connected now)."""
        with (
            _own_database(self.postgres, f"{_name()}_second", copied=_name()) as database,
            _own_number(self.store) as store,
        ):
            yield _named(database, store)


@contextmanager
def servers() -> Iterator[Servers]:
    """PostgreSQL and Redis while the block lasts. What commits is on the disk, as in production."""
    with ExitStack() as stack:
        server = os.environ.get("DATABASE_URL") or stack.enter_context(postgres(durable=True))
        given = os.environ.get("REDIS_URL")
        own = None if given else stack.enter_context(redis_server())
        store = own.url if own else stack.enter_context(_own_number(given or ""))
        yield Servers(server, stack.enter_context(_own_database(server, _name())), store, own)


def _name() -> str:
    return f"bench_{os.getpid()}"


def _named(database: str, store: str) -> dict[str, str]:
    return {"DATABASE_URL": database, "REDIS_URL": store, "CELERY_BROKER_URL": store}


@contextmanager
def _own_database(server: str, name: str, copied: str = "template1") -> Iterator[str]:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(name), Identifier(copied)))
        try:
            yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
        finally:
            connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


@contextmanager
def _own_number(given: str) -> Iterator[str]:
    """A database number of this Redis in which nothing is; it is left as it was found."""
    for number in range(1, 16):
        url = urlunsplit(urlsplit(given)._replace(path=f"/{number}"))
        with Redis.from_url(url) as store:
            if _taken(store):
                try:
                    yield url
                finally:
                    store.flushdb()
                return
    raise RuntimeError("REDIS_URL: none of the databases 1 to 15 is empty, and the bench needs one of its own")


def _taken(store: Redis) -> bool:
    """Take the database if nothing is in it: of two who come at once, one gets it."""
    try:
        return not store.dbsize() and bool(store.set("bench", os.getpid(), nx=True))
    except ResponseError:  # this server has fewer
        return False


def pid_of(database: str) -> int | None:
    """The process of the PostgreSQL server; None where it is not on this machine, or not ours to see."""
    with psycopg.connect(database) as connection:
        folder = connection.execute("SHOW data_directory").fetchone()
    try:
        return int((Path(folder[0]) / "postmaster.pid").read_text().splitlines()[0]) if folder else None
    except (OSError, ValueError):
        return None
