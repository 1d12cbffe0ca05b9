"""How many sockets this process serves."""

from collections.abc import Iterator
from contextlib import contextmanager

_open = 0


def open_sockets() -> int:
    """Panels and notification channels that are connected to this process."""
    return _open


@contextmanager
def counted() -> Iterator[None]:
    """While this lasts, one more."""
    global _open
    _open += 1
    try:
        yield
    finally:
        _open -= 1
