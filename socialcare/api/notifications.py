"""Channels on which one is told live what happens."""

import uuid
from typing import Any

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from .base import ApiView, answer, found
from .idempotency import creates
from .live import channels
from .live.topics import CONVERSATIONS, PERSON, PRESENCE, QUEUE, STATUS, Judged, parse
from .models import Channel
from .wire import Time, Wire, Words, uri

SOCKETS = "/ws/notifications/"
EXPANDS = (
    *("description", "enforced", "permissionDetails", "publicApiTemplateUriPaths", "requiresCurrentUser", "schema"),
    *("requiresCurrentUserOrPermission", "requiresPermissions", "topicParameters", "transports", "visibility"),
)
VIEWING = "conversation:message:view"
AVAILABLE: tuple[tuple[str, str, str, list[str], list[str]], ...] = (
    (PERSON, CONVERSATIONS, "A person's conversations.", [VIEWING], ["/api/v2/conversations/messages"]),
    (PERSON, STATUS, "What routing makes of an agent.", [], ["/api/v2/users/{id}/routingstatus"]),
    (PERSON, PRESENCE, "What a person says they are doing.", [], ["/api/v2/users/{id}/presences/purecloud"]),
    (QUEUE, CONVERSATIONS, "The conversations of a queue.", [VIEWING], ["/api/v2/conversations/messages/{id}"]),
)


class ChannelWire(Wire):
    """A channel, and the secret address of its WebSocket. Of other tokens' channels only that they are there."""

    id = serializers.UUIDField(required=False)
    connect_uri = serializers.CharField(required=False)
    expires = Time()


class ChannelsQuery(Wire):
    """Whose: those of this token, or of all tokens of the user."""

    includechannels = serializers.ChoiceField(choices=("token", "oauthclient"), default="token")


class ChannelListWire(Wire):
    """Channels."""

    entities = ChannelWire(many=True)


class ChannelTopicWire(Wire):
    """A topic of a channel, and whether it is permitted."""

    id = serializers.CharField(max_length=200)
    state = serializers.CharField(read_only=True)
    rejection_reason = serializers.CharField(read_only=True)
    missing_permissions = serializers.ListField(child=serializers.CharField(), read_only=True)
    self_uri = serializers.CharField(read_only=True)


class ChannelTopicListWire(Wire):
    """Topics."""

    entities = ChannelTopicWire(many=True)


class SubscribingQuery(Wire):
    """Whether topics that are refused are passed over, instead of refusing all."""

    ignore_errors = serializers.BooleanField(default=False)


class TopicsQuery(Wire):
    """Taken and not needed: everything is always told."""

    expand = Words(EXPANDS)
    include_preview = serializers.BooleanField(default=True)


class AvailableTopicWire(Wire):
    """Something one can be told of."""

    id = serializers.CharField()
    description = serializers.CharField()
    requires_permissions = serializers.ListField(child=serializers.CharField())
    requires_current_user_or_permission = serializers.BooleanField()
    enforced = serializers.BooleanField()
    visibility = serializers.CharField()
    transports = serializers.ListField(child=serializers.CharField())
    public_api_template_uri_paths = serializers.ListField(child=serializers.CharField())
    topic_parameters = serializers.ListField(child=serializers.CharField())


class AvailableTopicListWire(Wire):
    """What one can be told of."""

    entities = AvailableTopicWire(many=True)


class Channels(ApiView):
    """The channels of a token."""

    @extend_schema(parameters=[ChannelsQuery], responses=ChannelListWire)
    def get(self, request: Request) -> Response:
        """Those of this token; with `includechannels=oauthclient` also that the user has others."""
        everyones = self.asked(ChannelsQuery)["includechannels"] == "oauthclient"
        rows = channels.of(self.user).select_related("token").order_by("created_at", "pk")
        own = [row for row in rows if everyones or row.token.token_checksum == request.auth]
        return answer(ChannelListWire, {"entities": [channel_out(request, row) for row in own]})

    @extend_schema(request=None, responses=ChannelWire)
    @creates
    def post(self, request: Request) -> Response:
        """A new channel, good for 24 hours. Of more than 20 of a user the oldest ends."""
        return answer(ChannelWire, channel_out(request, channels.make(self.user, str(request.auth))))


class OneChannel(ApiView):
    """A channel."""

    @extend_schema(request=None, responses={200: None})
    def head(self, request: Request, channel_id: uuid.UUID) -> Response:
        """Whether it is still good."""
        found(channels.of(self.user), pk=channel_id)
        return Response()

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request, channel_id: uuid.UUID) -> Response:
        """End it; its WebSocket is closed."""
        channels.end(found(channels.of(self.user), pk=channel_id), "The channel was ended.")
        return Response(status=204)


class Subscriptions(ApiView):
    """What a channel is told of."""

    @extend_schema(responses=ChannelTopicListWire)
    def get(self, request: Request, channel_id: uuid.UUID) -> Response:
        """The topics."""
        names = self._channel(channel_id).topics.values_list("name", flat=True)
        return _topics(channel_id, [Judged(name) for name in names])

    @extend_schema(parameters=[SubscribingQuery], request=ChannelTopicWire(many=True), responses=ChannelTopicListWire)
    def put(self, request: Request, channel_id: uuid.UUID) -> Response:
        """These topics, and no others."""
        return self._subscribe(channel_id, replace=True)

    @extend_schema(parameters=[SubscribingQuery], request=ChannelTopicWire(many=True), responses=ChannelTopicListWire)
    @creates
    def post(self, request: Request, channel_id: uuid.UUID) -> Response:
        """These topics too; at most 1,000 in all."""
        return self._subscribe(channel_id, replace=False)

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request, channel_id: uuid.UUID) -> Response:
        """No topics."""
        channels.unsubscribe(self._channel(channel_id))
        return Response(status=204)

    def _subscribe(self, channel_id: uuid.UUID, *, replace: bool) -> Response:
        forgive = self.asked(SubscribingQuery)["ignore_errors"]
        channel = self._channel(channel_id)
        names = [each["id"] for each in self.given(ChannelTopicWire, many=True)]
        judged = channels.subscribe(channel, names, replace=replace, forgive=forgive)
        return _topics(channel_id, judged)

    def _channel(self, channel_id: uuid.UUID) -> Channel:
        return found(channels.of(self.user).select_related("owner"), pk=channel_id)


class AvailableTopics(ApiView):
    """What one can be told of."""

    @extend_schema(parameters=[TopicsQuery], responses=AvailableTopicListWire)
    def get(self, request: Request) -> Response:
        """All topics."""
        self.asked(TopicsQuery)
        return answer(AvailableTopicListWire, {"entities": [_available(*row) for row in AVAILABLE]})


def channel_out(request: Request, channel: Channel) -> dict[str, Any]:
    """A channel, as the API tells of it to the bearer of this token."""
    if channel.token.token_checksum != request.auth:
        return {"expires": channel.expires}
    address = request.build_absolute_uri(f"{SOCKETS}{channels.key_of(channel)}")
    return {"id": channel.pk, "connect_uri": address.replace("http", "ws", 1), "expires": channel.expires}


def _topics(channel_id: uuid.UUID, judged: list[Judged]) -> Response:
    at = f"{uri('notifications/channels', channel_id)}/subscriptions"

    def told(one: Judged) -> dict[str, Any]:
        topic = parse(one.name)
        return {
            "id": topic.name if topic else one.name,
            "state": "Rejected" if one.refusal else "Permitted",
            "rejection_reason": str(one.refusal or ""),
            "missing_permissions": [one.missing.wire] if one.missing else [],
            "self_uri": at,
        }

    return answer(ChannelTopicListWire, {"entities": [told(one) for one in judged]})


def _available(subject: str, kind: str, description: str, permissions: list[str], paths: list[str]) -> dict[str, Any]:
    return {
        "id": f"v2.{subject}.{{id}}.{kind}",
        "description": description,
        "requires_permissions": permissions,
        "requires_current_user_or_permission": subject == PERSON and bool(permissions),
        "enforced": True,
        "visibility": "Public",
        "transports": ["Websocket"],
        "public_api_template_uri_paths": paths,
        "topic_parameters": ["id"],
    }


urlpatterns = [
    path("notifications/availabletopics", AvailableTopics.as_view()),
    path("notifications/channels", Channels.as_view()),
    path("notifications/channels/<uuid:channel_id>", OneChannel.as_view()),
    path("notifications/channels/<uuid:channel_id>/subscriptions", Subscriptions.as_view()),
]
