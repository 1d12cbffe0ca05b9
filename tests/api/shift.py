"""A house configured by the SDK alone, its customers, and agents who work without the panel."""

import json
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx
import PureCloudPlatformClientV2 as sdk  # noqa: N813
import pytest
from PureCloudPlatformClientV2.rest import ApiException
from websockets.sync.client import ClientConnection, connect

from tests.api.conftest import sdk_client
from tests.api.sdk import read_as
from tests.api.webhook import Webhook

if TYPE_CHECKING:
    from tests.product import Product

PATIENCE = 20.0
ON_QUEUE = ("message:accept", "message:view", "message:park", "communication:blindtransfer")
LEADING = ("message:assign", "message:pull")
BY_INTEGRATION = {"alice": ("message:create", "socialmedia:create"), "bob": ("message:create",)}


def known(answer: Any) -> Any:
    """The answer, every enum value of which is one that the SDK knows."""
    assert "outdated_sdk_version" not in str(answer).lower()
    return answer


def refused(status: int, call: Callable[..., Any], *given: Any, **named: Any) -> dict[str, Any]:
    """The error of a call that must be refused with this status."""
    with pytest.raises(ApiException) as error:
        call(*given, **named)
    assert error.value.status == status, error.value
    body: dict[str, Any] = json.loads(error.value.body)
    return body


class House:
    """A queue of its own, a second one, codes and an open integration; made by a service client."""

    def __init__(self, product: "Product", webhook: Webhook) -> None:
        self.product, self.webhook = product, webhook
        self.client = sdk_client(product, "admin")
        self.routing, self.users = sdk.RoutingApi(self.client), sdk.UsersApi(self.client)
        self.conversations, self.social = sdk.ConversationsApi(self.client), sdk.SocialMediaApi(self.client)
        everybody = self.users.get_users(page_size=100).entities
        self.people = {person.username: person.id for person in everybody}
        self.queue, self.second = self._queue("Care"), self._queue("Second line")
        self.code = self.routing.post_routing_wrapupcodes({"name": f"Solved {uuid.uuid4()}"})
        self.routing.post_routing_queue_wrapupcodes(self.queue.id, [{"id": self.code.id}])
        self.integration = self._integration()
        self._joined: dict[str, set[str]] = {}
        self.canned = self._canned("I am looking into it, {{CUSTOMER_NAME}}")

    def call(self, method: str, path: str, body: Any) -> Any:
        """What the SDK has no method for, by its plain door."""
        return self.client.call_api(
            f"/api/v2/{path}",
            method,
            header_params={"Content-Type": "application/json", "Accept": "application/json"},
            body=body,
            auth_settings=["PureCloud OAuth"],
            response_type="object",
        )

    def _queue(self, name: str) -> Any:
        made = self.routing.post_routing_queues(
            {
                "name": f"{name} {uuid.uuid4()}",
                "acwSettings": {"wrapupPrompt": "MANDATORY"},
                "mediaSettings": {"message": {"alertingTimeoutSeconds": 60}},
            }
        )
        rights = {"alice": ON_QUEUE, "bob": ON_QUEUE, "sam": (*ON_QUEUE, *LEADING)}
        self._grant(f"routing/queues/{made.id}", rights)
        return made

    def _grant(self, path: str, rights: dict[str, tuple[str, ...]]) -> None:
        self.call(
            "PUT",
            f"{path}/grants",
            [
                {
                    "subject": {"id": self.people[name], "type": "USER"},
                    "permissions": [f"conversation:{each}" for each in each_right],
                }
                for name, each_right in rights.items()
            ],
        )

    def _integration(self) -> Any:
        place = "conversations/messaging/integrations/open"
        made = self.call(
            "POST",
            place,
            {
                "name": f"Shop {uuid.uuid4()}",
                "outboundNotificationWebhookUrl": self.webhook.url,
                "outboundNotificationWebhookSignatureSecretToken": self.webhook.secret,
                "queue": {"id": self.queue.id},
            },
        )
        admin = {"admin": ("message:receive",)}
        self._grant(f"{place}/{made['id']}", BY_INTEGRATION | admin)
        return made

    def _canned(self, words: str) -> Any:
        responses = sdk.ResponseManagementApi(self.client)
        library = responses.post_responsemanagement_libraries({"name": f"Parcels {uuid.uuid4()}"})
        texts = [{"content": words, "contentType": "text/plain"}]
        return responses.post_responsemanagement_responses(
            {"name": f"Looking {library.id}", "libraries": [{"id": library.id}], "texts": texts}
        )

    def staff(self, queue: Any, *names: str) -> None:
        """Let these work in the queue, and in no other one, with room for more than they have."""
        for name in names:
            pk = self.people[name]
            if name not in self._joined:
                self._joined[name] = self._queues_of(pk)
                room = {"utilization": {"message": {"maximumCapacity": 25}}}
                self.routing.put_routing_user_utilization(pk, room)
            for other in self._joined[name] - {queue.id}:
                self.routing.patch_routing_queue_member(other, pk, {"id": pk, "joined": False})
            self._joined[name] = {queue.id}
        self.routing.post_routing_queue_members(queue.id, [{"id": self.people[name]} for name in names])
        for name in names:
            pk = self.people[name]
            self.routing.patch_routing_queue_member(queue.id, pk, {"id": pk, "joined": True})

    def _queues_of(self, pk: str) -> set[str]:
        queues = self.routing.get_routing_queues(page_size=100).entities
        return {each.id for each in queues if pk in self._members(each.id)}

    def _members(self, queue: str) -> set[str]:
        return {each.id for each in self.routing.get_routing_queue_members(queue, page_size=100).entities}


class Customer:
    """Somebody who writes to the integration."""

    def __init__(self, house: House, name: str) -> None:
        self.house, self.name, self.id = house, name, str(uuid.uuid4())

    def write(self, text: str) -> Any:
        """In private. Gives the message as it was stored."""
        body = {"channel": {"messageId": str(uuid.uuid4()), "from": self._itself}, "text": text}
        take = self.house.conversations.post_conversations_message_inbound_open_message
        return known(take(self.house.integration["id"], body))

    def post(self, *texts: str) -> list[Any]:
        """In public, in bulk. Gives the posts as they were stored."""
        take = self.house.social.post_socialmedia_topic_dataingestionrules_open_rule_id_messages_bulk
        rule = (self.house.integration["topicId"], self.house.integration["ruleId"])
        return list(known(take(*rule, [self._post(text) for text in texts])).entities)

    def _post(self, text: str) -> dict[str, Any]:
        name = str(uuid.uuid4())
        public = {"rootId": "root", "url": f"https://shop.example/{name}"}
        channel = {"messageId": name, "from": self._itself, "type": "Public", "publicMetadata": public}
        return {"channel": channel, "text": text, "type": "Text"}

    def tell(self, message: dict[str, Any], status: str, **facts: Any) -> None:
        """What became of a message of the house."""
        take = self.house.conversations.post_conversations_message_inbound_open_receipt
        body = {"id": message["id"], "status": status, "channel": {"from": self._itself}, **facts}
        known(take(self.house.integration["id"], body))

    @property
    def _itself(self) -> dict[str, str]:
        return {"id": self.id, "idType": "Opaque", "nickname": self.name}


class Agent:
    """Somebody who works by the SDK, and hears by a notification channel."""

    def __init__(self, product: "Product", name: str) -> None:
        client = sdk_client(product, name)
        self.users, self.conversations = sdk.UsersApi(client), sdk.ConversationsApi(client)
        self.responses, self.channels = sdk.ResponseManagementApi(client), sdk.NotificationsApi(client)
        self.id: str = self.users.get_users_me().id
        self.line: ClientConnection | None = None

    @contextmanager
    def listening(self) -> Iterator["Agent"]:
        """With a channel that tells of their conversations and their status."""
        channel = self.channels.post_notifications_channels()
        topics = [{"id": f"v2.users.{self.id}.{kind}"} for kind in ("conversations.messages", "routingStatus")]
        self.channels.put_notifications_channel_subscriptions(channel.id, topics)
        with connect(channel.connect_uri) as self.line:
            yield self

    def be(self, status: str) -> None:
        """Set the routing status."""
        self.users.put_user_routingstatus(self.id, {"status": status})

    @property
    def status(self) -> str:
        return str(known(self.users.get_user_routingstatus(self.id)).status)

    def hear(self, wanted: Callable[[dict[str, Any]], Any]) -> Any:
        """What `wanted` makes of the first event of which it makes anything."""
        assert self.line
        deadline = time.monotonic() + PATIENCE
        while True:
            event = json.loads(self.line.recv(timeout=deadline - time.monotonic()))
            if made := wanted(event["eventBody"]):
                return made

    def part(self, conversation: str, state: str) -> Any:
        """My part in a conversation, as soon as the channel tells that it is in this state."""

        def mine(body: dict[str, Any]) -> Any:
            if body.get("id") != conversation:
                return None
            told = read_as("ConversationMessageEventTopicMessageConversation", body)
            parts = [each for each in told.participants if each.user and each.user.id == self.id]
            return parts[-1] if parts and parts[-1].state == state else None

        return self.hear(mine)

    def conversation(self, pk: str) -> Any:
        """As the API tells of it."""
        return known(self.conversations.get_conversations_message(pk))

    def move(self, conversation: str, participant: Any, state: str) -> None:
        """Answer, decline, end."""
        self.conversations.patch_conversations_message_participant(conversation, participant.id, body={"state": state})

    def work(self) -> set[str]:
        """The ids of what they have to do."""
        return {each.id for each in known(self.conversations.get_conversations_messages()).entities}


def until(look: Callable[[], Any]) -> Any:
    """What `look` finds, as soon as it finds anything; it looks twice a second."""
    deadline = time.monotonic() + PATIENCE
    while not (found := look()):
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.5)
    return found


def panel_of(product: "Product", name: str) -> httpx.Client:
    """A browser's session of somebody who has signed in to the panel."""
    session = httpx.Client(base_url=product.url, follow_redirects=True)
    session.get("/sign-in/")
    form = {"username": name, "password": "demo", "csrfmiddlewaretoken": session.cookies["csrftoken"]}
    assert session.post("/sign-in/", data=form, headers={"Referer": product.url}).status_code == 200
    return session
