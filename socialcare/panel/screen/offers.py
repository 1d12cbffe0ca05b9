"""Part *offers*: what is offered to me, with the time I have; or why there is nothing."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Self

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.permissions import GO_ON_QUEUE, allowed
from interactions.models import Handle, Inbox, Offer
from queues.models import Queue
from socialcare.panel.kept_html import Keeping, filled_html
from socialcare.panel.screen import words
from socialcare.panel.screen.addresses import address
from socialcare.panel.screen.desk import Lying
from socialcare.panel.screen.screen import Screen
from socialcare.panel.templatetags.panel import ago, initials, seconds_to

CARD = "panel/bits/offer.html"


def gather(screen: Screen) -> dict[str, Any]:
    """What the part shows."""
    empty = "" if screen.offers or screen.work else _why_empty(screen)
    return {"offers": Cards(screen.offers), "empty": empty, "permission": GO_ON_QUEUE}


@dataclass(frozen=True)
class Cards:
    """The offers, one card each: what has been rendered of the same facts is not rendered again."""

    rows: list[Lying]

    def __len__(self) -> int:
        return len(self.rows)

    def html(self, csrf: str) -> SafeString:
        """All of them. With forms that work without script, they are not kept; else the page's own clock goes on."""
        kept, shown = Keeping(), [Card.of(row) for row in self.rows]
        if csrf:
            return SafeString("".join(render_to_string(CARD, {"offer": card.all, "csrf": csrf}) for card in shown))
        return SafeString("".join(kept.made((CARD, card), card.html) for card in shown))


class Card(NamedTuple):
    """What a card shows, as it is stored."""

    id: uuid.UUID
    made_at: datetime
    deadline: datetime
    queued_at: datetime
    network: str
    queue: str
    customer: str
    visibility: str
    text: str

    @classmethod
    def of(cls, row: Lying) -> Self:
        """The card of what is offered."""
        return cls(
            id=row.fact("id", Offer),
            made_at=row.fact("made_at", Offer),
            deadline=row.fact("deadline", Offer),
            queued_at=row.fact("queued_at"),
            network=row.fact("kind", Inbox),
            queue=row.fact("name", Queue),
            customer=row.fact("name", Handle) or words.customer_name(row.model.customer),
            visibility=row.fact("preview_visibility"),
            text=row.fact("preview") or row.fact("subject"),
        )

    @property
    def all(self) -> dict[str, Any]:
        """Whatever the template shows."""
        return self.fixed | self.blanks

    def html(self) -> SafeString:
        """A form that is filled in."""
        return filled_html(CARD, "offer", self.fixed, self.blanks)

    @property
    def fixed(self) -> dict[str, str]:
        """What decides how the card looks."""
        seen = words.visibility_name(self.visibility)
        return {
            "network": words.network_icon(self.network),
            "visibility": self.visibility,
            "visibility_name": seen,
            "visibility_icon": words.visibility_icon(self.visibility),
            "seen": _("%(name)s:") % {"name": seen},
        }

    @property
    def blanks(self) -> dict[str, Any]:
        """What is written on it."""
        seconds = Offer(made_at=self.made_at, deadline=self.deadline).seconds
        place, left = words.place_of(self.network, self.queue), seconds_to(self.deadline)
        said = _("%(customer)s is offered to you, from %(place)s. %(seconds)s seconds to answer.")
        return {
            "id": self.id,
            "customer": self.customer,
            "initials": initials(self.customer),
            "place": place,
            "waited": ago(self.queued_at, "watch"),
            "text": self.text,
            "deadline": self.deadline.isoformat(),
            "seconds": seconds,
            "left": left,
            "left_words": _("%(count)s s left") % {"count": left},
            "said": said % {"customer": self.customer, "place": place, "seconds": left},
            "accept": address("accept", self.id),
            "decline": address("decline", self.id),
        }


def _why_empty(screen: Screen) -> str:
    if screen.status.missed:
        return "missed"
    if not screen.status.on_queue and not allowed(screen.user, GO_ON_QUEUE):
        return "barred"
    return "on" if screen.status.on_queue else "off"
