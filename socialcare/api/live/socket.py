"""The socket of one channel: it tells how things stand on connecting, and afterwards whenever that has changed.

What is announced may be lost, so nothing here relies on it: each heartbeat looks again at what may have been missed.
What is told is read anew at that moment, as far as the owner may see it then; what looks the same is not told again.
"""

import asyncio
import json
import logging
import secrets
import uuid
from collections.abc import Coroutine
from typing import Any

from channels.generic.websocket import AsyncWebsocketConsumer

from socialcare.events import EVERYONE

from . import looking
from .bodies import Event, Pair, Told
from .looking import Wish
from .pending import AT_ONCE, LastWords, Waiting
from .topics import CONVERSATIONS, PERSON, Topic

log = logging.getLogger(__name__)

HEARTBEAT = 30.0
GATHERED = 0.002
"""Seconds for what belongs together to arrive, before it is looked at."""
LOOK_EVERY = 0.03
"""Seconds from one look to the next; what changes meanwhile is gathered."""
MOST_CHARACTERS = 4096
OVER = 4000
REJOIN_EVERY = 6 * 3600.0
"""The layer forgets a group's member after a day (seconds)."""
NO_LONGER_GOOD = "The channel, its token or its user is no longer good."
REPLACED = "Another connection has taken this channel."
FAILED = "Something went wrong here; connect again."
STOPPING = "The server stops; connect again."


class NotificationConsumer(AsyncWebsocketConsumer):
    """One connection of one channel."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve the socket; when the server stops, say so."""
        try:
            await super().__call__(scope, receive, send)
        except asyncio.CancelledError:
            await self.tell("v2.system.socket_closing", {"message": STOPPING})
            raise

    async def connect(self) -> None:
        """Take the channel whose secret the address is, away from any other connection."""
        self.tasks: list[asyncio.Task[None]] = []
        self.joined: set[str] = set()
        self.open = False
        self.socket = secrets.token_hex(16)
        found = await looking.join(self.scope["url_route"]["kwargs"]["key"], self.socket)
        if found is None:
            await self.close()
            return
        self.channel, self.owner, self.since = found.channel, found.owner, found.since
        self.version = -1
        self.people: dict[uuid.UUID, list[Topic]] = {}
        self.queues: set[uuid.UUID] = set()
        self.work: dict[uuid.UUID, set[uuid.UUID]] = {}
        self.known: dict[Pair, int] = {}
        self.new_people: set[uuid.UUID] = set()
        self.waiting, self.last_words = Waiting(), LastWords()
        self.call = asyncio.Event()
        await self.accept()
        self.open, self.looking = True, False
        await self.join(f"channel.{self.channel}", f"agent.{self.owner}", EVERYONE)
        await self.topics({})
        self.tasks = [asyncio.create_task(self.minding(task)) for task in (self.follow(), self.beat())]

    async def disconnect(self, code: int) -> None:
        """Leave all groups."""
        self.open = False
        for task in self.tasks:
            task.cancel()
        for group in self.joined:
            await self.channel_layer.group_discard(group, self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Answer a ping; whatever else is said is passed over."""
        if text_data is None or len(text_data) > MOST_CHARACTERS:
            await self.close(1009)
            return
        try:
            said = json.loads(text_data)
        except (ValueError, RecursionError):
            return
        if isinstance(said, dict) and said.get("message") == "ping":
            await self.tell("channel.metadata", {"message": "pong"})

    # ---------------------------------------------------------------- what has happened

    async def changed(self, event: dict[str, Any]) -> None:
        """A person or an interaction has changed."""
        kind, _, pk = event["audience"].partition(".")
        if kind == "agent" and uuid.UUID(pk) in self.people:
            self.waiting.add(people=[uuid.UUID(pk)])
        elif kind == "interaction":
            self.waiting.add(interactions=[uuid.UUID(pk)])
        self.call.set()

    async def in_queue(self, event: dict[str, Any]) -> None:
        """An interaction of a queue has changed, or has left it."""
        self.waiting.add(in_queues=[(uuid.UUID(event["queue"]), uuid.UUID(event["interaction"]))])
        self.call.set()

    async def topics(self, event: dict[str, Any]) -> None:
        """The channel is told of something else now."""
        self.version, topics = await looking.topics(self.channel)
        former_people, former_queues = set(self.people), self.queues
        self.people, self.queues = {}, set()
        for topic in topics:
            if topic.subject == PERSON:
                self.people.setdefault(topic.id, []).append(topic)
            else:
                self.queues.add(topic.id)
        following = {topic.id for topic in topics if topic.kind == CONVERSATIONS}
        self.work = {pk: ids for pk, ids in self.work.items() if pk in following}
        self.new_people |= self.people.keys() - former_people
        self.waiting.add(people=self.people)
        await self.follow_groups()
        new_queues = self.queues - former_queues
        self.waiting.add(in_queues=await looking.missed(new_queues, self.known, self.since))
        self.call.set()

    async def rights(self, event: dict[str, Any]) -> None:
        """Somebody's account or rights have changed, perhaps the owner's."""
        await self.still_good()

    async def check(self, event: dict[str, Any]) -> None:
        """A token or a session of the owner has ended, perhaps this one."""
        await self.still_good()

    async def replaced(self, event: dict[str, Any]) -> None:
        """A connection has taken the channel."""
        if event["socket"] != self.socket:
            await self.end(REPLACED)

    async def over(self, event: dict[str, Any]) -> None:
        """The channel has been ended."""
        await self.end(event["why"])

    async def server_stopping(self, event: dict[str, Any]) -> None:
        """This server stops soon: say so at this connection's moment, so that not all come back at once."""
        self.tasks.append(asyncio.create_task(self.end_after(event["after"])))

    # ---------------------------------------------------------------- telling

    async def minding(self, task: Coroutine[Any, Any, None]) -> None:
        """Run it; when it fails, close: whoever connects again is told everything."""
        try:
            await task
        except Exception:
            log.exception("channel %s", self.channel)
            await self.end(FAILED)

    async def follow(self) -> None:
        """Look and tell, one after the other, so that what is told is in the order in which it was so."""
        clock, next_look = asyncio.get_running_loop().time, 0.0
        while self.open:
            await self.call.wait()
            await asyncio.sleep(max(GATHERED, next_look - clock()))
            self.call.clear()
            if wish := self.next_wish():
                self.looking = True
                await self.look(wish)
                self.looking = False
            next_look = clock() + LOOK_EVERY

    def next_wish(self) -> Wish | None:
        """What to look at now; what is too much for once waits for the next time."""
        taken = self.waiting.take()
        if self.waiting:
            self.call.set()
        if not taken:
            return None
        following = {pk: self.people[pk] for pk in taken.people if pk in self.people}
        in_queues = frozenset(pair for pair in taken.in_queues if pair[0] in self.queues)
        return Wish(following, frozenset(taken.interactions), in_queues)

    async def look(self, wish: Wish) -> None:
        """Tell how things stand."""
        fresh = self.new_people & wish.people.keys()
        seen = await looking.look(self.channel, self.socket, wish, self.work, self.since if fresh else None)
        if seen is None:
            await self.still_good()
            return
        self.new_people -= fresh
        for event in seen.events:
            await self.tell_event(event)
        await self.remember(wish, seen)

    async def remember(self, wish: Wish, seen: Told) -> None:
        """Follow the conversations that have come to somebody; look at them again, now that we listen."""
        come = {each for pk, ids in seen.work.items() for each in ids - self.work.get(pk, set())}
        self.work |= {pk: ids for pk, ids in seen.work.items() if pk in self.people}
        for pair in wish.in_queues:
            self.known.pop(pair, None)
        self.known |= seen.in_queues
        if come:
            self.waiting.add(interactions=come)
            self.call.set()
        await self.follow_groups()

    async def tell_event(self, event: Event) -> None:
        """Tell it, unless these were the last words on it."""
        if self.last_words.are_new(event):
            await self.tell(event.topic, event.body, CorrelationId=str(uuid.uuid4()))

    async def tell(self, topic: str, body: Any, **metadata: str) -> None:
        """Send one message."""
        if not self.open:
            return
        message = {"topicName": topic, "version": "2", "eventBody": body}
        await self.send(json.dumps(message | ({"metadata": metadata} if metadata else {})))

    # ---------------------------------------------------------------- being there

    async def beat(self) -> None:
        """Say every half minute that the line is up, and look at what may have been missed."""
        loop = asyncio.get_running_loop()
        rejoined, turn = loop.time(), 0
        while True:
            await asyncio.sleep(HEARTBEAT)
            await self.tell("channel.metadata", {"message": "WebSocket Heartbeat"})
            if not await self.still_good():
                return
            people = sorted(self.people)
            self.waiting.add(people=people[turn : turn + AT_ONCE])
            turn = turn + AT_ONCE if turn + AT_ONCE < len(people) else 0
            self.waiting.add(in_queues=await looking.missed(self.queues, self.known, None))
            self.call.set()
            if loop.time() - rejoined > REJOIN_EVERY:
                rejoined = loop.time()
                for group in self.joined:
                    await self.channel_layer.group_add(group, self.channel_name)

    async def still_good(self) -> bool:
        """Whether the channel is still this connection's; if not, say so and close."""
        version = await looking.beat(self.channel, self.socket, not (self.waiting or self.looking))
        if version is None:
            await self.end(NO_LONGER_GOOD)
            return False
        if version != self.version:
            await self.topics({})
        return True

    async def end_after(self, seconds: float) -> None:
        """Close for a server that stops."""
        await asyncio.sleep(seconds)
        await self.end(STOPPING)

    async def end(self, why: str) -> None:
        """Say why, and close."""
        if not self.open:
            return
        await self.tell("v2.system.socket_closing", {"message": why})
        self.open = False
        await self.close(OVER)

    # ---------------------------------------------------------------- groups

    async def join(self, *groups: str) -> None:
        """Follow these audiences too."""
        for group in groups:
            if group not in self.joined:
                self.joined.add(group)
                await self.channel_layer.group_add(group, self.channel_name)

    async def follow_groups(self) -> None:
        """Follow exactly the audiences that the topics are about."""
        wanted = {f"channel.{self.channel}", f"agent.{self.owner}", EVERYONE}
        wanted |= {f"agent.{pk}" for pk in self.people}
        wanted |= {f"queue.{pk}.interactions" for pk in self.queues}
        wanted |= {f"interaction.{each}" for ids in self.work.values() for each in ids}
        await self.join(*wanted)
        for group in self.joined - wanted:
            await self.channel_layer.group_discard(group, self.channel_name)
        self.joined = wanted
