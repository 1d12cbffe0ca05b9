"""Public replies: look whether a reply will be seen, then put the record under the delivery's own key."""

from datetime import UTC, datetime
from typing import Any, Final

from django.utils.translation import gettext_noop as _

from delivery.connectors.base import Failure, File, Outbound, SendError, Sent, Target
from delivery.connectors.bluesky.errors import XrpcError
from delivery.connectors.bluesky.facets import facets
from delivery.connectors.bluesky.images import fitted
from delivery.connectors.bluesky.records import POST, iso, record_key, web_link
from delivery.connectors.bluesky.xrpc import JSON, Xrpc

BLOCKED: Final = "app.bsky.feed.defs#blockedPost"
GONE: Final = "app.bsky.feed.defs#notFoundPost"


def reply(api: Xrpc, message: Outbound) -> Sent:
    """Answer the selected post (com.atproto.repo.putRecord of an app.bsky.feed.post). Raises SendError.

    Putting twice under one record key gives one post, so every try is made alike. The record being stored does not
    mean that anybody sees it: that is told later by a receipt (see `own`).
    """
    record: JSON = {
        "$type": POST,
        "text": message.text,
        "createdAt": iso(message.created_at or datetime.now(UTC)),
        "reply": _place(api, message.target),
    }
    if marked := facets(message.text, lambda handle: did_of(api, handle)):
        record["facets"] = marked
    if message.file:
        record["embed"] = _embed(api, message.file)
    key = record_key(message.key, message.created_at)
    body = {"repo": api.session.did, "collection": POST, "rkey": key, "record": record}
    answer = api.post("com.atproto.repo.putRecord", body)
    return Sent(answer["uri"], url=web_link(answer["uri"]), extra={"cid": answer["cid"]})


def did_of(api: Xrpc, handle: str) -> str | None:
    """Whom a handle names (com.atproto.identity.resolveHandle); None for nobody. Raises SendError."""
    try:
        return str(api.get("com.atproto.identity.resolveHandle", handle=handle)["did"])
    except XrpcError as error:
        if error.failure == Failure.REJECTED:
            return None
        raise


def _place(api: Xrpc, target: Target | None) -> dict[str, Any]:
    """Root and parent of the reply, if it would be seen there. Raises SendError, RECIPIENT where it would not."""
    if target is None or not target.external_id.startswith("at://"):
        raise SendError(Failure.RECIPIENT, "InvalidDestination", _("A public message answers a public post."))
    found = api.get("app.bsky.feed.getPostThread", uri=target.external_id, depth=0, parentHeight=0)["thread"]
    if found["$type"] == BLOCKED:
        raise SendError(
            Failure.RECIPIENT, "RecipientOptedOut", _("The author has blocked this account, or is blocked.")
        )
    if found["$type"] == GONE:
        raise SendError(Failure.RECIPIENT, "UnknownMessage", _("The post is gone."))
    post = found["post"]
    if post.get("viewer", {}).get("replyDisabled"):
        raise SendError(Failure.RECIPIENT, "MessageNotAllowed", _("The author has closed the replies."))
    parent = {"uri": post["uri"], "cid": post["cid"]}
    return {"root": post["record"].get("reply", {}).get("root") or parent, "parent": parent}


def _embed(api: Xrpc, file: File) -> JSON:
    """A picture with its alternative text (lexicon app.bsky.embed.images)."""
    content, content_type, (width, height) = fitted(file)
    blob = api.upload(content, content_type)
    image = {"image": blob, "alt": file.alt, "aspectRatio": {"width": width, "height": height}}
    return {"$type": "app.bsky.embed.images", "images": [image]}
