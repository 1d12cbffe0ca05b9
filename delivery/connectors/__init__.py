"""The connectors, by kind of inbox. Adding one is told step by step in docs/connectors.md."""

from django.utils.module_loading import import_string

from delivery.connectors.base import Account, Connector
from interactions.models import Inbox

_CONNECTORS = {
    "practice": "delivery.connectors.practice.PracticeConnector",
    "open": "delivery.connectors.open_webhook.OpenWebhookConnector",
    "bluesky": "delivery.connectors.bluesky.BlueskyConnector",
}


def connector_kinds() -> dict[str, type[Connector]]:
    """All kinds of inbox, with the connector of each."""
    return {kind: import_string(path) for kind, path in _CONNECTORS.items()}


def connector_class(kind: str) -> type[Connector]:
    """The connector for a kind of inbox. Raises KeyError for a kind that does not exist."""
    found: type[Connector] = import_string(_CONNECTORS[kind])
    return found


def connector_for(inbox: Inbox) -> Connector:
    """The connector of an inbox, with its settings and secrets."""
    account = Account(inbox_id=str(inbox.pk), settings=inbox.settings, secrets=inbox.secrets)
    return connector_class(inbox.kind)(account)
