"""Taking part in a conversation: answer, decline, end, park, hand over, and routing it anew."""

import uuid
from typing import Any

from django.db import transaction
from django.urls import path
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from interactions import handling, requeueing, taking_part
from queues.models import Skill
from socialcare.errors import Invalid, NotFound

from .base import ApiView, answer
from .conversation_wires import LinkWire
from .conversation_wrapup import WrapupInputWire, write_wrapup
from .idempotency import creates
from .naming import naming
from .wire import Wire, ref

STATES = ("connected", "disconnected", "parked")
FARTHEST = 25_000_000
"""Points of priority, up and down."""


class MediaParticipantRequestWire(Wire):
    """What is to become of somebody's part."""

    state = serializers.ChoiceField(choices=STATES, required=False)
    wrapup = WrapupInputWire(required=False, allow_null=True)


class ParkingStateRequestWire(Wire):
    """Put aside, or taken up again."""

    state = serializers.ChoiceField(choices=("parked", "connected"))


class TransferRequestWire(Wire):
    """To whom: a queue or an agent."""

    queue_id = serializers.UUIDField(required=False, allow_null=True)
    user_id = serializers.UUIDField(required=False, allow_null=True)


class ConversationUserWire(Wire):
    """Somebody of the house; the id may be called `id` or `userId`."""

    id = serializers.UUIDField(required=False)
    user_id = serializers.UUIDField(required=False)


class RoutingConversationAttributesWire(Wire):
    """By what it is to be routed; what is not named stays."""

    priority = serializers.IntegerField(required=False, allow_null=True, min_value=-FARTHEST, max_value=FARTHEST)
    skill_ids = serializers.ListField(
        child=serializers.UUIDField(), required=False, allow_null=True, allow_empty=True, max_length=50
    )
    language_id = serializers.UUIDField(required=False, allow_null=True)


class RoutingConversationWire(Wire):
    """By what it is routed."""

    priority = serializers.IntegerField()
    skills = LinkWire(many=True)
    language = LinkWire(required=False)


class OneParticipant(ApiView):
    """Somebody's part."""

    def initial(self, request: Request, *args: Any, **where: Any) -> None:
        """When it was asked: two who race may not have seen each other's doing."""
        self.asked_at = timezone.now()
        super().initial(request, *args, **where)

    @extend_schema(request=MediaParticipantRequestWire, responses={204: None})
    def patch(self, request: Request, conversation_id: uuid.UUID, participant_id: uuid.UUID) -> Response:
        """`connected` answers, or takes up what is parked; `disconnected` declines or ends; `parked` parks."""
        given = self.given(MediaParticipantRequestWire)
        part = (self.user, conversation_id, participant_id)
        # All of it or nothing: a wrap-up that is refused ends no conversation
        with transaction.atomic():
            self.act(part, given)
        return Response(status=204)

    def act(self, part: tuple[User, uuid.UUID, uuid.UUID], given: dict[str, Any]) -> None:
        """Move on, and wrap up."""
        match given.get("state"):
            case None if not given.get("wrapup"):
                taking_part.own_handling(*part)
                raise Invalid("A state is missing.", field="state")
            case "connected":
                taking_part.connect(*part)
            case "disconnected":
                taking_part.disconnect(*part, self.asked_at)
            case "parked":
                taking_part.at_work(*part)
                handling.park(*part[:2])
        if wrapped_up := given.get("wrapup"):
            write_wrapup(*part, wrapped_up)


class OneCommunication(OneParticipant):
    """Somebody's part, by its communication, which has the same id."""

    @extend_schema(request=MediaParticipantRequestWire, responses={204: None})
    def patch(  # type: ignore[override]
        self, request: Request, conversation_id: uuid.UUID, participant_id: uuid.UUID, communication_id: uuid.UUID
    ) -> Response:
        """As for the participant."""
        if communication_id != participant_id:
            raise NotFound
        return super().patch(request, conversation_id, participant_id)


class ParkingState(ApiView):
    """Whether somebody's part is put aside."""

    @extend_schema(request=ParkingStateRequestWire, responses={204: None})
    def patch(self, request: Request, conversation_id: uuid.UUID, participant_id: uuid.UUID) -> Response:
        """`parked` puts it aside and frees its place; `connected` takes it up again."""
        wanted = self.given(ParkingStateRequestWire)["state"]
        taking_part.at_work(self.user, conversation_id, participant_id)
        act = handling.park if wanted == "parked" else handling.resume
        act(self.user, conversation_id)
        return Response(status=204)


class Replace(ApiView):
    """Handing over."""

    @extend_schema(request=TransferRequestWire, responses={204: None})
    @creates
    def post(self, request: Request, conversation_id: uuid.UUID, participant_id: uuid.UUID) -> Response:
        """To a queue, where it waits; or to an agent, to whom it is offered."""
        given = self.given(TransferRequestWire)
        taking_part.part_to_hand_over(self.user, conversation_id, participant_id)
        queue, agent = given.get("queue_id"), given.get("user_id")
        if bool(queue) == bool(agent):
            raise Invalid("One of queueId and userId is expected.", field="queueId")
        with naming(queue="queueId", agent="userId"):
            if queue:
                handling.transfer_to_queue(self.user, conversation_id, queue)
            else:
                handling.transfer_to_agent(self.user, conversation_id, agent)
        return Response(status=204)


class Assign(ApiView):
    """Giving it to somebody."""

    @extend_schema(request=ConversationUserWire, responses=OpenApiTypes.STR)
    @creates
    def post(self, request: Request, conversation_id: uuid.UUID) -> Response:
        """Offer the conversation to one particular agent; answers with its id."""
        given = self.given(ConversationUserWire)
        agent = given.get("user_id") or given.get("id")
        if not agent:
            raise Invalid("An id is missing.", field="id")
        with naming(agent="id"):
            handling.assign(self.user, conversation_id, agent)
        return Response(str(conversation_id))


class RoutedConversation(ApiView):
    """A conversation that waits."""

    @extend_schema(request=RoutingConversationAttributesWire, responses=RoutingConversationWire)
    def patch(self, request: Request, conversation_id: uuid.UUID) -> Response:
        """Change the priority, the skills or the language by which it is routed."""
        given = self.given(RoutingConversationAttributesWire)
        with naming(skills="skillIds", language="languageId"):
            interaction = requeueing.route_anew(
                self.user,
                conversation_id,
                priority=given.get("priority"),
                skill_ids=given.get("skill_ids"),
                language_id=given.get("language_id"),
            )
        skills = list(interaction.skills.all())
        told = {
            "priority": interaction.priority,
            "skills": [ref("routing/skills", each) for each in skills if each.kind == Skill.Kind.SKILL],
        }
        for language in [each for each in skills if each.kind == Skill.Kind.LANGUAGE][:1]:
            told["language"] = ref("routing/languages", language)
        return answer(RoutingConversationWire, told)


MESSAGE, ANY = "conversations/messages/<uuid:conversation_id>", "conversations/<uuid:conversation_id>"
PART = "participants/<uuid:participant_id>"
urlpatterns = [
    path(f"{MESSAGE}/{PART}", OneParticipant.as_view()),
    path(f"{MESSAGE}/{PART}/communications/<uuid:communication_id>", OneCommunication.as_view()),
    path(f"{MESSAGE}/{PART}/parkingstate", ParkingState.as_view()),
    path(f"{MESSAGE}/{PART}/replace", Replace.as_view()),
    path(f"{ANY}/{PART}/replace", Replace.as_view()),
    path(f"{ANY}/{PART}/replace/queue", Replace.as_view()),
    path(f"{ANY}/{PART}/replace/agent", Replace.as_view()),
    path(f"{ANY}/assign", Assign.as_view()),
    path("routing/conversations/<uuid:conversation_id>", RoutedConversation.as_view()),
]
