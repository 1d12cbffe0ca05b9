"""Which database this process's own questions go to."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from django.db import connection


@contextmanager
def asking(database: str) -> Iterator[None]:
    """Ask this database, of the same server, while the block lasts; in all threads."""
    before = connection.settings_dict["NAME"]
    _turn_to(urlsplit(database).path[1:])
    try:
        yield
    finally:
        _turn_to(before)


def let_go() -> None:
    """Hang up: what is copied may have nobody connected to it."""
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]


def _turn_to(name: str) -> None:
    let_go()
    connection.settings_dict["NAME"] = name
