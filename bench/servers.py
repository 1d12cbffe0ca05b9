"""PostgreSQL and Redis for a bench: those that DATABASE_URL and REDIS_URL name, or of their wheels."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg.sql import SQL, Identifier

from tests.services import postgres, redis


@contextmanager
def servers() -> Iterator[dict[str, str]]:
    """DATABASE_URL and REDIS_URL, good while the block lasts. What commits is on the disk, as in production."""
    with ExitStack() as stack:
        server = os.environ.get("DATABASE_URL") or stack.enter_context(postgres(durable=True))
        broker = os.environ.get("REDIS_URL") or stack.enter_context(redis())
        database = stack.enter_context(_own_database(server))
        yield {"DATABASE_URL": database, "REDIS_URL": broker}


@contextmanager
def _own_database(server: str) -> Iterator[str]:
    name = f"bench_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
        try:
            yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
        finally:
            connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


def pid_of(database: str) -> int | None:
    """The process of the PostgreSQL server; None where it is not on this machine, or not ours to see."""
    with psycopg.connect(database) as connection:
        folder = connection.execute("SHOW data_directory").fetchone()
    try:
        return int((Path(folder[0]) / "postmaster.pid").read_text().splitlines()[0]) if folder else None
    except (OSError, ValueError):
        return None
