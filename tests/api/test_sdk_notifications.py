"""The notification channel through the public SDK and a real WebSocket, against the running product."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.api.conftest import sdk_client
from tests.api.sdk import read_as

if TYPE_CHECKING:
    from tests.product import Product

pytestmark = [pytest.mark.long, pytest.mark.timeout(240)]
PATIENCE = 20.0
EVENT_OF = {
    "conversations.messages": "ConversationMessageEventTopicMessageConversation",
    "routingStatus": "UserRoutingStatusUserRoutingStatus",
    "presence": "PresenceEventUserPresence",
}


class Agent:
    """Alice at her own client: the SDK, and a WebSocket beside it."""

    def __init__(self, product: "Product", name: str = "alice") -> None:
        import PureCloudPlatformClientV2 as sdk  # noqa: N813

        client = sdk_client(product, name)
        self.sdk = sdk
        self.channels = sdk.NotificationsApi(client)
        self.users, self.routing = sdk.UsersApi(client), sdk.RoutingApi(client)
        self.id = self.users.get_users_me().id

    def topic(self, kind: str) -> Any:
        topic = self.sdk.ChannelTopic()
        topic.id = f"v2.users.{self.id}.{kind}"
        return topic

    def be(self, status: str) -> None:
        """Set the routing status."""
        wanted = self.sdk.RoutingStatus()
        wanted.status = status
        self.users.put_user_routingstatus(self.id, wanted)


def told(line: ClientConnection, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The next event of which `wanted` is true; every event is read as the SDK's model."""
    while True:
        message = json.loads(line.recv(timeout=PATIENCE))
        kind = message["topicName"].partition(".")[2].partition(".")[2].partition(".")[2]
        if kind in EVENT_OF:
            read_as(EVENT_OF[kind], message["eventBody"])
        if wanted(message):
            return message


def saying(what: str, name: str, value: str) -> Callable[[dict[str, Any]], bool]:
    return lambda event: event["eventBody"].get(what, {}).get(name) == value


@contextmanager
def listening(agent: Agent, *kinds: str) -> Iterator[tuple[str, ClientConnection]]:
    channel = agent.channels.post_notifications_channels()
    agent.channels.put_notifications_channel_subscriptions(channel.id, [agent.topic(kind) for kind in kinds])
    with connect(channel.connect_uri) as line:
        yield channel.connect_uri, line


def test_a_wallboard_follows_an_agent(live_product: "Product") -> None:
    # In no queue: an offer of what other tests have left waiting would follow so fast that nobody is told of IDLE.
    ada = Agent(live_product, "admin")
    with listening(ada, "routingStatus", "presence") as (_uri, line):
        for status, presence in (("IDLE", "ON_QUEUE"), ("OFF_QUEUE", "AVAILABLE")):
            ada.be(status)
            assert told(line, saying("routingStatus", "status", status))["eventBody"]["id"] == ada.id
            told(line, saying("presenceDefinition", "systemPresence", presence))


def test_a_ping_and_what_is_subscribed(live_product: "Product") -> None:
    alice = Agent(live_product)
    with listening(alice, "presence") as (uri, line):
        line.send(json.dumps({"message": "ping"}))
        told(line, lambda event: event["eventBody"] == {"message": "pong"})
        channel = next(each for each in alice.channels.get_notifications_channels().entities if each.connect_uri == uri)
        [topic] = alice.channels.get_notifications_channel_subscriptions(channel.id).entities
        assert (topic.id, topic.state) == (alice.topic("presence").id, "Permitted")
        alice.channels.delete_notifications_channel_subscriptions(channel.id)
        assert alice.channels.get_notifications_channel_subscriptions(channel.id).entities == []
    assert len(alice.channels.get_notifications_availabletopics(expand=["description"]).entities) == 4


def test_the_sdks_own_words_are_understood(live_product: "Product") -> None:
    from PureCloudPlatformClientV2.rest import ApiException

    alice = Agent(live_product)
    channel = alice.channels.post_notifications_channels()
    wrong = alice.topic("nonsense")
    with pytest.raises(ApiException) as refused:
        alice.channels.post_notifications_channel_subscriptions(channel.id, [wrong])
    assert refused.value.status == 400
    answer = alice.channels.post_notifications_channel_subscriptions(channel.id, [wrong], ignore_errors=True)
    assert [each.state for each in answer.entities] == ["Rejected"]
    with pytest.raises(ApiException) as refused:
        alice.channels.get_notifications_channel_subscriptions("00000000-0000-4000-8000-000000000000")
    assert refused.value.status == 404


def test_a_second_connection_and_a_wrong_address(live_product: "Product") -> None:
    alice = Agent(live_product)
    with listening(alice, "presence") as (uri, first), connect(uri) as second:
        told(first, lambda event: event["topicName"] == "v2.system.socket_closing")
        with pytest.raises(ConnectionClosed):
            first.recv(timeout=PATIENCE)
        second.send(json.dumps({"message": "ping"}))
        told(second, lambda event: event["eventBody"] == {"message": "pong"})
        with pytest.raises(InvalidStatus):
            connect(f"{uri}x").close()


def test_an_origin_does_not_matter(live_product: "Product") -> None:
    alice = Agent(live_product)
    uri = alice.channels.post_notifications_channels().connect_uri
    with connect(uri, origin="https://wallboard.example.org") as line:  # type: ignore[arg-type]
        line.send(json.dumps({"message": "ping"}))
        told(line, lambda event: event["eventBody"] == {"message": "pong"})
