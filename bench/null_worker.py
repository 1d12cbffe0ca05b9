"""The product's Celery worker, with a connector that brings messages to nobody: what the outbox costs by itself."""

from typing import Any

from celery.signals import worker_init

from socialcare.celery import app

__all__ = ["app"]


@worker_init.connect
def send_to_nobody(**_: Any) -> None:
    """Every message of an open channel has arrived, under its own key."""
    from delivery.connectors.base import Outbound, Sent
    from delivery.connectors.open_webhook import OpenWebhookConnector

    def send(_connector: OpenWebhookConnector, message: Outbound) -> Sent:
        return Sent(message.key)

    OpenWebhookConnector.send = send  # type: ignore[method-assign]
