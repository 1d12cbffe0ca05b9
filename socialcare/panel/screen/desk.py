"""The desk: what is offered to a person, what they work on, and what they have open, in one query.

The person's rights come with each row, so that showing a button costs no query, and losing a right shows at once.
"""

import uuid
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
    allowed,
)
from interactions.models import Handling, Interaction, Message, Offer
from interactions.models.interaction import OWNED
from socialcare.asking import Question
from socialcare.kept import Row
from socialcare.panel.counting import BoundedCount, OneOfFew
from socialcare.panel.screen.alike import KeptFor

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


Lying = Row[OnDesk]
"""What is stored of an interaction on the desk."""


def what_lies_before(user: User, interaction_id: uuid.UUID | None) -> Question:
    """What lies on this person's desk, and the interaction they have open, if they may see it; as it is stored."""
    return _DESK.stored(user, opened=interaction_id or NOBODY)


def on_desk(user: User, row: Lying) -> OnDesk:
    """The interaction, with what this person may do with it."""
    made = row.model
    # Django leaves the name out where a filtered relation is empty
    made.__dict__.setdefault("offer", None)
    made.__dict__.setdefault("handling", None)
    _tell_rights(user, made)
    return made


def _desk(user: User, opened: Any) -> QuerySet[OnDesk]:
    offered = Offer.objects.filter(agent=user.pk, state="open").values("interaction")
    worked_on = Interaction.objects.filter(owner=user.pk, state__in=OWNED).order_by().values("pk")
    on_screen = Interaction.objects.filter(pk=opened).order_by().values("pk")
    rows = Interaction.objects.visible_to(user).filter(OneOfFew(F("pk"), worked_on.union(offered, on_screen, all=True)))
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


_DESK = KeptFor(_desk, VIEW, ACCEPT, opened=uuid.UUID)


def _tell_rights(user: User, row: OnDesk) -> None:
    row.may_park = allowed(user, PARK, row.queue)
    row.may_pull = allowed(user, PULL, row.queue) and allowed(user, ACCEPT, row.queue)
    row.may_assign = allowed(user, ASSIGN, row.queue)
    row.may_reply_public = allowed(user, REPLY_PUBLIC, row.inbox)
    row.may_reply_private = allowed(user, REPLY_PRIVATE, row.inbox)
