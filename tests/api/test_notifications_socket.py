"""The socket of a channel: events in the SDK's shapes, told once, to who may know, and nothing lost."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.db import transaction
from django.utils import timezone
from oauth2_provider.models import AccessToken

from accounts.models import User
from interactions import handling, offers, shifts
from interactions.models import Inbox, Interaction, Offer
from interactions.routing import route
from interactions.screens import show_thread, show_work
from queues.models import AgentStatus, Queue, QueueUserPermission
from socialcare.api.live import channels, socket
from socialcare.api.models import Channel
from tests.api.conftest import Api
from tests.api.sdk import read_as
from tests.factories import InteractionFactory, MessageFactory, on_queue
from tests.panel.conftest import connected

pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]
SOON = 20.0
EVENT_OF = {
    "conversations.messages": "ConversationMessageEventTopicMessageConversation",
    "routingStatus": "UserRoutingStatusUserRoutingStatus",
    "presence": "PresenceEventUserPresence",
}


@sync_to_async
def change(function: Callable[..., Any], *args: Any) -> Any:
    """Do something elsewhere, in a transaction of its own."""
    with transaction.atomic():
        return function(*args)


@sync_to_async
def channel_of(user: User, *topics: str) -> Channel:
    """A channel of a new token, with topics of the user (`presence`) or whole names (`v2.…`)."""
    api = Api(user)
    pk = api.of("post", "notifications/channels")["id"]
    names = [topic if topic.startswith("v2.") else f"v2.users.{user.pk}.{topic}" for topic in topics]
    api.of("put", f"notifications/channels/{pk}/subscriptions", [{"id": name} for name in names])
    return Channel.objects.select_related("token", "owner").get(pk=pk)


class Line:
    """One connection: what it is told."""

    def __init__(self, line: WebsocketCommunicator) -> None:
        self.line = line

    async def next(self) -> dict[str, Any]:
        """The next message; what is in it, the SDK can read."""
        message: dict[str, Any] = await self.line.receive_json_from(timeout=SOON)
        for kind, model in EVENT_OF.items():
            if message["topicName"].endswith(kind):
                read_as(model, message["eventBody"])
        return message

    async def until(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The next message of which `wanted` is true."""
        while True:
            message = await self.next()
            if wanted(message):
                return message

    async def state(self, user: User, state: str) -> dict[str, Any]:
        """The next conversation in which this agent has this state."""
        return await self.until(lambda message: state in states(message, user))

    async def quiet(self) -> bool:
        return await self.line.receive_nothing(timeout=0.4)

    async def closing(self) -> str:
        """Why it is closed."""
        said = await self.until(lambda message: message["topicName"] == "v2.system.socket_closing")
        closed = await self.line.receive_output(timeout=SOON)
        assert (closed["type"], closed["code"]) == ("websocket.close", socket.OVER)
        return said["eventBody"]["message"]


def states(message: dict[str, Any], user: User) -> list[str]:
    people = message["eventBody"].get("participants", ())
    return [each["state"] for each in people if each.get("user", {}).get("id") == str(user.pk)]


@asynccontextmanager
async def connection(channel: Channel) -> AsyncIterator[Line]:
    from socialcare.asgi import application

    line = WebsocketCommunicator(application, f"/ws/notifications/{channels.key_of(channel)}")
    accepted, _code = await line.connect(timeout=SOON)
    assert accepted
    try:
        yield Line(line)
    finally:
        if not line.future.done():
            await line.disconnect()


async def test_connecting_tells_how_things_stand(alice: User, inbox: Inbox) -> None:
    await change(on_queue, alice)
    work = await change(connected, alice, inbox)
    async with connection(await channel_of(alice, "conversations.messages", "routingStatus", "presence")) as line:
        told = {
            message["topicName"].rpartition(f"{alice.pk}.")[2]: message
            for message in [await line.next() for _ in "123"]
        }
        assert all(message["version"] == "2" and message["metadata"]["CorrelationId"] for message in told.values())
        assert told["routingStatus"]["eventBody"]["routingStatus"]["status"] == "IDLE"
        assert told["presence"]["eventBody"]["presenceDefinition"]["systemPresence"] == "ON_QUEUE"
        body = told["conversations.messages"]["eventBody"]
        assert body["id"] == str(work.pk)
        assert states(told["conversations.messages"], alice) == ["connected"]
        assert await line.quiet()


async def test_a_status_is_told_when_it_changes_and_not_when_something_else_does(alice: User) -> None:
    await change(on_queue, alice)
    async with connection(await channel_of(alice, "routingStatus")) as line:
        await line.next()
        await change(show_work, alice)
        assert await line.quiet()
        await change(shifts.choose_presence, alice, "Meal")
        told = await line.next()
        assert told["eventBody"]["id"] == str(alice.pk)
        assert told["eventBody"]["routingStatus"]["status"] == "OFF_QUEUE"


async def test_an_alert_is_told_and_that_it_has_been_answered_and_ended(alice: User, inbox: Inbox) -> None:
    await change(on_queue, alice)
    async with connection(await channel_of(alice, "conversations.messages")) as line:
        assert await line.quiet()
        work = await change(lambda: InteractionFactory(inbox=inbox))
        await change(route, work.queue_id)
        told = await line.state(alice, "alerting")
        assert told["eventBody"]["id"] == str(work.pk)
        offer = await sync_to_async(Offer.objects.get)(interaction=work)
        await change(offers.accept, alice, offer.pk)
        await line.state(alice, "connected")
        await change(lambda: (MessageFactory(interaction=work), show_thread(work, "thread")))
        customer = (await line.next())["eventBody"]["participants"][0]
        assert customer["purpose"] == "customer"
        assert len(customer["messages"]) == 1
        await change(handling.end, alice, work.pk)
        await line.state(alice, "disconnected")


async def test_a_declined_one_is_told_to_have_gone_even_to_who_may_see_it_no_more(alice: User, inbox: Inbox) -> None:
    await change(on_queue, alice)
    await change(lambda: QueueUserPermission.objects.filter(user=alice, permission__codename__endswith="view").delete())
    work = await change(lambda: InteractionFactory(inbox=inbox))
    await change(route, work.queue_id)
    async with connection(await channel_of(alice, "conversations.messages")) as line:
        await line.state(alice, "alerting")
        offer = await sync_to_async(Offer.objects.get)(interaction=work)
        await change(offers.decline, alice, offer.pk)
        gone = {"id": str(offer.pk), "purpose": "agent", "state": "disconnected", "user": {"id": str(alice.pk)}}
        await line.until(lambda message: message["eventBody"]["participants"] == [gone])
        await change(show_thread, work)
        assert await line.quiet()


async def test_what_happened_while_the_line_was_down_is_told(alice: User, bob: User, inbox: Inbox) -> None:
    await change(on_queue, alice)
    await change(lambda: on_queue(bob, capacity=5))
    kept = await change(connected, alice, inbox)
    lost = await change(connected, alice, inbox)
    await change(lambda: AgentStatus.objects.filter(user=alice).update(capacity=5, load=2))
    channel = await channel_of(alice, "conversations.messages")
    async with connection(channel) as line:
        assert {(await line.next())["eventBody"]["id"] for _ in "12"} == {str(kept.pk), str(lost.pk)}
    await change(handling.transfer_to_agent, alice, lost.pk, bob.pk)
    async with connection(channel) as line:
        told = {message["eventBody"]["id"]: states(message, alice) for message in [await line.next() for _ in "12"]}
        assert told == {str(kept.pk): ["connected"], str(lost.pk): ["disconnected"]}


async def test_a_burst_is_few_events(alice: User, inbox: Inbox) -> None:
    work = await change(connected, alice, inbox)
    async with connection(await channel_of(alice, "conversations.messages")) as line:
        await line.next()
        for _ in range(20):
            await change(lambda: (MessageFactory(interaction=work), show_thread(work, "thread")))
        count = 1
        while len((await line.next())["eventBody"]["participants"][0]["messages"]) < 21:
            count += 1
        assert count <= 20
        assert await line.quiet()


async def test_a_queue_is_followed_as_a_whole(sam: User, alice: User, queue: Queue, vip: Queue, inbox: Inbox) -> None:
    waiting = await change(lambda: InteractionFactory(inbox=inbox))
    topic = f"v2.routing.queues.{queue.pk}.conversations.messages"
    async with connection(await channel_of(sam, topic)) as line:
        assert (await line.next())["eventBody"]["id"] == str(waiting.pk)
        work = await change(connected, alice, inbox)
        await change(show_thread, work)
        told = await line.next()
        assert (told["topicName"], told["eventBody"]["id"]) == (topic, str(work.pk))
        await change(handling.transfer_to_queue, sam, work.pk, vip.pk)
        await line.until(lambda message: "disconnected" in states(message, alice))
        elsewhere = await change(lambda: InteractionFactory(inbox=inbox, queue=vip))
        await change(show_thread, elsewhere)
        assert await line.quiet()


async def test_a_right_is_asked_for_at_the_moment_of_telling(
    alice: User, bob: User, queue: Queue, inbox: Inbox
) -> None:
    topics = (f"v2.routing.queues.{queue.pk}.conversations.messages", f"v2.users.{bob.pk}.conversations.messages")
    work = await change(connected, bob, inbox)
    async with connection(await channel_of(alice, *topics)) as line:
        assert {(await line.next())["topicName"] for _ in "12"} == set(topics)
        await change(lambda: [right.delete() for right in QueueUserPermission.objects.filter(user=alice)])
        await change(lambda: (MessageFactory(interaction=work), show_thread(work, "thread")))
        told = await line.next()
        assert (told["topicName"], states(told, bob)) == (topics[1], ["disconnected"])
        assert await line.quiet()


async def test_topics_change_while_the_line_is_open(alice: User, bob: User) -> None:
    await change(on_queue, alice)
    await change(on_queue, bob)
    channel = await channel_of(alice, "presence")
    async with connection(channel) as line:
        await line.next()
        names = [f"v2.users.{bob.pk}.presence"]
        await sync_to_async(channels.subscribe)(channel, names, replace=True, forgive=False)
        assert (await line.next())["topicName"] == names[0]
        await change(shifts.choose_presence, alice, "Meal")
        assert await line.quiet()
        await change(shifts.choose_presence, bob, "Meal")
        assert (await line.next())["eventBody"]["presenceDefinition"]["systemPresence"] == "MEAL"


async def test_a_ping_is_answered_and_nonsense_passed_over(alice: User) -> None:
    async with connection(await channel_of(alice)) as line:
        for nonsense in (" ", "{", "[]", "null", '"ping"', '{"message": {"a": 1}}', "[" * 4000):
            await line.line.send_to(text_data=nonsense)
        await line.line.send_json_to({"message": "ping"})
        told = await line.next()
        assert (told["topicName"], told["eventBody"]) == ("channel.metadata", {"message": "pong"})


async def test_what_is_far_too_long_closes_the_line(alice: User) -> None:
    async with connection(await channel_of(alice)) as line:
        await line.line.send_to(text_data="x" * 10_000)
        assert (await line.line.receive_output(timeout=SOON))["type"] == "websocket.close"


async def test_the_heart_beats_and_the_agent_is_seen(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "HEARTBEAT", 0.1)
    await change(on_queue, alice)
    async with connection(await channel_of(alice)) as line:
        await change(lambda: AgentStatus.objects.update(last_seen=timezone.now() - timedelta(minutes=5)))
        for _ in "12":
            told = await line.next()
            assert (told["topicName"], told["eventBody"]) == ("channel.metadata", {"message": "WebSocket Heartbeat"})
        beats = 50
        while (await sync_to_async(AgentStatus.objects.get)(user=alice)).gone and beats:
            await line.next()
            beats -= 1
        assert beats


async def test_what_was_announced_and_lost_is_told_after_the_next_beat(
    alice: User, inbox: Inbox, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "HEARTBEAT", 0.3)
    await change(on_queue, alice)
    topic = f"v2.routing.queues.{queue.pk}.conversations.messages"
    async with connection(await channel_of(alice, "presence", topic)) as line:
        await line.next()
        await change(lambda: AgentStatus.objects.filter(user=alice).update(presence="Break"))
        work = await change(lambda: InteractionFactory(inbox=inbox))
        told = {(await line.until(lambda message: "metadata" in message))["topicName"] for _ in "12"}
        assert told == {topic, f"v2.users.{alice.pk}.presence"}
        await change(lambda: Interaction.objects.filter(pk=work.pk).update(state="ended", version=9))
        told = await line.until(lambda message: message["topicName"] == topic)
        assert told["eventBody"]["participants"][0]["state"] == "disconnected"


async def test_a_second_connection_takes_the_place_of_the_first(alice: User) -> None:
    channel = await channel_of(alice, "presence")
    async with connection(channel) as first, connection(channel) as second:
        # It is told so, or finds out by itself at its next look
        assert await first.closing() in {socket.REPLACED, socket.NO_LONGER_GOOD}
        await change(shifts.choose_presence, alice, "Meal")
        assert (await second.next())["eventBody"]["presenceDefinition"]["systemPresence"] == "MEAL"


async def test_the_21st_channel_closes_the_line_of_the_oldest(alice: User) -> None:
    oldest = await channel_of(alice)
    async with connection(oldest) as line:
        for _ in range(20):
            await channel_of(alice)
        assert await line.closing() == channels.EVICTED


async def revoke(channel: Channel) -> None:
    await change(lambda: AccessToken.objects.get(pk=channel.token_id).revoke())


async def shut_out(channel: Channel) -> None:
    channel.owner.is_active = False
    await change(channel.owner.save)


@pytest.mark.parametrize("stop", [revoke, shut_out])
async def test_a_line_ends_with_its_token_and_its_person(alice: User, stop: Callable[[Channel], Any]) -> None:
    channel = await channel_of(alice, "presence")
    async with connection(channel) as line:
        await stop(channel)
        assert await line.closing() == socket.NO_LONGER_GOOD
    with pytest.raises(AssertionError):
        async with connection(channel):
            pass


async def test_a_line_ends_with_its_day(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "HEARTBEAT", 0.1)
    channel = await channel_of(alice)
    async with connection(channel) as line:
        await change(lambda: Channel.objects.update(expires=timezone.now()))
        assert await line.closing() == socket.NO_LONGER_GOOD


async def test_a_made_up_address_is_none(alice: User) -> None:
    from socialcare.asgi import application

    channel = await channel_of(alice)
    for key in (str(channel.pk), f"{channel.pk}.x", "x"):
        line = WebsocketCommunicator(application, f"/ws/notifications/{key}")
        assert not (await line.connect(timeout=SOON))[0]


async def test_a_failure_closes_the_line_so_that_the_next_is_told_everything(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def failing(*_: Any) -> None:
        raise ZeroDivisionError

    async with connection(await channel_of(alice, "presence")) as line:
        await asyncio.sleep(0)
        monkeypatch.setattr(socket.looking, "look", failing)
        await change(shifts.choose_presence, alice, "Meal")
        assert await line.closing() == socket.FAILED
