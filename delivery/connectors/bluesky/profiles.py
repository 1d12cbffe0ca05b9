"""Who wrote something: followers and verification, which posts do not carry."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from delivery.connectors.base import Author
from delivery.connectors.bluesky.errors import XrpcError
from delivery.connectors.bluesky.xrpc import JSON, Xrpc

AT_ONCE: Final = 25
"""Most that getProfiles and getPosts take in one call."""


def chunks(items: Iterable[str], size: int = AT_ONCE) -> Iterator[list[str]]:
    """The distinct items in order, `size` at a time."""
    distinct = list(dict.fromkeys(items))
    return (distinct[start : start + size] for start in range(0, len(distinct), size))


def profiles(api: Xrpc, dids: Iterable[str]) -> dict[str, JSON]:
    """Profiles by DID (app.bsky.actor.getProfiles). A refused call gives none: a post counts without its numbers."""
    found: dict[str, JSON] = {}
    for chunk in chunks(dids):
        try:
            answer = api.get("app.bsky.actor.getProfiles", actors=chunk)
        except XrpcError:
            continue
        found |= {profile["did"]: profile for profile in answer["profiles"]}
    return found


def author(view: JSON, profile: JSON | None = None) -> Author:
    """An author from the short view of a post (app.bsky.actor.defs#profileView…) and their profile, if known."""
    known: dict[str, Any] = {**view, **(profile or {})}
    verification = known.get("verification") or {}
    did, handle = known["did"], str(known.get("handle") or "")
    return Author(
        external_id=did,
        handle="" if handle in {"", "handle.invalid"} else f"@{handle}",
        name=str(known.get("displayName") or ""),
        profile_url=f"https://bsky.app/profile/{did}",
        avatar_url=str(known.get("avatar") or ""),
        followers=known.get("followersCount"),
        verified="valid" in {verification.get("verifiedStatus"), verification.get("trustedVerifierStatus")},
    )
