"""Part *offers*: what is offered to me, with the time I have; or why there is nothing."""

from dataclasses import dataclass
from functools import partial
from typing import Any

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
        kept = Keeping()
        if csrf:
            cards = [render_to_string(CARD, {"offer": _fixed(row) | _blanks(row), "csrf": csrf}) for row in self.rows]
        else:
            cards = [kept.made(row.facts, partial(_card, row)) for row in self.rows]
        return SafeString("".join(cards))


def _card(row: Lying) -> SafeString:
    return filled_html(CARD, "offer", _fixed(row), _blanks(row))


def _why_empty(screen: Screen) -> str:
    if screen.status.missed:
        return "missed"
    if not screen.status.on_queue and not allowed(screen.user, GO_ON_QUEUE):
        return "barred"
    return "on" if screen.status.on_queue else "off"


def _fixed(row: Lying) -> dict[str, str]:
    """What decides how a card looks."""
    visibility = row.fact("preview_visibility")
    return {
        "network": words.network_icon(row.fact("kind", Inbox)),
        "visibility": visibility,
        "visibility_name": words.visibility_name(visibility),
        "visibility_icon": words.visibility_icon(visibility),
        "seen": _("%(name)s:") % {"name": words.visibility_name(visibility)},
    }


def _blanks(row: Lying) -> dict[str, Any]:
    """What is written on it."""
    pk, made_at, deadline = (row.fact(name, Offer) for name in ("id", "made_at", "deadline"))
    customer = row.fact("name", Handle) or words.customer_name(row.model.customer)
    place, left = words.place_of(row.fact("kind", Inbox), row.fact("name", Queue)), seconds_to(deadline)
    said = _("%(customer)s is offered to you, from %(place)s. %(seconds)s seconds to answer.")
    return {
        "id": pk,
        "customer": customer,
        "initials": initials(customer),
        "place": place,
        "waited": ago(row.fact("queued_at"), "watch"),
        "text": row.fact("preview") or row.fact("subject"),
        "deadline": deadline.isoformat(),
        "seconds": Offer(made_at=made_at, deadline=deadline).seconds,
        "left": left,
        "left_words": _("%(count)s s left") % {"count": left},
        "said": said % {"customer": customer, "place": place, "seconds": left},
        "accept": address("accept", pk),
        "decline": address("decline", pk),
    }
