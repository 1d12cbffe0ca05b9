"""One person's view of the panel at one moment: what its parts have in common is read once."""

import uuid
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from functools import cached_property
from itertools import chain
from typing import Any, Self

from django.utils import timezone

from accounts.models import User
from interactions.models import Draft, Message, Offer, State
from interactions.screens import entries_in
from queues.models import AgentStatus
from queues.models.agents import status_of
from socialcare.asking import Question
from socialcare.kept import Kept
from socialcare.panel.screen.conversation import File, Page, asking, asking_composer, asking_one, asking_post, page
from socialcare.panel.screen.desk import Lying, OnDesk, on_desk, what_lies_before

_DRAFTS = Kept(lambda author: Draft.objects.filter(author=author, interaction__owner=author), author=uuid.UUID)


class Screen:
    """Who looks, and which interaction they have open. Everything is read through the person's permissions."""

    def __init__(self, user: User, interaction_id: uuid.UUID | None = None) -> None:
        self.user, self.interaction_id = user, interaction_id
        self.now: datetime = timezone.now()
        self.entries: dict[str, Page] = {}
        """By the name of the part: pages of a single message."""

    @staticmethod
    def questions(
        user: User, interaction_id: uuid.UUID | None = None, names: Collection[str] | None = None
    ) -> tuple[Question, ...]:
        """What a screen asks for these parts (all, where none are named), to be asked together; `told` takes it.

        The status first, whose version says how new the view is: what changes before the rest is read comes again.
        """
        desk: tuple[Question, ...] = status_of(user.pk), what_lies_before(user, interaction_id)
        if _shows_drafts(names):
            desk += (_DRAFTS.question(author=user.pk),)
        if not interaction_id:
            return desk
        if _whole_page(names):
            return *desk, *asking(user, interaction_id)
        assert names is not None
        single = [asking_one(user, interaction_id, message) for message in entries_in(names).values()]
        composer: tuple[Question, ...] = (asking_post(interaction_id),) if "compose-state" in names else ()
        if composer and not single:  # a message comes with the files in the composer
            composer += (asking_composer(user, interaction_id),)
        return *desk, *chain.from_iterable(single), *composer

    def told(self, answers: Sequence[Any], names: Collection[str] | None = None) -> Self:
        """With the answers to its questions for these parts."""
        statuses, self.desk, *said = answers
        if _shows_drafts(names):
            self.drafts, *said = said
        if self.interaction_id and not self.interaction:
            self.conversation = None
        elif self.interaction:
            self._take(iter(said), names)
        if statuses:
            [self.status] = statuses
        return self

    def _take(self, said: Iterator[Any], names: Collection[str] | None) -> None:
        if _whole_page(names):
            self.conversation = Page.told(list(said))
            return
        assert names is not None
        pages = {name: Page.told([next(said), next(said)]) for name in entries_in(names)}
        # In their order: the page puts each after what it shows
        self.entries = dict(sorted(pages.items(), key=lambda entry: entry[1].begins))
        if "compose-state" in names:
            self.post = next(iter(next(said)), None)
            first = next(iter(self.entries.values()), None)
            self.in_composer = first.files.get(None, []) if first else next(said)

    @cached_property
    def status(self) -> AgentStatus:
        """What the agent is doing."""
        return AgentStatus.objects.of(self.user)

    @cached_property
    def desk(self) -> list[Lying]:
        """Offered, running, and the one that is open: in one query."""
        lying: list[Lying] = what_lies_before(self.user, self.interaction_id).answer()
        return lying

    @cached_property
    def interaction(self) -> OnDesk | None:
        """The one that is open; None where there is none, or not for this person to see."""
        opened = (row for row in self.desk if row.fact("id") == self.interaction_id)
        return next((on_desk(self.user, row) for row in opened), None)

    @cached_property
    def offers(self) -> list[Lying]:
        """Offered to this person now: first the one that runs out first, then who has waited longest."""
        offered = [row for row in self.desk if row.fact("id", Offer) and row.fact("state") == State.ALERTING]
        return sorted(offered, key=lambda row: (row.fact("deadline", Offer), row.fact("queued_at"), row.fact("id")))

    @cached_property
    def work(self) -> list[OnDesk]:
        """What this person has taken up, in the order in which it came."""
        own = [on_desk(self.user, row) for row in self.desk if row.fact("owner_id") == self.user.pk]
        return sorted(own, key=lambda row: (row.handling.started_at if row.handling else self.now, row.pk))

    @cached_property
    def drafts(self) -> list[Draft]:
        """This person's half-written replies in what they have on the desk."""
        return _DRAFTS.rows(author=self.user.pk)

    @cached_property
    def conversation(self) -> Page | None:
        """The last page of what was said in the open interaction."""
        return page(self.user, self.interaction) if self.interaction else None

    @cached_property
    def post(self) -> Message | None:
        """The customer's latest public post: what a public reply answers unless another is chosen."""
        if not (self.interaction and self.conversation):
            return None
        if (post := self.conversation.newest_post) or not self.conversation.more:
            return post
        return next(iter(asking_post(self.interaction.pk).answer()), None)

    @cached_property
    def in_composer(self) -> list[File]:
        """The files that this person has put into the composer, and not sent."""
        return self.conversation.files.get(None, []) if self.conversation else []

    @property
    def mine(self) -> bool:
        """Whether the open interaction is this person's work."""
        return bool(self.interaction and self.interaction.owner_id == self.user.pk)

    @property
    def writable(self) -> bool:
        """Whether this person can write to the customer now."""
        return bool(self.interaction and self.mine and self.interaction.is_open)

    @property
    def versions(self) -> dict[str, int]:
        """How new this view is: by audience."""
        found: dict[str, int] = {"agent": self.status.version}
        if self.interaction:
            found["interaction"] = self.interaction.version
        return found

    @property
    def title_count(self) -> int:
        """How many things wait for this person: for the title and the tab's icon."""
        return len(self.offers) + sum(1 for row in self.work if row.unread)


def _whole_page(names: Collection[str] | None) -> bool:
    return names is None or "thread" in names


def _shows_drafts(names: Collection[str] | None) -> bool:
    return names is None or not {"active", "compose-state"}.isdisjoint(names)
