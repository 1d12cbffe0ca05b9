"""PostgreSQL and Redis for a bench: of their wheels, or its own part of those that DATABASE_URL and REDIS_URL name."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg.sql import SQL, Identifier
from redis import Redis, ResponseError

from tests.services import postgres, redis


@contextmanager
def servers() -> Iterator[dict[str, str]]:
    """Where the product keeps its things while the block lasts. What commits is on the disk, as in production."""
    with ExitStack() as stack:
        server = os.environ.get("DATABASE_URL") or stack.enter_context(postgres(durable=True))
        given = os.environ.get("REDIS_URL")
        store = stack.enter_context(_own_number(given) if given else redis())
        database = stack.enter_context(_own_database(server))
        yield {"DATABASE_URL": database, "REDIS_URL": store, "CELERY_BROKER_URL": store}


@contextmanager
def _own_database(server: str) -> Iterator[str]:
    name = f"bench_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
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
