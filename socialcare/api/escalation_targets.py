"""Where an escalated post goes: through which integration it is answered, and where its interaction waits."""

import uuid
from typing import Any

from rest_framework import serializers

from interactions.intake import Destination
from interactions.models import Inbox
from queues.models import Queue, Skill
from socialcare.errors import Invalid

from .wire import RefWire, Wire

PRIORITY = 25_000_000
SOURCE, OVERRIDE = "SourceIntegration", "OverrideIntegration"


class OverrideEscalationTargetWire(Wire):
    """The integration to answer through."""

    integration_id = serializers.CharField(max_length=100)


class EscalationTargetWire(Wire):
    """Through which integration an escalated post is answered."""

    target_type = serializers.ChoiceField(choices=["Conversation"], default="Conversation")
    destination = serializers.ChoiceField(choices=[SOURCE, OVERRIDE], default=SOURCE)
    override = OverrideEscalationTargetWire(required=False, allow_null=True)


class RoutingWire(Wire):
    """Ours: where the interaction waits. What is left out is as the integration has it."""

    queue = RefWire(required=False, allow_null=True)
    priority = serializers.IntegerField(required=False, allow_null=True, min_value=-PRIORITY, max_value=PRIORITY)
    skills = RefWire(many=True, required=False, max_length=100)  # type: ignore[call-arg]


class DivisionQuery(Wire):
    """The division; there is one."""

    division_id = serializers.CharField(required=False, max_length=100)


def target_out(inbox: Inbox | None) -> dict[str, Any]:
    """Through which integration, as the API tells of it."""
    if inbox is None:
        return {"target_type": "Conversation", "destination": SOURCE}
    override = {"integration_id": str(inbox.pk)}
    return {"target_type": "Conversation", "destination": OVERRIDE, "override": override}


def inbox_of(target: dict[str, Any] | None, field: str) -> Inbox | None:
    """The integration of a target; None for the one that the post came in by. Raises Invalid."""
    if not target or target["destination"] == SOURCE:
        return None
    try:
        inbox = Inbox.objects.filter(pk=uuid.UUID((target.get("override") or {}).get("integration_id", ""))).first()
    except ValueError:
        inbox = None
    if inbox is None:
        raise Invalid("No integration has this id.", field=f"{field}.override.integrationId")
    return inbox


def destination_of(routing: dict[str, Any] | None) -> Destination:
    """Queue, priority and skills. Raises Invalid."""
    routing = routing or {}
    queue, ids = None, {skill["id"] for skill in routing.get("skills", ())}
    if wanted := routing.get("queue"):
        queue = Queue.objects.filter(pk=wanted["id"]).first()
        if queue is None:
            raise Invalid("No queue has this id.", field="routing.queue")
    skills = list(Skill.objects.filter(pk__in=ids))
    if len(skills) < len(ids):
        raise Invalid("No skill has one of these ids.", field="routing.skills")
    return Destination(queue, routing.get("priority"), skills)
