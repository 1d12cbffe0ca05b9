"""What became of our own posts: seen, hidden, or removed. *Sent* is not *published* on this platform.

The PDS takes a reply to somebody who has blocked us or closed the replies, and the AppView hides it. Our own post then
shows in its thread without its parent, or under a blocked one.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from delivery.connectors.base import Receipt, ReceiptKind
from delivery.connectors.bluesky.errors import XrpcError
from delivery.connectors.bluesky.notifications import FIRST_LOOK
from delivery.connectors.bluesky.posts import BLOCKED
from delivery.connectors.bluesky.records import POST, is_ours, moment, uri_parts
from delivery.connectors.bluesky.xrpc import JSON, Xrpc

PAGE: Final = 50
HIDDEN: Final = str(ReceiptKind.FAILED)
OLD: Final = "old"
PATIENCE: Final = timedelta(days=3)
"""A post that is not indexed after this is no longer looked for."""


def receipts(api: Xrpc, place: Mapping[str, Any]) -> tuple[list[Receipt], dict[str, Any]]:
    """News of our latest posts, and the next place: what was told of each. Raises SendError.

    Reads com.atproto.repo.listRecords, newest first. At the first look what is old is not told; what was hidden is
    looked at again, for three days.
    """
    now, told = datetime.now(UTC), dict(place.get("told", {}))
    since = now - (PATIENCE if place else FIRST_LOOK)
    listed = api.get("com.atproto.repo.listRecords", repo=api.session.did, collection=POST, limit=PAGE)["records"]
    ours = {rkey: record for record in listed if is_ours(rkey := uri_parts(record["uri"])[1])}
    news: list[Receipt] = []
    for rkey, record in ours.items():
        if told.get(rkey, HIDDEN) != HIDDEN:
            continue
        if moment(record["value"].get("createdAt", "")) < since:
            told[rkey] = OLD
        elif (receipt := _look(api, record)) and receipt.kind != told.get(rkey):
            told[rkey] = str(receipt.kind)
            news.append(receipt)
    removed = [rkey for rkey in told if rkey not in ours and (len(listed) < PAGE or rkey > _oldest(listed))]
    news += [Receipt(f"at://{api.session.did}/{POST}/{rkey}", ReceiptKind.REMOVED, now) for rkey in removed]
    return news, {"told": {rkey: told[rkey] for rkey in ours if rkey in told}}


def _look(api: Xrpc, record: JSON) -> Receipt | None:
    """How others see one of our posts (app.bsky.feed.getPostThread); None while nobody can say."""
    uri, now = record["uri"], datetime.now(UTC)
    try:
        thread = api.get("app.bsky.feed.getPostThread", uri=uri, depth=0, parentHeight=1)["thread"]
    except XrpcError:
        return None
    parent = thread.get("parent", {}).get("$type", "")
    if parent == BLOCKED:
        return Receipt(
            uri, ReceiptKind.FAILED, now, "RecipientOptedOut", "Hidden: the author has blocked this account."
        )
    if "reply" in record["value"] and not parent:
        return Receipt(uri, ReceiptKind.FAILED, now, "MessageNotAllowed", "Hidden: the author has closed the replies.")
    return Receipt(uri, ReceiptKind.PUBLISHED, now)


def _oldest(listed: list[JSON]) -> str:
    return min(uri_parts(record["uri"])[1] for record in listed)
