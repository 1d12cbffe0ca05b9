"""Part *offers*: what is offered to me, with the time I have; or why there is nothing."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.permissions import GO_ON_QUEUE, allowed
from socialcare.panel.kept_html import keeping
from socialcare.panel.screen import words
from socialcare.panel.screen.addresses import address
from socialcare.panel.screen.desk import Lying, OnDesk
from socialcare.panel.screen.screen import Screen
from socialcare.panel.templatetags.panel import seconds_to


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
        html_of = keeping()
        template = "panel/bits/offer.html"
        if csrf:
            cards = [render_to_string(template, {"offer": _card(row.model), "csrf": csrf}) for row in self.rows]
        else:
            cards = [html_of(template, row.facts, partial(_shown, row)) for row in self.rows]
        return SafeString("".join(cards))


def _shown(row: Lying) -> dict[str, Any]:
    return {"offer": _card(row.model)}


def _why_empty(screen: Screen) -> str:
    if screen.status.missed:
        return "missed"
    if not screen.status.on_queue and not allowed(screen.user, GO_ON_QUEUE):
        return "barred"
    return "on" if screen.status.on_queue else "off"


def _card(row: OnDesk) -> dict[str, Any]:
    offer = row.offer
    assert offer is not None
    customer, place, left = words.customer_name(row.customer), words.place(row), seconds_to(offer.deadline)
    seen = words.visibility_name(row.preview_visibility)
    return {
        "id": offer.pk,
        "interaction": row.pk,
        "customer": customer,
        "network": words.network_icon(row.inbox.kind),
        "place": place,
        "waiting_since": row.queued_at,
        "text": row.preview or row.subject,
        "visibility": row.preview_visibility,
        "visibility_name": seen,
        "visibility_icon": words.visibility_icon(row.preview_visibility),
        "seen": _("%(name)s:") % {"name": seen},
        "deadline": offer.deadline.isoformat(),
        "seconds": offer.seconds,
        "left": left,
        "left_words": _("%(count)s s left") % {"count": left},
        "said": _("%(customer)s is offered to you, from %(place)s. %(seconds)s seconds to answer.")
        % {"customer": customer, "place": place, "seconds": left},
        "accept": address("accept", offer.pk),
        "decline": address("decline", offer.pk),
    }
