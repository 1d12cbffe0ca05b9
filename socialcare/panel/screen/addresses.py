"""Addresses of the panel: to put one together takes Django as long as a row takes to be read, and they never change."""

import uuid
from functools import lru_cache

from django.urls import reverse


@lru_cache(maxsize=5_000)
def address(name: str, of: uuid.UUID) -> str:
    """Where the panel does this with a thing."""
    return reverse(f"panel:{name}", args=[of])
