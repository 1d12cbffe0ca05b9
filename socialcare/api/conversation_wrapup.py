"""Wrapping a conversation up: which codes there are, which one it is, and what was noted."""

import uuid
from typing import Any

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from interactions import taking_part, wrapup
from interactions.models import Handling
from queues.models import WrapUpCode
from socialcare.errors import Conflict, NotFound

from .base import ApiView, answer
from .conversation_out import wrapup_out
from .idempotency import creates
from .wire import Time, Wire
from .wrapup_codes import WrapupCodeWire


class WrapupInputWire(Wire):
    """How it ended. `code` is the id of a code of the queue, or its name; `provisional` only keeps it for later."""

    code = serializers.CharField(required=False, allow_null=True, allow_blank=True, max_length=120)
    name = serializers.CharField(required=False, allow_null=True, allow_blank=True, max_length=120)
    notes = serializers.CharField(
        required=False, allow_null=True, allow_blank=True, max_length=wrapup.NOTES_LENGTH, trim_whitespace=False
    )
    tags = serializers.ListField(
        child=serializers.CharField(max_length=80), required=False, allow_null=True, max_length=20
    )
    provisional = serializers.BooleanField(required=False, default=False)


class AssignedWrapupCodeWire(Wire):
    """How it was said to have ended."""

    code = serializers.CharField(allow_null=True)
    name = serializers.CharField(allow_null=True)
    notes = serializers.CharField()
    tags = serializers.ListField(child=serializers.CharField())
    duration_seconds = serializers.IntegerField()
    end_time = Time(allow_null=True)


class WrapupQuery(Wire):
    """Whether what is only kept for later is wanted too."""

    provisional = serializers.BooleanField(required=False, default=False)


class Codes(ApiView):
    """The wrap-up codes of an agent's part."""

    @extend_schema(responses=WrapupCodeWire(many=True))
    def get(self, request: Request, conversation_id: uuid.UUID, participant_id: uuid.UUID) -> Response:
        """The codes of its queue, by name."""
        part = taking_part.part_of_agent(self.user, conversation_id, participant_id)
        return Response(WrapupCodeWire(part.queue.wrap_up_codes.order_by("name"), many=True).data)


class AssignedWrapup(ApiView):
    """How an agent's part ended."""

    @extend_schema(parameters=[WrapupQuery], responses=AssignedWrapupCodeWire)
    def get(self, request: Request, conversation_id: uuid.UUID, participant_id: uuid.UUID, **where: Any) -> Response:
        """The code, notes and tags; 404 as long as it is not wrapped up."""
        if where.get("communication_id", participant_id) != participant_id:
            raise NotFound
        part = taking_part.part_of_agent(self.user, conversation_id, participant_id)
        if not isinstance(part, Handling) or not (part.wrapped_up_at or self.asked(WrapupQuery)["provisional"]):
            raise NotFound
        return answer(AssignedWrapupCodeWire, wrapup_out(part))


class CommunicationWrapup(AssignedWrapup):
    """How an agent's communication ended; it has the id of its participant."""

    @extend_schema(request=WrapupInputWire, responses={204: None})
    @creates
    def post(
        self, request: Request, conversation_id: uuid.UUID, participant_id: uuid.UUID, communication_id: uuid.UUID
    ) -> Response:
        """Say how it ended. While the conversation runs, or `provisional`, it is kept; after its end it is final."""
        if communication_id != participant_id:
            raise NotFound
        write_wrapup(self.user, conversation_id, participant_id, self.given(WrapupInputWire))
        return Response(status=204)


def write_wrapup(user: User, conversation_id: uuid.UUID, participant_id: uuid.UUID, given: dict[str, Any]) -> None:
    """Say how the user's own part ended. Raises what the use cases raise, and Conflict where that was said before."""
    work = taking_part.own_handling(user, conversation_id, participant_id)
    if work.wrapped_up_at:
        raise Conflict("It is wrapped up already.", code="wrapped.up")
    write = wrapup.save_wrap_up if given.get("provisional") or not work.ended_at else wrapup.finish_wrap_up
    write(
        user,
        conversation_id,
        code_id=_code(work, given.get("code") or given.get("name") or ""),
        notes=given.get("notes") or "",
        tags=given.get("tags"),
    )


def _code(work: Handling, word: str) -> str | None:
    """The id of a code that is named by id or by name."""
    named: WrapUpCode | None = work.queue.wrap_up_codes.filter(name=word).first() if word else None
    return str(named.pk) if named else word or None


PART = "participants/<uuid:participant_id>"
COMMUNICATION = f"{PART}/communications/<uuid:communication_id>"
urlpatterns = [
    route
    for conversation in ("conversations/<uuid:conversation_id>", "conversations/messages/<uuid:conversation_id>")
    for route in (
        path(f"{conversation}/{PART}/wrapupcodes", Codes.as_view()),
        path(f"{conversation}/{PART}/wrapup", AssignedWrapup.as_view()),
        path(f"{conversation}/{COMMUNICATION}/wrapup", CommunicationWrapup.as_view()),
    )
]
