"""Listening: making an interaction of a captured post by hand."""

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from delivery.listening.escalating import escalate_by_hand

from .base import ApiView, answer
from .escalation_targets import DivisionQuery, EscalationTargetWire, RoutingWire, destination_of, inbox_of, target_out
from .idempotency import creates
from .naming import naming
from .topics import social
from .wire import Wire


class ManualEscalationWire(Wire):
    """A post that is to become an interaction."""

    social_media_normalized_message_id = serializers.UUIDField()
    escalation_target = EscalationTargetWire(required=False, allow_null=True)
    routing = RoutingWire(required=False, allow_null=True)
    conversation_normalized_message_id = serializers.UUIDField(read_only=True, allow_null=True)
    conversation_id = serializers.UUIDField(read_only=True, allow_null=True)
    escalation_status = serializers.CharField(read_only=True)


class Escalations(ApiView):
    """Escalating by hand."""

    @extend_schema(parameters=[DivisionQuery], request=ManualEscalationWire, responses=ManualEscalationWire)
    @creates
    def post(self, request: Request) -> Response:
        """Make an interaction of a post. One that is in an interaction already stays where it is."""
        self.require(social("EscalationRule", "Add"))
        given = self.given(ManualEscalationWire)
        inbox = inbox_of(given.get("escalation_target"), "escalationTarget")
        into = destination_of(given.get("routing"))
        with naming(inbox="escalationTarget"):
            post, new = escalate_by_hand(self.user, given["social_media_normalized_message_id"], inbox=inbox, into=into)
        done = {
            "social_media_normalized_message_id": post.pk,
            "conversation_normalized_message_id": post.message_id,
            "conversation_id": post.message.interaction_id if post.message else None,
            "escalation_target": target_out(inbox),
            "escalation_status": "Manual" if new else "PreviouslyEscalated",
        }
        return answer(ManualEscalationWire, done)


urlpatterns = [path("socialmedia/escalations/messages", Escalations.as_view())]
