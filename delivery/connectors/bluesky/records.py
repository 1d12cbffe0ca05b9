"""Names and times of records: at:// addresses, record keys, links to the web, ISO times."""

import hashlib
from datetime import UTC, datetime
from typing import Final

POST: Final = "app.bsky.feed.post"
ALPHABET: Final = "234567abcdefghijklmnopqrstuvwxyz"
CLOCK: Final = 0b1011001110
"""The ten clock bits of our record keys: by them we know our own posts again among those of other programs."""
MICROSECONDS: Final = 1_000_000


def record_key(key: str, created_at: datetime | None) -> str:
    """The record key (a TID, as app.bsky.feed.post wants) of the delivery `key`: the same at every try.

    Its seconds are those of `created_at`; in place of the microseconds stands a digest of `key`, so that two
    deliveries of one second do not meet.
    """
    digest = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big")
    second = int(created_at.timestamp()) if created_at else digest // MICROSECONDS % 2**31
    number = (second * MICROSECONDS + digest % MICROSECONDS) << 10 | CLOCK
    return "".join(ALPHABET[number >> shift & 31] for shift in range(60, -1, -5))


def is_ours(rkey: str) -> bool:
    """Whether `record_key` may have made this key (another program's passes once in a thousand times)."""
    return len(rkey) == 13 and (ALPHABET.find(rkey[-2]) << 5 | ALPHABET.find(rkey[-1])) & 1023 == CLOCK


def uri_parts(uri: str) -> tuple[str, str]:
    """The DID and the record key of an at:// address. Raises ValueError."""
    scheme, _, did, _collection, rkey = uri.split("/", 4)
    if scheme != "at:":
        raise ValueError(uri)
    return did, rkey


def web_link(uri: str) -> str:
    """Where people see a post; empty for what is not a post."""
    try:
        did, rkey = uri_parts(uri)
    except ValueError:
        return ""
    return f"https://bsky.app/profile/{did}/post/{rkey}"


def moment(iso: str) -> datetime:
    """A time as the platform writes it; now, where somebody's client wrote what is no time."""
    try:
        at = datetime.fromisoformat(iso)
    except (TypeError, ValueError):
        return datetime.now(UTC)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def iso(at: datetime) -> str:
    """A time as the platform wants it."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
