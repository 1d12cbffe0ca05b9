"""What was said in an interaction: messages and internal notes in the order in which they came, page by page."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from accounts.models import User
from interactions.models import Attachment, Interaction, Message, Note
from socialcare.errors import Invalid
from socialcare.kept import Kept

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
    found: list[Said] = (
        [*_before(_messages(interaction.pk), before), *_before(_notes(interaction.pk), before)]
        if before
        else [*_LAST_MESSAGES.rows(interaction=interaction.pk), *_LAST_NOTES.rows(interaction=interaction.pk)]
    )
    found.sort(key=Place.of)
    said = found[-PAGE:]
    files: dict[uuid.UUID | None, list[Attachment]] = {}
    since, until = (said[0].created_at, said[-1].created_at) if said else (interaction.started_at,) * 2
    for file in _FILES.rows(interaction=interaction.pk, user=user.pk, since=since, until=until):
        files.setdefault(file.message_id, []).append(file)
    return Page(said, files, more=len(found) > PAGE)


def _messages(interaction_id: Any) -> QuerySet[Message]:
    related = ("agent", "author__contact", "inbox", "in_reply_to__author__contact", "in_reply_to__agent")
    rows = Message.objects.filter(interaction=interaction_id).select_related(*related)
    return rows.defer("inbox__secrets").order_by(*_NEWEST)  # which would be deciphered for each message


def _notes(interaction_id: Any) -> QuerySet[Note]:
    return Note.objects.filter(interaction=interaction_id).select_related("author").order_by(*_NEWEST)


def _before(rows: QuerySet, place: Place) -> QuerySet:  # type: ignore[type-arg]
    earlier = Q(created_at__lt=place.at) | Q(created_at=place.at, pk__lt=place.id)
    return rows.filter(earlier)[: PAGE + 1]


_NEWEST = ("-created_at", "-pk")
_LAST_MESSAGES = Kept(lambda interaction: _messages(interaction)[: PAGE + 1], interaction=uuid.UUID)
_LAST_NOTES = Kept(lambda interaction: _notes(interaction)[: PAGE + 1], interaction=uuid.UUID)
_FILES = Kept(
    lambda interaction, user, since, until: (
        Attachment.objects.filter(interaction=interaction)
        .filter(
            Q(message__created_at__gte=since, message__created_at__lte=until)
            | Q(message__isnull=True, uploaded_by=user)
        )
        .order_by("created_at", "pk")
    ),
    interaction=uuid.UUID,
    user=uuid.UUID,
    since=datetime,
    until=datetime,
)
"""Files of the messages of a page, and what the reader has put into the composer."""
