"""Addresses of the panel: to put one together takes Django as long as a row takes to be read, and they never change."""

import uuid
from functools import cache

from django.urls import reverse


def address(name: str, of: uuid.UUID) -> str:
    """Where the panel does this with a thing."""
    return str(of).join(_around(name))


@cache
def _around(name: str) -> list[str]:
    """What stands before and behind the thing's id."""
    anything = uuid.UUID(int=0)
    return reverse(f"panel:{name}", args=[anything]).split(str(anything))
