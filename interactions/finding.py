"""Getting hold of the rows that a use case is about.

Whoever locks several rows locks them in one order, so that nobody waits in a circle: docs/architecture.md, *Locks*.
"""

import uuid
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from interactions.models import Interaction
from socialcare.asking import Answer, Question, Statement, ask
from socialcare.errors import Conflict, NotFound
from socialcare.kept import Kept

M = TypeVar("M", bound=Model)
Id = uuid.UUID | str
_MOVING = ("state", "owner_id", "queue_id", "version", "unread", "customer_visibility", "public_confirmed", "queued_at")


def _locked(interaction: uuid.UUID) -> QuerySet[Interaction]:
    return Interaction.objects.filter(pk=interaction).select_for_update(no_key=True).only(*_MOVING)


def _at_hand(interaction: uuid.UUID) -> QuerySet[Interaction]:
    rows = Interaction.objects.filter(pk=interaction).select_for_update(no_key=True, of=("self",))
    return rows.select_related("queue", "inbox", "customer__contact")


_LOCKED = Kept(_locked, interaction=uuid.UUID)
_AT_HAND = Kept(_at_hand, interaction=uuid.UUID)


def by_id(rows: QuerySet[M], pk: object) -> M | None:
    """The row of that id; None where there is none, or where it is no id at all."""
    try:
        return rows.filter(pk=pk).first()
    except (ValidationError, ValueError):
        return None


def lock(interaction: Interaction) -> Interaction:
    """Lock an interaction until the end of the transaction, and read what may have changed in it meanwhile."""
    Locking(interaction).answer()
    return interaction


class Locking(Question):
    """The same, to be asked together with others: what is asked after it is answered when the lock is there."""

    def __init__(self, interaction: Interaction) -> None:
        self._interaction, self._asked = interaction, _LOCKED.question(interaction=interaction.pk)

    def statement(self) -> Statement | None:
        """What locks it."""
        return self._asked.statement()

    def read(self, answer: Answer) -> None:
        """Take over what may have changed."""
        found = self._asked.read(answer)
        if not found:
            raise Interaction.DoesNotExist
        for name in _MOVING:
            setattr(self._interaction, name, getattr(found[0], name))
            self._interaction._state.fields_cache.pop(name.removesuffix("_id"), None)


def find(user: User, interaction_id: Id) -> Interaction:
    """The interaction, if `user` may see it. Raises NotFound."""
    visible = Interaction.objects.visible_to(user).select_related("queue", "inbox", "customer__contact")
    found = by_id(visible, interaction_id)
    if not found:
        raise NotFound
    return found


def find_locked(user: User, interaction_id: Id) -> Interaction:
    """The interaction, if `user` may see it, locked until the end of the transaction. Raises NotFound."""
    return find_locked_with(user, interaction_id, lambda _interaction: ())[0]


def find_locked_with(
    user: User, interaction_id: Id, questions: Callable[[uuid.UUID], Sequence[Question]]
) -> tuple[Interaction, list[Any]]:
    """The same, with the answers to what is asked of it once it is locked, in one round trip."""
    try:
        pk = uuid.UUID(str(interaction_id))
    except ValueError:
        raise NotFound from None
    found, *answers = ask(_AT_HAND.question(interaction=pk), *questions(pk))
    if not found:  # perhaps it is being moved to another queue at this moment, and its rows did not fit together
        return lock(find(user, pk)), ask(*questions(pk))
    if not found[0].is_visible_to(user):
        raise NotFound
    return found[0], answers


def find_own(user: User, interaction_id: Id) -> Interaction:
    """The interaction that `user` works on, locked. Raises NotFound, and Conflict where it is somebody else's."""
    return own(user, find_locked(user, interaction_id))


def own(user: User, interaction: Interaction) -> Interaction:
    """The interaction again. Raises Conflict where `user` does not work on it."""
    if interaction.owner_id != user.pk:
        raise Conflict(_("This interaction is not with you any more."), code="not.owner")
    return interaction
