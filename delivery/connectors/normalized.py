"""Reading the normalized form in which other software brings messages, receipts and events.

Unknown fields are ignored; what is wrong is named by its path, such as `channel.messageId`.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from django.utils import timezone
from django.utils.dateparse import parse_datetime

from .base import Author, BadPayload, Media, Post, Receipt, ReceiptKind, Visibility

LONGEST_ID, LONGEST_NAME, LONGEST_TEXT, LONGEST_URL, MOST_FILES = 255, 255, 100_000, 1000, 25
EVENTS = {"Typing", "On", "Off"}


class Part:
    """One object of a payload, and its path in the whole."""

    def __init__(self, data: Any, path: str = "") -> None:
        if not isinstance(data, Mapping):
            raise BadPayload("an object is expected", path)
        self._data, self._path = data, path

    def path(self, name: str) -> str:
        """Where a field of this object is."""
        return f"{self._path}.{name}" if self._path else name

    def text(self, name: str, *, required: bool = False, longest: int = LONGEST_NAME) -> str:
        """A text; an absent one is empty."""
        value = self._data.get(name)
        if value is None:
            value = ""
        if not isinstance(value, str):
            raise BadPayload("a text is expected", self.path(name))
        if len(value) > longest:
            raise BadPayload(f"at most {longest} characters", self.path(name))
        if required and not value.strip():
            raise BadPayload("this is required", self.path(name))
        return value

    def one_of(self, name: str, *known: str) -> str:
        """One of these texts; an absent one is empty."""
        value = self.text(name)
        if value and value not in known:
            raise BadPayload(f"{' or '.join(known)} is expected", self.path(name))
        return value

    def part(self, name: str, *, required: bool = False) -> "Part":
        """An object; an absent one is empty."""
        value = self._data.get(name)
        if value is None and required:
            raise BadPayload("this is required", self.path(name))
        return Part({} if value is None else value, self.path(name))

    def parts(self, name: str, most: int = MOST_FILES) -> list["Part"]:
        """An array of objects; an absent one is empty."""
        value = self._data.get(name)
        if not isinstance(value, list | None):
            raise BadPayload("an array is expected", self.path(name))
        if len(value or ()) > most:
            raise BadPayload(f"at most {most}", self.path(name))
        return [Part(each, f"{self.path(name)}[{number}]") for number, each in enumerate(value or ())]

    def number(self, name: str, *, most: int) -> int:
        """A whole number, not below zero; an absent one is zero."""
        value = self._data.get(name) or 0
        if type(value) is not int or not 0 <= value <= most:
            raise BadPayload(f"a whole number from 0 to {most} is expected", self.path(name))
        return value

    def time(self, name: str) -> datetime:
        """A time (ISO 8601); an absent one, and one that is still to come, is now."""
        text, now = self.text(name, longest=64), timezone.now()
        try:
            at = parse_datetime(text) if text else now
            at = at.replace(tzinfo=UTC) if at and at.tzinfo is None else at
            return min(at.astimezone(UTC), now)  # type: ignore[union-attr]
        except (ValueError, OverflowError, AttributeError):
            raise BadPayload("a time in ISO 8601 is expected", self.path(name)) from None

    def url(self, name: str, *, required: bool = False) -> str:
        """A web address."""
        value = self.text(name, required=required, longest=LONGEST_URL)
        try:
            wrong = value and (urlsplit(value).scheme not in ("http", "https") or not urlsplit(value).hostname)
        except ValueError:
            wrong = True
        if wrong:
            raise BadPayload("a web address is expected", self.path(name))
        return value


def read_message(data: Any, visibility: Visibility | None = None, path: str = "") -> Post:
    """A customer's message. `visibility` is that of the door, or else the channel's type says. Raises BadPayload."""
    whole = Part(data, path)
    whole.one_of("type", "Text", "Structured")
    whole.one_of("direction", "Inbound")
    channel = whole.part("channel", required=True)
    public = channel.part("publicMetadata")
    text = whole.text("text", longest=LONGEST_TEXT)
    media = [
        _media(content.part("attachment", required=True)) for content in whole.parts("content") if _is_file(content)
    ]
    if not text.strip() and not media:
        raise BadPayload("there is neither text nor content", whole.path("text"))
    return Post(
        external_id=channel.text("messageId", required=True, longest=LONGEST_ID),
        visibility=_visibility(channel, visibility),
        author=_author(channel.part("from", required=True)),
        text=text,
        sent_at=channel.time("time"),
        url=public.url("url"),
        reply_to=public.text("replyToId", longest=LONGEST_ID),
        thread=public.text("rootId", longest=LONGEST_ID),
        media=media,
    )


def read_receipt(data: Any) -> Receipt:
    """What became of a message of ours, named by the id under which we sent it. Raises BadPayload."""
    whole = Part(data)
    kind = whole.text("status", required=True)
    if kind not in set(ReceiptKind) - {ReceiptKind.PENDING}:
        raise BadPayload("Sent, Delivered, Read, Failed, Published or Removed is expected", "status")
    reasons = whole.parts("reasons")
    return Receipt(
        external_id=whole.text("id", required=True, longest=LONGEST_ID),
        kind=ReceiptKind(kind),
        at=whole.part("channel").time("time"),
        reason=reasons[0].text("code", longest=40) if reasons else "",
        detail=reasons[0].text("message", longest=LONGEST_TEXT)[:1000] if reasons else "",
    )


def read_event(data: Any) -> list[str]:
    """What the customer does besides writing: the names of the events. Raises BadPayload."""
    whole = Part(data)
    whole.part("channel", required=True).part("from", required=True).text("id", required=True, longest=LONGEST_ID)
    names = [event.text("eventType", required=True) for event in whole.parts("events")]
    if not names:
        raise BadPayload("this is required", "events")
    if unknown := [name for name in names if name not in EVENTS]:
        raise BadPayload(f"there is no event {unknown[0][:40]}", "events[0].eventType")
    return names


def _visibility(channel: Part, door: Visibility | None) -> Visibility:
    """What is private never comes in by a public door, nor the other way round."""
    kinds = [door.value.capitalize()] if door else ["Private", "Public"]
    return Visibility((channel.one_of("type", *kinds) or kinds[0]).lower())


def _author(sender: Part) -> Author:
    full_name = f"{sender.text('firstName')} {sender.text('lastName')}".strip()
    nickname = sender.text("nickname")
    return Author(
        external_id=sender.text("id", required=True, longest=LONGEST_ID),
        handle=nickname,
        name=(full_name or nickname)[:LONGEST_NAME],
        avatar_url=sender.url("image"),
    )


def _is_file(content: Part) -> bool:
    return (content.text("contentType") or "Attachment") == "Attachment"


def _media(attachment: Part) -> Media:
    return Media(
        url=attachment.url("url", required=True),
        name=attachment.text("filename"),
        alt=attachment.text("text", longest=2000),
    )
