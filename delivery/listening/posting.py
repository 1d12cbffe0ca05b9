"""Between a post as connectors give it and a post as it is captured: nothing is lost on the way there and back."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from delivery.connectors.base import Author, Media, Original, Post, Visibility
from delivery.listening.models import CapturedPost, IngestionRule, PostType
from interactions.cleaning import clean, clean_name
from interactions.intake import TEXT_LENGTH


def captured(rule: IngestionRule, post: Post, enrichment: dict[str, Any]) -> CapturedPost:
    """The row for a post, not stored yet. `enrichment` is what its source says of it besides, by names of columns."""
    author = post.author
    return CapturedPost(
        topic_id=rule.topic_id,
        ingestion_rule=rule,
        inbox_id=rule.inbox_id,
        platform=rule.platform,
        external_id=post.external_id,
        author_id=author.external_id,
        author_handle=clean_name(author.handle)[:255],
        author_name=clean_name(author.name)[:255],
        profile_url=_fitting(author.profile_url, 1000),
        avatar_url=_fitting(author.avatar_url, 1000),
        text=clean(post.text)[:TEXT_LENGTH],
        url=_fitting(post.url, 2000),
        post_type=PostType.REPLY if post.reply_to else PostType.POST,
        details={
            "thread": post.thread,
            "reply_to": post.reply_to,
            "original": _original_in(post.original),
            "media": [{"url": media.url, "name": media.name, "alt": media.alt} for media in post.media if media.url],
            "extra": dict(post.extra),
        },
        sent_at=post.sent_at,
        **{"language": post.language[:16], "followers": author.followers, "verified": author.verified, **enrichment},
    )


def post_of(row: CapturedPost) -> Post:
    """The post, as its connector gave it."""
    details = row.details
    return Post(
        external_id=row.external_id,
        visibility=Visibility.PUBLIC,
        author=Author(
            external_id=row.author_id,
            handle=row.author_handle,
            name=row.author_name,
            profile_url=row.profile_url,
            avatar_url=row.avatar_url,
            followers=row.followers,
            verified=row.verified,
        ),
        text=row.text,
        sent_at=row.sent_at,
        url=row.url,
        reply_to=details.get("reply_to", ""),
        thread=details.get("thread", ""),
        original=_original_out(details.get("original")),
        media=[Media(**media) for media in details.get("media", ())],
        language=row.language,
        extra=details.get("extra", {}),
    )


def _fitting(url: str, length: int) -> str:
    return url if len(url) <= length else ""


def _original_in(original: Original | None) -> dict[str, Any] | None:
    if original is None:
        return None
    return {**asdict(original), "sent_at": original.sent_at.isoformat() if original.sent_at else None}


def _original_out(stored: dict[str, Any] | None) -> Original | None:
    if stored is None:
        return None
    at = stored["sent_at"]
    return Original(**{**stored, "sent_at": datetime.fromisoformat(at) if at else None})
