"""The socket of one open panel: it streams all parts on connecting, and afterwards what has changed.

Nothing here is relied upon: what is announced may be lost. The page beats every twenty seconds with the versions it
stands at, and whoever is behind is sent everything again. Permissions are asked anew for everything that is sent.
"""

import asyncio
import json
import logging
import time
import uuid
from typing import Any

from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.utils import timezone

from socialcare.events import EVERYONE
from socialcare.panel import line
from socialcare.panel.parts import Frame

log = logging.getLogger(__name__)
GATHERED = 0.002
"""Seconds for what belongs together to arrive, before it is painted."""
FRAME_EVERY = 0.03
"""Seconds from the end of one frame to the next; what changes meanwhile is gathered."""
WAITING_EVERY = 1.0
"""The waiting counts of a busy queue change all the time; they are sent at most this often (seconds)."""
REJOIN_EVERY = 6 * 3600.0
"""The layer forgets a group's member after a day."""
MOST_CHARACTERS = 4096
SIGNED_OUT = 4401
BROKEN = 4500
RECONNECT_WITHIN = 2_000


class PanelConsumer(AsyncJsonWebsocketConsumer):
    """One tab of one person."""

    interaction_id: uuid.UUID | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve the socket; when the server stops, tell the page to come back at its own moment."""
        try:
            await super().__call__(scope, receive, send)
        except asyncio.CancelledError:
            await self.send_json({"type": "reconnect", "after": line.spread(RECONNECT_WITHIN)})
            raise

    async def connect(self) -> None:
        """Take the socket, and stream everything."""
        self.session_key = line.session_key(self.scope)
        self.user_id: uuid.UUID | None = None
        self.joined: set[str] = set()
        self.heard: dict[str, int] = {}
        self.wanted: set[str] = set()
        self.everything = True
        self.waiting_sent = self.waiting_heard = 0.0
        self.queues: set[uuid.UUID] = set()
        self.waiting: line.Waiting = {}
        self.waiting_timer: asyncio.TimerHandle | None = None
        self.rejoined = asyncio.get_running_loop().time()
        self.call = asyncio.Event()
        await self.accept()
        if not await self.still_signed_in():
            return
        self.interaction_id = line.asked_for(self.scope)
        await line.seen(self.user_id, None)
        self.painter = asyncio.create_task(self.paint())
        self.call.set()

    async def disconnect(self, code: int) -> None:
        """Leave all groups."""
        if painter := getattr(self, "painter", None):
            painter.cancel()
            self.forget_counts()
        for group in list(getattr(self, "joined", ())):
            await self.channel_layer.group_discard(group, self.channel_name)

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
        """The page is there: the agent is seen, and a page that has missed something gets everything."""
        if not await self.still_signed_in():
            return
        current = await line.seen(self.user_id, self.interaction_id)
        await self.send_json({"type": "beat", "now": timezone.now().isoformat()})
        if asyncio.get_running_loop().time() - self.rejoined > REJOIN_EVERY:
            await self.rejoin()
        if line.behind(versions, current):
            self.want_everything()
        elif self.waiting != (waiting := self.of_mine(await line.waiting())):
            self.waiting = waiting
            self.wanted.add("waiting")
            self.call.set()

    async def open(self, interaction: Any) -> None:
        """The page shows another interaction, or none."""
        self.interaction_id = line.parsed(interaction)
        self.heard.pop("interaction", None)
        self.want_everything()

    # ---------------------------------------------------------------- what has happened

    async def changed(self, event: dict[str, Any]) -> None:
        """Some parts have changed: they are rendered shortly; after a gap in the versions, all are."""
        parts, version = set(event.get("parts", ())), event.get("version")
        if version is not None:
            owner = "agent" if event["audience"].startswith("agent.") else "interaction"
            known = self.heard.get(owner)
            if known is not None and version <= known:
                return
            if known is not None and version > known + 1:
                self.everything = True
            self.heard[owner] = version
        self.wanted |= parts
        self.call.set()

    async def rights(self, event: dict[str, Any]) -> None:
        """Somebody's rights have changed, perhaps this person's."""
        self.want_everything()

    async def check(self, event: dict[str, Any]) -> None:
        """A session of this person has ended, perhaps this one."""
        await self.still_signed_in()

    async def server_stopping(self, event: dict[str, Any]) -> None:
        """This server stops soon: the page moves to another one at its moment, and is served until then."""
        await self.send_json({"type": "reconnect", "after": round(event["after"] * 1000)})

    def want_everything(self) -> None:
        """Send all parts with the next frame."""
        self.everything = True
        self.call.set()

    # ---------------------------------------------------------------- painting

    async def paint(self) -> None:
        """Paint until the line ends. What cannot be painted ends it: the page connects anew, and is right again."""
        try:
            await self.paint_on()
        except Exception:
            log.exception("panel of %s", self.user_id)
            await self.close(BROKEN)

    async def paint_on(self) -> None:
        """Send frame after frame, one at a time, so that they arrive in the order in which they were made."""
        clock, next_frame = asyncio.get_running_loop().time, 0.0
        while True:
            await self.call.wait()
            await asyncio.sleep(max(GATHERED, next_frame - clock()))
            self.call.clear()
            await self.paint_what_is_due()
            next_frame = clock() + FRAME_EVERY

    async def paint_what_is_due(self) -> None:
        """Everything, or the parts that have changed, and the counts when it is their time."""
        if self.everything:
            await self.paint_all()
            return
        if names := self.due():
            await self.paint_some(names)
        if self.counts_due():
            await self.paint_counts()

    def due(self) -> set[str]:
        """The parts to be sent now. The waiting counts come by themselves, a little later."""
        names, self.wanted = self.wanted, set()
        if "waiting" in names:
            self.waiting_heard = time.monotonic()
            self.wait_for_counts()
        return names - {"waiting"}

    def wait_for_counts(self) -> None:
        """Send the counts soon: not too often, and not at the same moment as a thousand other panels."""
        if not self.waiting_timer:
            left = self.waiting_sent + WAITING_EVERY - time.monotonic()
            self.waiting_timer = asyncio.get_running_loop().call_later(max(left, line.patience()), self.call.set)

    def counts_due(self) -> bool:
        """Whether it is time to send the counts."""
        timer = self.waiting_timer
        return timer is not None and timer.when() <= asyncio.get_running_loop().time()

    def forget_counts(self) -> None:
        """They have been sent, or nobody is there any more."""
        if self.waiting_timer:
            self.waiting_timer.cancel()
        self.waiting_timer, self.waiting_sent = None, time.monotonic()

    async def paint_all(self) -> None:
        """Join the groups *before* looking, so that nothing that happens meanwhile is missed; then send everything."""
        self.everything, self.wanted = False, set()
        self.forget_counts()
        asked = self.interaction_id
        await self.join(f"agent.{self.user_id}", EVERYONE, *([f"interaction.{asked}"] if asked else []))
        waiting = await line.waiting()
        found = await line.render(self.session_key, asked, None)
        if found is None:
            await self.end_session()
            return
        if asked != self.interaction_id:  # another one has been opened meanwhile
            self.want_everything()
            return
        self.heard = {owner: max(number, self.heard.get(owner, 0)) for owner, number in found.frame.versions.items()}
        self.queues = set(found.queues)
        self.waiting = self.of_mine(waiting)
        groups = {f"agent.{self.user_id}", EVERYONE, *(f"queue.{queue}" for queue in found.queues)}
        await self.follow(groups | ({f"interaction.{asked}"} if found.frame.interaction else set()))
        await self.send_frame(found.frame, found.frame.versions)

    async def paint_some(self, names: set[str]) -> line.Found | None:
        """Send some parts, with the versions up to which everything has been sent."""
        asked, heard = self.interaction_id, dict(self.heard)
        found: line.Found | None = await line.render(self.session_key, asked, names)
        if found is None:
            await self.end_session()
        elif asked == self.interaction_id:
            await self.send_frame(found.frame, heard)
        return found

    def of_mine(self, waiting: line.Waiting) -> line.Waiting:
        """What waits in the queues that this page shows."""
        return {queue: found for queue, found in waiting.items() if queue in self.queues}

    async def paint_counts(self) -> None:
        """Send the counts as they were rendered for all; if something has been heard since, once more."""
        self.forget_counts()
        found = await self.paint_some({"waiting"})
        if found and found.made_at < self.waiting_heard:
            self.wait_for_counts()

    async def send_frame(self, frame: Frame, versions: dict[str, int]) -> None:
        """Send it, as the page reads it."""
        await self.send_json({**frame.as_json(), "versions": versions})

    # ---------------------------------------------------------------- groups and session

    async def join(self, *groups: str) -> None:
        """Follow these audiences too."""
        for group in groups:
            if group not in self.joined:
                self.joined.add(group)
                await self.channel_layer.group_add(group, self.channel_name)

    async def follow(self, groups: set[str]) -> None:
        """Follow exactly these audiences."""
        await self.join(*groups)
        for group in self.joined - groups:
            await self.channel_layer.group_discard(group, self.channel_name)
        self.joined = groups

    async def rejoin(self) -> None:
        """Join all groups once more, before the layer forgets this member."""
        self.rejoined = asyncio.get_running_loop().time()
        for group in self.joined:
            await self.channel_layer.group_add(group, self.channel_name)

    async def still_signed_in(self) -> bool:
        """Whether the session is still good; if not, say so and close."""
        user = await line.person(self.session_key)
        if user is None:
            await self.end_session()
            return False
        self.user_id = user.pk
        return True

    async def end_session(self) -> None:
        """The session is over."""
        await self.send_json({"type": "signed-out"})
        await self.close(SIGNED_OUT)
