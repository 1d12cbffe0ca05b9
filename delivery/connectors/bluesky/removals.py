"""Which of the customers' latest posts are gone. There are no notifications of that: one has to look."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final

from delivery.connectors.base import Failure, Removal
from delivery.connectors.bluesky.errors import XrpcError
from delivery.connectors.bluesky.notifications import posts_by_uri
from delivery.connectors.bluesky.profiles import AT_ONCE
from delivery.connectors.bluesky.records import POST, uri_parts
from delivery.connectors.bluesky.xrpc import Xrpc

WATCHED: Final = 100
ABSENT: Final = frozenset({"RecordNotFound", "RepoNotFound", "RepoTakendown", "RepoDeactivated", "RepoSuspended"})


def removals(api: Xrpc, watched: Sequence[str], new: Iterable[str]) -> tuple[list[Removal], list[str]]:
    """Removals among the watched posts, and what to watch next. Raises SendError.

    Each time 25 are looked at, in turn.
    """
    turn, rest = list(watched[:AT_ONCE]), watched[AT_ONCE:]
    shown = posts_by_uri(api, turn) if turn else {}
    gone = {uri: _is_gone(api, uri) for uri in turn if uri not in shown}
    now = datetime.now(UTC)
    kept = [*rest, *(uri for uri in turn if uri in shown or gone[uri] is None), *new]
    return [Removal(uri, now) for uri in turn if gone.get(uri)], list(dict.fromkeys(kept))[-WATCHED:]


def _is_gone(api: Xrpc, uri: str) -> bool | None:
    """Whether a post that is not shown to us exists no more (com.atproto.repo.getRecord), or is only blocked.

    None while nobody can say.
    """
    did, rkey = uri_parts(uri)
    try:
        api.get("com.atproto.repo.getRecord", repo=did, collection=POST, rkey=rkey)
    except XrpcError as error:
        if error.failure in {Failure.SERVER, Failure.QUOTA}:
            return None
        return error.name in ABSENT or "not locate" in error.detail
    return False
