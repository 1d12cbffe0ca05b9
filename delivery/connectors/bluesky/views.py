"""From the platform's views of posts to ours: text, media, language, and the post that is answered or quoted."""

from collections.abc import Mapping, Sequence
from typing import Any

from delivery.connectors.base import Author, Media, Original, Post, Visibility
from delivery.connectors.bluesky.facets import whole_links
from delivery.connectors.bluesky.records import moment, web_link
from delivery.connectors.bluesky.xrpc import JSON


def post(view: JSON, author: Author, originals: Mapping[str, JSON]) -> Post:
    """A customer's public post from its view (app.bsky.feed.defs#postView, or the like of a notification)."""
    record, uri = view["record"], view["uri"]
    quoted, parent, root = related(record)
    order = (quoted, parent, root) if view.get("reason") == "quote" else (parent, quoted, root)
    original = next((originals[each] for each in order if each in originals), None)
    return Post(
        external_id=uri,
        visibility=Visibility.PUBLIC,
        author=author,
        text=text_of(record),
        sent_at=moment(view.get("indexedAt", "")),
        url=web_link(uri),
        reply_to=parent,
        thread=root or uri,
        original=original_of(original) if original else None,
        media=media_of(view.get("embed")),
        language=next(iter(record.get("langs") or ()), ""),
        extra={"cid": view["cid"]},
    )


def related(record: JSON) -> tuple[str, str, str]:
    """Addresses: the post that a record quotes (app.bsky.embed.record …), the one it answers, and its root."""
    quoted = _word(record, "embed", "record", "uri") or _word(record, "embed", "record", "record", "uri")
    if "/app.bsky.feed.post/" not in quoted:
        quoted = ""
    return quoted, _word(record, "reply", "parent", "uri"), _word(record, "reply", "root", "uri")


def _word(record: Any, *path: str) -> str:
    """What stands at a place in a record, if it is a text: people's programs write all sorts of things."""
    for name in path:
        record = record.get(name) if isinstance(record, dict) else None
    return record if isinstance(record, str) else ""


def original_of(view: JSON) -> Original:
    """The post that was answered, from its view."""
    return Original(
        external_id=view["uri"],
        author=str(view["author"].get("displayName") or view["author"].get("handle") or ""),
        text=text_of(view.get("record") or view.get("value") or {}),
        url=web_link(view["uri"]),
        sent_at=moment(view.get("indexedAt", "")),
    )


def text_of(record: JSON) -> str:
    """A record's text with shortened links in full, and the address of its link card where the text lacks it."""
    text = whole_links(record.get("text", ""), record.get("facets") or ())
    card = _word(record, "embed", "external", "uri") or _word(record, "embed", "media", "external", "uri")
    return f"{text}\n{card}".strip() if card and card not in text else text


def media_of(embed: JSON | None) -> Sequence[Media]:
    """Pictures, and the still of a video, of an embed's view (app.bsky.embed.images#view, video#view …)."""
    shown: dict[str, Any] = embed or {}
    shown = shown.get("media") or shown
    pictures = [Media(url=each["fullsize"], alt=each.get("alt", "")) for each in shown.get("images") or ()]
    if shown.get("playlist") and shown.get("thumbnail"):
        pictures.append(Media(url=shown["thumbnail"], alt=shown.get("alt", ""), name="video.jpg"))
    return tuple(pictures)
