"""Shapes of open integrations, and how the API tells of one: never a secret."""

from typing import Any

from django.urls import reverse
from rest_framework import serializers

from delivery.connectors.open_webhook import further_headers, rule_id, topic_id
from delivery.integrations import KEPT_HEADER
from delivery.pausing import paused_since
from delivery.rotating import has_older_secret
from interactions.models import Inbox

from .supported_content import profile_out
from .wire import RefWire, Time, Wire, ref, uri

PLACE = "conversations/messaging/integrations/open"
PRIORITY = 25_000_000


class IdWire(Wire):
    """A reference by id."""

    id = serializers.UUIDField()


class InboundWire(Wire):
    """Where the other side brings what customers write, and what became of our messages."""

    message = serializers.CharField()
    receipt = serializers.CharField()
    event = serializers.CharField()
    public_messages = serializers.CharField()


class OpenIntegrationWire(Wire):
    """An open integration. From `queue` on the fields are our own."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    supported_content = RefWire()
    outbound_notification_webhook_url = serializers.CharField()
    webhook_headers = serializers.DictField(child=serializers.CharField())
    status = serializers.CharField()
    create_status = serializers.CharField()
    self_uri = serializers.CharField()
    queue = RefWire()
    priority = serializers.IntegerField()
    skills = RefWire(many=True)
    topic_id = serializers.UUIDField()
    rule_id = serializers.UUIDField()
    inbound = InboundWire()
    older_secret_is_live = serializers.BooleanField()
    paused_since = Time(allow_null=True)

    def to_representation(self, instance: Inbox) -> Any:
        """As the API tells of an integration."""
        return super().to_representation(integration_out(instance))


class OpenIntegrationUpdateWire(Wire):
    """What is to change; `queue`, `priority` and `skills` are our own. A new secret makes the present one the older."""

    name = serializers.CharField(max_length=120, required=False)
    outbound_notification_webhook_url = serializers.CharField(max_length=2000, required=False)
    outbound_notification_webhook_signature_secret_token = serializers.CharField(
        min_length=16, max_length=500, write_only=True, required=False
    )
    webhook_headers = serializers.DictField(child=serializers.CharField(max_length=2000), required=False)
    supported_content = IdWire(required=False)
    queue = IdWire(required=False)
    priority = serializers.IntegerField(min_value=-PRIORITY, max_value=PRIORITY, required=False)
    skills = IdWire(many=True, required=False, max_length=100)  # type: ignore[call-arg]


class OpenIntegrationRequestWire(OpenIntegrationUpdateWire):
    """A new one. Without `queue` its conversations wait in the only queue there is."""

    name = serializers.CharField(max_length=120)
    outbound_notification_webhook_url = serializers.CharField(max_length=2000)
    outbound_notification_webhook_signature_secret_token = serializers.CharField(
        min_length=16, max_length=500, write_only=True
    )


def integration_out(inbox: Inbox) -> dict[str, Any]:
    """An integration, as the API tells of it; never a secret."""
    pk = str(inbox.pk)
    topic, rule = topic_id(pk), rule_id(pk)
    return {
        "id": inbox.pk,
        "name": inbox.name,
        "supported_content": profile_out(inbox.media_types),
        "outbound_notification_webhook_url": inbox.settings.get("webhook_url", ""),
        "webhook_headers": dict.fromkeys(further_headers(inbox.secrets.get("headers", "")), KEPT_HEADER),
        "status": "Active" if inbox.is_active else "Inactive",
        "create_status": "Completed",
        "self_uri": uri(PLACE, inbox.pk),
        "queue": ref("routing/queues", inbox.queue),
        "priority": inbox.priority,
        "skills": [ref("routing/skills", skill) for skill in inbox.skills.all()],
        "topic_id": topic,
        "rule_id": rule,
        "inbound": {
            "message": reverse("api:open-message", args=[inbox.pk]),
            "receipt": reverse("api:open-receipt", args=[inbox.pk]),
            "event": reverse("api:open-event", args=[inbox.pk]),
            "public_messages": reverse("api:open-public", args=[topic, rule]),
        },
        "older_secret_is_live": has_older_secret(inbox),
        "paused_since": paused_since(inbox),
    }
