"""What was said in an interaction: messages and internal notes in the order in which they came, page by page."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from accounts.models import User
from interactions.models import Attachment, Interaction, Message, Note
from socialcare.errors import Invalid

PAGE = 50
Said = Message | Note


@dataclass(frozen=True, order=True)
class Place:
    """A place in a conversation: entries are in this order, and pages are cut at it."""

    at: datetime
    id: uuid.UUID

    @classmethod
    def of(cls, row: Said) -> Self:
        """Where a row stands."""
        return cls(row.created_at, row.pk)

    @classmethod
    def parse(cls, written: str) -> Self:
        """Read what `str` wrote. Raises Invalid."""
        moment, _sign, row_id = written.partition("~")
        try:
            at = parse_datetime(moment.replace(" ", "+"))
            if at is None or timezone.is_naive(at):
                raise ValueError(moment)
            return cls(at, uuid.UUID(row_id))
        except ValueError:
            raise Invalid(_("This is not a place in a thread."), field="before") from None

    def __str__(self) -> str:
        return f"{self.at.isoformat()}~{self.id}"


@dataclass(frozen=True)
class Page:
    """Some of a conversation, oldest first, with the files of its messages."""

    said: list[Said]
    files: dict[uuid.UUID | None, list[Attachment]]
    """By message; under None those that the reader has put into the composer."""
    more: bool

    @property
    def earlier(self) -> str:
        """The place before which there is more; empty at the beginning."""
        return str(Place.of(self.said[0])) if self.more else ""


def page(user: User, interaction: Interaction, before: Place | None = None) -> Page:
    """The last page of a conversation, or the one before a place.

    `interaction` was read just now through `visible_to(user)`: who may see it may see all that was said in it.
    """
    messages = Message.objects.filter(interaction=interaction)
    notes = Note.objects.filter(interaction=interaction)
    related = ("agent", "author__contact", "inbox", "in_reply_to__author__contact", "in_reply_to__agent")
    found: list[Said] = [
        *_last(messages.select_related(*related), before),
        *_last(notes.select_related("author"), before),
    ]
    found.sort(key=Place.of)
    said = found[-PAGE:]
    files: dict[uuid.UUID | None, list[Attachment]] = {}
    for file in _files(user, interaction, [row.pk for row in said if isinstance(row, Message)]):
        files.setdefault(file.message_id, []).append(file)
    return Page(said, files, more=len(found) > PAGE)


def _last(rows: QuerySet, before: Place | None) -> QuerySet:  # type: ignore[type-arg]
    if before:
        rows = rows.filter(Q(created_at__lt=before.at) | Q(created_at=before.at, pk__lt=before.id))
    return rows.order_by("-created_at", "-pk")[: PAGE + 1]


def _files(user: User, interaction: Interaction, message_ids: list[uuid.UUID]) -> QuerySet[Attachment]:
    rows = Attachment.objects.filter(
        Q(message__in=message_ids) | Q(message=None, uploaded_by=user), interaction=interaction
    )
    return rows.order_by("created_at", "pk")
