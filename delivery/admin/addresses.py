"""The addresses at which a channel can be reached from outside."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from interactions.models import Inbox


def inbound_addresses(inbox: Inbox) -> list[tuple[Any, str]]:
    """Where another system brings the messages of this channel: in words, and the address."""
    if inbox.kind != "open":
        return []
    api = f"{settings.PUBLIC_URL}/api/v2"
    private = f"{api}/conversations/messages/{inbox.pk}/inbound/open"
    return [
        (_("Private messages"), f"{private}/message"),
        (_("Receipts"), f"{private}/receipt"),
        (_("Events"), f"{private}/event"),
    ]
