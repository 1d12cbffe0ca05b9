"""Slowing down whoever guesses passwords.

Attempts are counted *before* the password is looked at, so guesses in parallel count too; they are counted by what a
caller cannot vary at will: the account's name in its simplest writing, and the peer's address (never a header).
"""

import hashlib
import unicodedata
from dataclasses import dataclass

from django.core.cache import cache

from socialcare.cache import count_up


@dataclass(frozen=True)
class Limit:
    """So many attempts in so many seconds."""

    attempts: int
    seconds: int


PER_ACCOUNT_AND_ADDRESS = Limit(8, 300)
PER_ACCOUNT = Limit(40, 900)
PER_ADDRESS = Limit(100, 300)


def blocked(username: str, address: str) -> bool:
    """Count one attempt to sign in; True when there were too many."""
    limits = _limits(username, address)
    over = [count_up(key, limit.seconds) > limit.attempts for key, limit in limits.items()]  # all are counted, always
    return any(over)


def forgive(username: str, address: str) -> None:
    """The password was right: this account's attempts from this address are forgotten."""
    cache.delete(next(iter(_limits(username, address))))


def _limits(username: str, address: str) -> dict[str, Limit]:
    name = unicodedata.normalize("NFKC", username).casefold().strip()
    return {
        _key("both", name, address): PER_ACCOUNT_AND_ADDRESS,
        _key("account", name): PER_ACCOUNT,
        _key("address", address): PER_ADDRESS,
    }


def _key(*parts: str) -> str:
    return "sign-in:" + hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
