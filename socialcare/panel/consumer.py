"""The socket of one open panel: it streams all parts on connecting, and afterwards what has changed.

Nothing here is relied upon: what is announced may be lost. The page beats every twenty seconds with the versions it
stands at, and whoever is behind is sent everything again. Permissions are asked anew for everything that is sent.
"""

import asyncio
import json
import logging
import uuid
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from channels.consumer import get_handler_name
from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.utils import timezone

from socialcare.broadcast import BROADCAST, Broadcast
from socialcare.events import EVERYONE
from socialcare.panel import line
from socialcare.panel.counts import counts
from socialcare.panel.crowd import PART, Crowd, Rendering
from socialcare.panel.exchange import exchange
from socialcare.panel.page import Page

log = logging.getLogger(__name__)
LONGEST_PAUSE = 0.1
"""Between two frames is as much time as the last one took, so that more is gathered where there is much to do; but
never more than this (seconds)."""
KNOWN_FOR = 25.0
"""Seconds for which the waiting counts, which come every second, believe who somebody is: until a little after the next
beat, which looks anew. Every other frame looks anew, and so do they at once when rights change or a session ends."""
MOST_CHARACTERS = 4096
SIGNED_OUT = 4401
BROKEN = 4500
RECONNECT_WITHIN = 2_000


class PanelConsumer(AsyncJsonWebsocketConsumer):
    """One tab of one person."""

    page: Page
    crowd: Crowd | None = None
    is_open = True
    painter: asyncio.Task[None] | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve the socket; when the server stops, tell the page to come back at its own moment.

        Channels would start a task for each message, and go to a thread to close connections that this loop has not.
        """
        self.scope, self.base_send = scope, send
        self.broadcast: Broadcast | None = scope.get("extensions", {}).get(BROADCAST)
        try:
            with suppress(StopConsumer):
                while message := await receive():
                    await getattr(self, get_handler_name(message))(message)
        except asyncio.CancelledError:
            await self.send_json({"type": "reconnect", "after": line.spread(RECONNECT_WITHIN)})
            raise
        finally:  # also after an error: a panel that nobody sees must not be painted for ever
            await self.leave()

    async def connect(self) -> None:
        """Take the socket, and stream everything."""
        self.session_key = line.session_key(self.scope)
        self.groups_followed: set[str] = set()
        self.queues: frozenset[uuid.UUID] = frozenset()
        self.doubted = False
        self.known_until, self.known_as = 0.0, 0
        self.who: line.Who | None = None
        self.waiting: line.Waiting = {}
        self.call = asyncio.Event()
        await self.accept()
        self.page = Page(line.asked_for(self.scope), takes_entries=line.takes_entries(self.scope))
        # A page that opens is a sign of life, whatever it shows
        if not (found := await self.beat_heard(None)):
            return
        self.user_id = found.who.user.pk
        self.painter = asyncio.create_task(self.paint())
        self.call.set()

    @property
    def interaction_id(self) -> uuid.UUID | None:
        """What the page shows."""
        return self.page.interaction_id

    async def leave(self) -> None:
        """Nobody is there any more."""
        if self.painter:
            self.painter.cancel()
            self.is_open, self.crowd = False, None
            counts().forget(self)
            await exchange().leave(self, tuple(self.groups_followed))

    # ---------------------------------------------------------------- what the page says

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None, **kwargs: Any) -> None:
        """Take one frame of the page; what is malformed is passed over."""
        if text_data is None or len(text_data) > MOST_CHARACTERS:
            await self.close(1009)
            return
        try:
            said = json.loads(text_data)
        except ValueError:
            return
        kind = said.get("type") if isinstance(said, dict) else None
        if kind == "beat":
            await self.beat(said.get("versions"))
        elif kind == "open":
            await self.open(said.get("interaction"))

    async def beat(self, versions: Any) -> None:
        """The page is there: the agent is seen, and a page that has missed something gets everything.

        It has, if it does not stand where it was sent, or if something has happened of which nothing was heard here.
        What was heard is on its way: where that takes long, sending everything instead would make it longer.
        """
        if self.painter and self.painter.done():
            await self.close(BROKEN)
            return
        missed = line.behind(versions, self.page.sent)
        found = await self.beat_heard(self.interaction_id)
        if not found:
            return
        await self.send_json({"type": "beat", "now": timezone.now().isoformat()})
        if missed or line.behind(self.page.heard, found.versions):
            self.want_everything()
        elif self.waiting != (waiting := self.of_mine(found.waiting)):
            self.waiting = waiting
            counts().want(self)

    async def open(self, interaction: Any) -> None:
        """The page shows another interaction, or none."""
        self.page.open(line.parsed(interaction))
        self.want_everything()

    # ---------------------------------------------------------------- what has happened

    def hear(self, message: Mapping[str, Any]) -> None:
        """Note what was announced. What it takes is done by the painter, or for all panels together."""
        if message["type"] == "changed":
            self.changed(message)
        elif message["type"] in {"rights", "check"}:
            # Somebody's rights or account have changed, or a session has ended: perhaps this one. Until that is clear,
            # nothing is sent
            self.doubted, self.crowd = True, None
            self.call.set()
        elif message["type"] == "stands" and self.page.has_missed(message["audience"], message["version"]):
            self.want_everything()

    def changed(self, message: Mapping[str, Any]) -> None:
        """Some parts have changed: they are rendered shortly."""
        if (parts := self.page.hear(message)) is None:
            return
        if PART in parts:
            counts().want(self)
        if self.page.is_due or self.page.everything:
            self.call.set()

    async def server_stopping(self, event: dict[str, Any]) -> None:
        """This server stops soon: the page moves to another one at its moment, and is served until then."""
        await self.send_json({"type": "reconnect", "after": round(event["after"] * 1000)})

    def want_everything(self) -> None:
        """Send all parts with the next frame, and nothing before it: who this is, and what they may see, is open."""
        self.page.everything, self.crowd = True, None
        self.call.set()

    # ---------------------------------------------------------------- painting

    async def paint(self) -> None:
        """Paint until the line ends. What cannot be painted ends it: the page connects anew, and is right again."""
        try:
            await self.paint_on()
        except Exception:
            log.exception("panel of %s", self.user_id)
            self.is_open, self.crowd = False, None
            await self.close(BROKEN)

    async def paint_on(self) -> None:
        """Send frame after frame, one at a time, so that they arrive in the order in which they were made."""
        clock, next_frame = asyncio.get_running_loop().time, 0.0
        while True:
            await self.call.wait()
            await asyncio.sleep(max(0.0, next_frame - clock()))  # what has come with it is heard meanwhile
            self.call.clear()
            began = clock()
            await self.paint_what_is_due()
            next_frame = clock() + min(clock() - began, LONGEST_PAUSE)

    async def paint_what_is_due(self) -> None:
        """Everything, or the parts that have changed."""
        if self.doubted:
            self.doubted = False
            await self.look()
        if self.page.everything:
            await self.paint_all()
        elif self.page.is_due and not self.doubted:
            await self.paint_some(self.page.taken())

    async def paint_all(self) -> None:
        """Join the groups *before* looking, so that nothing that happens meanwhile is missed; then send everything."""
        self.page.begun_anew()
        asked = self.interaction_id
        await self.join({f"agent.{self.user_id}", EVERYONE, *([f"interaction.{asked}"] if asked else [])})
        waiting = await line.waiting()
        found: line.Found | None = await line.render(self.session_key, self.who, asked, None)
        if found is None:
            await self.end_session()
            return
        if asked != self.interaction_id:  # another one has been opened meanwhile
            self.want_everything()
            return
        frame = found.frame
        self.page.stands_at(frame.versions)
        groups = {f"agent.{self.user_id}", EVERYONE, *(f"queue.{queue}" for queue in found.queues)}
        await self.follow(groups | ({f"interaction.{asked}"} if frame.interaction else set()))
        self.queues = found.queues
        self.waiting = self.of_mine(waiting)
        self.known_as = found.who.mark
        self.believe(found.who)
        await self.send_json(self.page.whole(frame))

    async def paint_some(self, names: frozenset[str]) -> None:
        """Send of some parts what is not shown already, with the versions up to which everything has been sent."""
        asked, heard = self.interaction_id, dict(self.page.heard)
        found: line.Found | None = await line.render(self.session_key, self.who, asked, names)
        if found is None:
            await self.end_session()
            return
        self.believe(found.who)
        if self.doubted:
            self.page.want(names)
        elif asked == self.interaction_id and not self.page.everything:
            await self.send_json(self.page.news(found.frame, heard))

    async def show_counts(self, counts: Rendering, waiting: line.Waiting) -> bool:
        """Send the waiting counts as they were rendered for all; False if the page still has much to take before.

        The next beat has nothing to add to `waiting`.
        """
        if not self.page.shows(PART, counts.mark):
            if not self.broadcast:
                await self.send(counts.text)
            elif not self.broadcast(counts.text):
                return False
            self.page.note(PART, counts.mark)
        self.waiting = self.of_mine(waiting)
        return True

    def of_mine(self, waiting: line.Waiting) -> line.Waiting:
        """What waits in the queues that this page shows."""
        return {queue: found for queue, found in waiting.items() if queue in self.queues}

    # ---------------------------------------------------------------- who is there

    async def beat_heard(self, interaction_id: uuid.UUID | None) -> line.Beat | None:
        """Note that the person is there; None, and the line ends, if the session is over."""
        found: line.Beat | None = await line.beat(self.session_key, self.who, interaction_id)
        if found is None:
            await self.end_session()
        else:
            self.believe(found.who)
        return found

    async def look(self) -> None:
        """Find out anew who this is; if the session is over, the line ends."""
        if who := await line.look(self.session_key, self.who):
            self.believe(who)
        else:
            await self.end_session()

    def believe(self, who: line.Who) -> None:
        """This was found just now. If it is not who the page was made for, the page is made anew.

        Otherwise the waiting counts believe it for a while, unless something has been heard meanwhile.
        """
        self.who = who
        if who.mark != self.known_as:
            self.want_everything()
        if not self.page.everything and not self.doubted:
            self.crowd = who.crowd
            self.known_until = asyncio.get_running_loop().time() + KNOWN_FOR

    @property
    def must_look(self) -> bool:
        """Whether it has been a while since somebody looked who this is."""
        return self.crowd is not None and self.known_until < asyncio.get_running_loop().time()

    async def end_session(self) -> None:
        """The session is over."""
        self.is_open, self.crowd = False, None
        await self.send_json({"type": "signed-out"})
        await self.close(SIGNED_OUT)

    # ---------------------------------------------------------------- groups

    async def join(self, groups: set[str]) -> None:
        """Follow these audiences too."""
        new = groups - self.groups_followed
        self.groups_followed |= groups
        await exchange().follow(self, new)

    async def follow(self, groups: set[str]) -> None:
        """Follow exactly these audiences."""
        await self.join(groups)
        old, self.groups_followed = self.groups_followed - groups, groups
        await exchange().leave(self, old)
