"""Messages of a conversation: reading them, and replying in private and in public."""

import uuid
from typing import Any

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from delivery import replying
from interactions import finding, taking_part
from interactions.drafts import DRAFT_LENGTH
from interactions.models import Message, Visibility
from socialcare.errors import Invalid

from .base import ApiView, answer, found
from .idempotency import creates
from .json_types import checked
from .message_out import message_out, messages_to_tell
from .message_wires import MessageDataWire, TextMessageListingWire
from .naming import naming
from .wire import Wire

MOST = 1000
"""Messages that are read at once."""
IDS = {"type": "array", "items": {"type": "string", "format": "uuid"}, "maxItems": MOST}
PRESSES = uuid.UUID("6f1e1c1e-0000-4000-8000-0000000000bb")
"""Under which a request's Idempotency-Key becomes a press of Send."""


class AdditionalMessageWire(Wire):
    """A text, or one file."""

    text_body = serializers.CharField(
        required=False, allow_null=True, allow_blank=True, max_length=DRAFT_LENGTH, trim_whitespace=False
    )
    media_ids = serializers.ListField(child=serializers.UUIDField(), required=False, allow_null=True, max_length=1)


class AdditionalSocialMediaMessageWire(AdditionalMessageWire):
    """A text, or one file, for all to read."""

    in_reply_to_message_id = serializers.UUIDField(required=False, allow_null=True)


class TypingWire(Wire):
    """Since when, and for how many milliseconds."""

    type = serializers.ChoiceField(choices=("On",))
    duration = serializers.IntegerField(required=False, allow_null=True, min_value=0, max_value=600_000)


class ConversationTypingWire(Wire):
    """The agent is typing."""

    typing = TypingWire()


class PrivateReply(ApiView):
    """Writing to the customer alone."""

    @extend_schema(request=AdditionalMessageWire, responses=MessageDataWire)
    @creates
    def post(self, request: Request, conversation_id: uuid.UUID, communication_id: uuid.UUID) -> Response:
        """Reply in private, with a text or one file."""
        given = self.given(AdditionalMessageWire)
        return self.reply(conversation_id, communication_id, Visibility.PRIVATE, given)

    def reply(
        self, conversation_id: uuid.UUID, communication_id: uuid.UUID, visibility: str, given: dict[str, Any]
    ) -> Response:
        """Send what is given, as one message."""
        taking_part.at_work(self.user, conversation_id, communication_id)
        text, files = given.get("text_body") or "", given.get("media_ids") or []
        if bool(text.strip()) == bool(files):
            raise Invalid("Either textBody or one of mediaIds is expected.", field="textBody")
        with naming(text="textBody", attachments="mediaIds", in_reply_to="inReplyToMessageId"):
            sent = replying.reply(
                self.user,
                conversation_id,
                visibility=visibility,
                text=text,
                attachment_ids=files,
                in_reply_to_id=given.get("in_reply_to_message_id"),
                key=self._press(),
                # Who comes to the address for public replies means to reply in public
                confirmed=True,
            )
        return answer(MessageDataWire, message_out(messages_to_tell(Message.objects.all()).get(pk=sent[0].pk)))

    def _press(self) -> uuid.UUID:
        key = self.request.headers.get("Idempotency-Key", "")
        return uuid.uuid5(PRESSES, f"{self.user.pk} {key}") if key else uuid.uuid4()


class PublicReply(PrivateReply):
    """Writing to the customer for all to read."""

    @extend_schema(request=AdditionalSocialMediaMessageWire, responses=MessageDataWire)
    @creates
    def post(self, request: Request, conversation_id: uuid.UUID, communication_id: uuid.UUID) -> Response:
        """Reply in public, to one post or to the newest, with a text or one file."""
        given = self.given(AdditionalSocialMediaMessageWire)
        return self.reply(conversation_id, communication_id, Visibility.PUBLIC, given)


class Typing(ApiView):
    """The agent is typing."""

    @extend_schema(request=ConversationTypingWire, responses={204: None})
    def post(self, request: Request, conversation_id: uuid.UUID, communication_id: uuid.UUID) -> Response:
        """Say so. No platform here can tell the customer yet: it is checked, and nothing follows from it."""
        self.given(ConversationTypingWire)
        taking_part.at_work(self.user, conversation_id, communication_id)
        return Response(status=204)


class OneMessage(ApiView):
    """A message."""

    @extend_schema(responses=MessageDataWire)
    def get(self, request: Request, conversation_id: uuid.UUID, message_id: uuid.UUID) -> Response:
        """What was said, and what the platform said about it."""
        interaction = finding.find(self.user, conversation_id)
        return answer(MessageDataWire, message_out(found(messages_to_tell(interaction.messages.all()), pk=message_id)))


class MessageById(ApiView):
    """A message, wherever it is."""

    @extend_schema(responses=MessageDataWire)
    def get(self, request: Request, message_id: uuid.UUID) -> Response:
        """What was said, and what the platform said about it."""
        visible = messages_to_tell(Message.objects.visible_to(self.user))
        return answer(MessageDataWire, message_out(found(visible, pk=message_id)))


class Bulk(ApiView):
    """Many messages at once."""

    @extend_schema(request={"application/json": IDS}, responses=TextMessageListingWire)
    def post(self, request: Request, conversation_id: uuid.UUID) -> Response:
        """The messages of these ids, oldest first; what is not in this conversation is left out."""
        ids = checked(serializers.ListField(child=serializers.UUIDField(), max_length=MOST), request.data)
        interaction = finding.find(self.user, conversation_id)
        rows = messages_to_tell(interaction.messages.filter(pk__in=ids)).order_by("created_at", "pk")
        return answer(TextMessageListingWire, {"entities": [message_out(row) for row in rows]})


CONVERSATION = "conversations/messages/<uuid:conversation_id>"
COMMUNICATION = f"{CONVERSATION}/communications/<uuid:communication_id>"
urlpatterns = [
    path(f"{COMMUNICATION}/messages", PrivateReply.as_view()),
    path(f"{COMMUNICATION}/socialmedia/messages", PublicReply.as_view()),
    path(f"{COMMUNICATION}/typing", Typing.as_view()),
    path(f"{CONVERSATION}/messages/bulk", Bulk.as_view()),
    path(f"{CONVERSATION}/messages/<uuid:message_id>", OneMessage.as_view()),
    path("conversations/messages/<uuid:message_id>/details", MessageById.as_view()),
]
