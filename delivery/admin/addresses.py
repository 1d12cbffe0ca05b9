"""The addresses at which a channel is reached from outside."""

from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from delivery.connectors import connector_class
from delivery.connectors.open_webhook import rule_id, topic_id
from interactions.models import Inbox


def inbound_addresses(inbox: Inbox) -> list[tuple[Any, str]]:
    """Where another system brings the messages of this channel: in words, and the address."""
    if inbox.kind == "open":
        pk = str(inbox.pk)
        return [
            (_("Private messages"), address("api:open-message", inbox.pk)),
            (_("Public posts"), address("api:open-public", topic_id(pk), rule_id(pk))),
            (_("Receipts"), address("api:open-receipt", inbox.pk)),
            (_("Events"), address("api:open-event", inbox.pk)),
        ]
    if connector_class(inbox.kind).polls:
        return []
    return [(_("Webhook: the platform calls it"), address("hook", inbox.pk))]


def address(name: str, *parts: object) -> str:
    """The whole address of a view."""
    return f"{settings.PUBLIC_URL}{reverse(name, args=parts)}"
