"""What was said in an interaction: messages and internal notes in the order in which they came, page by page."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from typing import Any, Self, TypeVar

from django.db.models import F, Model, Q, QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from accounts.models import User
from interactions.models import Attachment, Direction, Interaction, Message, MessageStatus, Note, Visibility
from socialcare.asking import Question, ask
from socialcare.errors import Invalid
from socialcare.kept import Kept, Row
from socialcare.panel.counting import OneOfFew

M = TypeVar("M", bound=Model)
PAGE = 50
Said = Row[Any]
"""Of a message or a note."""
File = Row[Attachment]


@dataclass(frozen=True, order=True)
class Place:
    """A place in a conversation: entries are in this order, and pages are cut at it."""

    at: datetime
    id: uuid.UUID

    @classmethod
    def of(cls, row: Said) -> Self:
        """Where a row stands."""
        return cls(row.fact("created_at"), row.fact("id"))

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


END = Place(datetime(9999, 1, 1, tzinfo=UTC), uuid.UUID(int=0))
"""Nothing was said after it."""


@dataclass(frozen=True)
class Page:
    """Some of a conversation, oldest first, with the files of its messages."""

    said: list[Said]
    files: dict[uuid.UUID | None, list[File]]
    """By message; under None those that the reader has put into the composer."""
    more: bool

    @classmethod
    def told(cls, answers: Sequence[list[Any]]) -> Self:
        """The page, of the answers to its questions."""
        *entries, attached = answers
        found: list[Said] = sorted(chain.from_iterable(entries), key=Place.of)
        files: dict[uuid.UUID | None, list[File]] = {}
        for file in attached:
            files.setdefault(file.fact("message_id"), []).append(file)
        return cls(found[-PAGE:], files, more=len(found) > PAGE)

    @property
    def begins(self) -> Place:
        """The place of the first entry; the end, where there is none."""
        return Place.of(self.said[0]) if self.said else END

    @property
    def earlier(self) -> str:
        """The place before which there is more; empty at the beginning."""
        return str(self.begins) if self.more else ""

    @property
    def newest_post(self) -> Message | None:
        """The customer's latest public post on this page."""
        return next((row.model for row in reversed(self.said) if row.kind is Message and _is_post(row)), None)


def page(user: User, interaction: Interaction, before: Place = END) -> Page:
    """The last page of a conversation, or the one before a place.

    `interaction` was read just now through `visible_to(user)`: who may see it may see all that was said in it.
    """
    return Page.told(ask(*asking(user, interaction.pk, before)))


def asking(user: User, interaction_id: uuid.UUID, before: Place = END) -> tuple[Question, ...]:
    """What a page asks, to be asked together with others. The answers are for who may see the interaction only."""
    place = {"interaction": interaction_id, "at": before.at, "place": before.id}
    return _MESSAGES.stored(**place), _NOTES.stored(**place), _FILES.stored(**place, user=user.pk)


def asking_one(user: User, interaction_id: uuid.UUID, message_id: uuid.UUID) -> tuple[Question, ...]:
    """What a page of one message alone asks; `Page.told` takes the answers."""
    one = {"interaction": interaction_id, "message": message_id}
    return _MESSAGE.stored(**one), _FILES_OF_ONE.stored(**one, user=user.pk)


def asking_composer(user: User, interaction_id: uuid.UUID) -> Question:
    """The files that lie in the composer, where no page is read."""
    return _IN_COMPOSER.stored(interaction=interaction_id, user=user.pk)


def asking_post(interaction_id: uuid.UUID) -> Question:
    """The customer's latest public post, on whatever page it is."""
    return _POST.question(interaction=interaction_id)


def _is_post(row: Said) -> bool:
    told = row.fact("direction"), row.fact("visibility"), row.fact("removed_at")
    return told == (Direction.INBOUND, Visibility.PUBLIC, None)


_PERSON = ("first_name", "last_name", "username")
_SHOWN = (
    *(field.name for field in Message._meta.concrete_fields),
    *(f"agent__{name}" for name in _PERSON),
    *(f"author__{name}" for name in ("name", "handle", "external_id", "contact__name")),
    *(f"inbox__{name}" for name in ("kind", "name", "account_handle")),
    *(f"in_reply_to__{name}" for name in ("text", "url", "removed_at", "author", "agent")),
    *(f"in_reply_to__author__{name}" for name in ("name", "handle", "profile_url")),
    *(f"in_reply_to__agent__{name}" for name in _PERSON),
)
"""What is shown of a message, and of what it points to: a page reads fifty times this."""


def _shown() -> QuerySet[Message]:
    related = ("agent", "author__contact", "inbox", "in_reply_to__author", "in_reply_to__agent")
    return Message.objects.select_related(*related).only(*_SHOWN)


def _messages(**place: Any) -> QuerySet[Message]:
    return _page_of(_shown(), **place)


def _page_of(rows: QuerySet[M], interaction: Any, at: Any, place: Any) -> QuerySet[M]:
    earlier = Q(created_at__lt=at) | Q(created_at=at, pk__lt=place)
    return rows.filter(earlier, created_at__lte=at, interaction=interaction).order_by("-created_at", "-pk")[: PAGE + 1]


def _files(user: Any, **place: Any) -> QuerySet[Attachment]:
    messages = _page_of(Message.objects.all(), **place).values("pk")
    return _files_of(place["interaction"], OneOfFew(F("message"), messages) | _waits_for(user))


def _files_of(interaction: Any, which: Any) -> QuerySet[Attachment]:
    return Attachment.objects.filter(which, interaction=interaction).order_by("created_at", "pk")


def _waits_for(user: Any) -> Q:
    """Of files: who has put them into the composer has not sent them."""
    return Q(message__isnull=True, uploaded_by=user)


def _post(interaction: Any) -> QuerySet[Message]:
    posts = _shown().filter(interaction=interaction, direction=Direction.INBOUND, visibility=Visibility.PUBLIC)
    return posts.exclude(status=MessageStatus.REMOVED).order_by("-created_at", "-pk")[:1]


_PLACE = {"interaction": uuid.UUID, "at": datetime, "place": uuid.UUID}
_MESSAGES = Kept(_messages, **_PLACE)
_NOTES = Kept(lambda **place: _page_of(Note.objects.select_related("author"), **place), **_PLACE)
_MESSAGE = Kept(lambda message, **of: _shown().filter(pk=message, **of), interaction=uuid.UUID, message=uuid.UUID)
_FILES_OF_ONE = Kept(
    lambda message, interaction, user: _files_of(interaction, Q(message=message) | _waits_for(user)),
    **dict.fromkeys(("message", "interaction", "user"), uuid.UUID),
)
_POST = Kept(_post, interaction=uuid.UUID)
_IN_COMPOSER = Kept(
    lambda interaction, user: _files_of(interaction, _waits_for(user)), interaction=uuid.UUID, user=uuid.UUID
)
_FILES = Kept(_files, user=uuid.UUID, **_PLACE)
"""Files of the messages of a page, and what the reader has put into the composer."""
