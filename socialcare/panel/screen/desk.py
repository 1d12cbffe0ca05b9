"""The desk: what is offered to a person, what they work on, and what they have open, in one query.

The person's rights come with each row, so that showing a button costs no query, and losing a right shows at once.
"""

import uuid
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.db.models import F, FilteredRelation, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from accounts.models import User
from accounts.permissions import (
    ACCEPT,
    ASSIGN,
    PARK,
    PULL,
    REPLY_PRIVATE,
    REPLY_PUBLIC,
    VIEW,
    alike,
    allowed,
    stand_in,
)
from interactions.models import Handling, Interaction, Message, Offer
from interactions.models.interaction import OWNED
from socialcare.kept import Kept
from socialcare.panel.counting import BoundedCount, OneOfFew

if TYPE_CHECKING:

    class OnDesk(Interaction):
        """An interaction with what the desk knows about it."""

        offer: Offer | None
        handling: Handling | None
        troubles: int
        may_park: bool
        may_pull: bool
        may_assign: bool
        may_reply_public: bool
        may_reply_private: bool

else:
    OnDesk = Interaction

NOBODY = uuid.UUID(int=0)
MANY = 99
"""Counts of trouble are not counted further."""


def lying_before(user: User, interaction_id: uuid.UUID | None) -> list[OnDesk]:
    """What lies on this person's desk, and the interaction they have open, if they may see it."""
    desk = _desks(_Alike(user)).rows(user=user.pk, opened=interaction_id or NOBODY)
    for row in desk:
        # Django leaves the name out where a filtered relation is empty
        row.__dict__.setdefault("offer", None)
        row.__dict__.setdefault("handling", None)
        _tell_rights(user, row)
    return desk


class _Alike:
    """People who may see the same: for them one query is kept."""

    def __init__(self, user: User) -> None:
        self.user, self.rights = user, alike(user, VIEW, ACCEPT)

    def __hash__(self) -> int:
        return hash(self.rights)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Alike) and self.rights == other.rights


@lru_cache(maxsize=200)
def _desks(of: _Alike) -> Kept[OnDesk]:
    return Kept(lambda user, opened: _desk(stand_in(of.user, user), opened), user=uuid.UUID, opened=uuid.UUID)


def _desk(user: User, interaction_id: Any) -> QuerySet[OnDesk]:
    offered = Offer.objects.filter(agent=user.pk, state="open").values("interaction")
    worked_on = Interaction.objects.filter(owner=user.pk, state__in=OWNED).order_by().values("pk")
    opened = Interaction.objects.filter(pk=interaction_id).order_by().values("pk")
    rows = Interaction.objects.visible_to(user).filter(OneOfFew(F("pk"), worked_on.union(offered, opened, all=True)))
    lost = Message.objects.filter(interaction=OuterRef("pk"), status__in=("failed", "delivery-failed"))
    return (
        rows.annotate(  # type: ignore[return-value,misc]
            offer=FilteredRelation("offers", condition=Q(offers__state="open", offers__agent=user.pk)),
            handling=FilteredRelation("handlings", condition=Q(handlings__wrapped_up_at=None)),
            troubles=Coalesce(BoundedCount(lost.order_by().values("pk")[:MANY]), 0),
        )
        .select_related("inbox", "queue", "customer__contact", "owner", "offer", "handling")
        .defer("inbox__secrets")
    )


def _tell_rights(user: User, row: OnDesk) -> None:
    row.may_park = allowed(user, PARK, row.queue)
    row.may_pull = allowed(user, PULL, row.queue) and allowed(user, ACCEPT, row.queue)
    row.may_assign = allowed(user, ASSIGN, row.queue)
    row.may_reply_public = allowed(user, REPLY_PUBLIC, row.inbox)
    row.may_reply_private = allowed(user, REPLY_PRIVATE, row.inbox)
