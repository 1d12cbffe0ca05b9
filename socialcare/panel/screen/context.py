"""Part *context*: who the customer is, under which names we know them, and what was said before."""

import uuid
from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.permissions import ACCEPT, VIEW
from interactions.models import Handle, Interaction, State
from socialcare.kept import Kept
from socialcare.panel.screen import words
from socialcare.panel.screen.alike import KeptFor
from socialcare.panel.screen.screen import Screen
from socialcare.panel.templatetags.panel import day, followers

EARLIER = 8
HANDLES = 12


def gather(screen: Screen) -> dict[str, Any]:
    """What the part shows."""
    row = screen.interaction
    if row is None:
        return {}
    contact = row.customer.contact
    handles = _HANDLES.rows(contact=contact.pk)
    earlier = others_of(screen.user, handles, row)
    return {
        "customer": words.customer_name(row.customer),
        "about": " · ".join(filter(None, [contact.place, _language(contact.language)])),
        "remarks": contact.about,
        "handles": [_handle(handle) for handle in handles],
        "earlier": [_earlier(one) for one in earlier[:EARLIER]],
        "earlier_count": f"{EARLIER}+" if len(earlier) > EARLIER else len(earlier),
    }


def others_of(user: User, handles: Sequence[Handle], but: Interaction) -> list[Interaction]:
    """The customer's other conversations that this person may read, the newest few, on every network.

    Those of one handle lie in an index in their order: of thousands only these few are read.
    """
    if len(handles) == 1:
        return _OTHERS_OF_ONE.rows(user, handle=handles[0].pk, but=but.pk)
    return _OTHERS.rows(user, contact=but.customer.contact_id, but=but.pk)


def _others(user: User, but: Any, **customer: Any) -> QuerySet[Interaction]:
    rows = Interaction.objects.visible_to(user).filter(**customer).exclude(pk=but)
    return rows.select_related("inbox", "wrap_up_code").defer("inbox__secrets").order_by("-started_at")[: EARLIER + 1]


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


_OTHERS = KeptFor(
    lambda user, contact, but: _others(user, but, customer__contact=contact),
    VIEW,
    ACCEPT,
    contact=uuid.UUID,
    but=uuid.UUID,
)
_OTHERS_OF_ONE = KeptFor(
    lambda user, handle, but: _others(user, but, customer=handle), VIEW, ACCEPT, handle=int, but=uuid.UUID
)
_HANDLES = Kept(lambda contact: Handle.objects.filter(contact=contact).order_by("pk")[:HANDLES], contact=uuid.UUID)
