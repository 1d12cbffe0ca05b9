"""Part *context*: who the customer is, under which names we know them, and what was said before."""

from typing import Any

from django.utils.translation import get_language_info
from django.utils.translation import gettext as _

from interactions.models import Contact, Handle, Interaction, State
from socialcare.panel.screen import words
from socialcare.panel.screen.screen import Screen
from socialcare.panel.templatetags.panel import day, followers

EARLIER = 8


def gather(screen: Screen) -> dict[str, Any]:
    """What the part shows."""
    row = screen.interaction
    if row is None:
        return {}
    contact = row.customer.contact
    earlier = list(others_of(screen, contact, row)[: EARLIER + 1])
    return {
        "customer": words.customer_name(row.customer),
        "about": " · ".join(filter(None, [contact.place, _language(contact.language)])),
        "remarks": contact.about,
        "handles": [_handle(handle) for handle in contact.handles.order_by("pk")[:12]],
        "earlier": [_earlier(one) for one in earlier[:EARLIER]],
        "earlier_count": f"{EARLIER}+" if len(earlier) > EARLIER else len(earlier),
    }


def others_of(screen: Screen, contact: Contact, but: Interaction) -> Any:
    """The customer's other conversations that this person may read, the newest first, on every network."""
    rows = Interaction.objects.visible_to(screen.user).filter(customer__contact=contact).exclude(pk=but.pk)
    return rows.select_related("inbox", "wrap_up_code").order_by("-started_at")


def _earlier(row: Interaction) -> dict[str, Any]:
    outcome = row.wrap_up_code.name if row.wrap_up_code else str(State(row.state).label)
    return {
        "id": row.pk,
        "icon": words.network_icon(row.inbox.kind),
        "network": words.network_name(row.inbox.kind),
        "text": row.subject or row.preview or _("Without text"),
        "day": day(row.started_at),
        "outcome": outcome,
    }


def _handle(handle: Handle) -> dict[str, Any]:
    return {
        "id": handle.pk,
        "network": words.network_icon(handle.kind),
        "network_name": words.network_name(handle.kind),
        "name": handle.handle or handle.name or handle.external_id,
        "url": handle.profile_url if handle.profile_url.startswith(("https://", "http://")) else "",
        "verified": handle.verified,
        "small": followers(handle.followers) or words.network_name(handle.kind),
    }


def _language(code: str) -> str:
    try:
        return str(get_language_info(code.partition("-")[0])["name_translated"]) if code else ""
    except KeyError:
        return code
