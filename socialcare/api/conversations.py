"""Conversations: what I have to do, who takes part in one, and how."""

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from interactions import finding
from interactions.models import Interaction

from .base import ApiView, answer
from .conversation_out import conversation_out, conversations_out, whole_conversation_out
from .conversation_wires import ConversationWire, MessageConversationWire
from .paging import PageQuery, listing, listing_of

MOST = 500
"""Conversations that one can have at once."""


class MyConversations(ApiView):
    """What I have to do."""

    @extend_schema(parameters=[PageQuery], responses=listing_of(MessageConversationWire))
    def get(self, request: Request) -> Response:
        """My conversations: alerting, connected, parked, and those whose wrap-up is pending."""
        mine = Interaction.objects.at_hand(self.user).order_by("started_at", "pk")
        return listing(request, Told(mine[:MOST]), MessageConversationWire)


class Told(Sequence[Any]):
    """Conversations, told of only as far as they are asked for."""

    def __init__(self, rows: Iterable[Interaction]) -> None:
        self._rows = list(rows)

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, stretch: Any) -> Any:
        return conversations_out(self._rows[stretch])


class OneMessageConversation(ApiView):
    """A conversation by its messages."""

    @extend_schema(responses=MessageConversationWire)
    def get(self, request: Request, conversation_id: uuid.UUID) -> Response:
        """Who takes part and how, and where each message stands."""
        return answer(MessageConversationWire, conversation_out(finding.find(self.user, conversation_id)))


class OneConversation(ApiView):
    """A conversation, whole."""

    @extend_schema(responses=ConversationWire)
    def get(self, request: Request, conversation_id: uuid.UUID) -> Response:
        """Who takes part, and by which communications."""
        return answer(ConversationWire, whole_conversation_out(finding.find(self.user, conversation_id)))


urlpatterns = [
    path("conversations/messages", MyConversations.as_view()),
    path("conversations/messages/<uuid:conversation_id>", OneMessageConversation.as_view()),
    path("conversations/<uuid:conversation_id>", OneConversation.as_view()),
]
