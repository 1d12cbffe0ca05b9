"""Part *offers*: what is offered to me, with the time I have; or why there is nothing."""

from typing import Any

from accounts.permissions import GO_ON_QUEUE, allowed
from socialcare.panel.screen import words
from socialcare.panel.screen.desk import OnDesk
from socialcare.panel.screen.screen import Screen


def gather(screen: Screen) -> dict[str, Any]:
    """What the part shows."""
    offers = [_card(row) for row in screen.offers]
    empty = "" if offers or screen.work else _why_empty(screen)
    return {"offers": offers, "empty": empty, "permission": GO_ON_QUEUE}


def _why_empty(screen: Screen) -> str:
    if screen.status.missed:
        return "missed"
    if not screen.status.on_queue and not allowed(screen.user, GO_ON_QUEUE):
        return "barred"
    return "on" if screen.status.on_queue else "off"


def _card(row: OnDesk) -> dict[str, Any]:
    offer = row.offer
    assert offer is not None
    return {
        "id": offer.pk,
        "interaction": row.pk,
        "customer": words.customer_name(row.customer),
        "network": words.network_icon(row.inbox.kind),
        "place": words.place(row),
        "waiting_since": row.queued_at,
        "text": row.preview or row.subject,
        "visibility": row.preview_visibility,
        "visibility_name": words.visibility_name(row.preview_visibility),
        "visibility_icon": words.visibility_icon(row.preview_visibility),
        "deadline": offer.deadline,
        "seconds": offer.seconds,
    }
