"""What is announced comes to a process once, and is handed at once to all its panels that follow it.

The channel layer would queue it for each socket, and channels would go to a thread and back for each before it is
heard: five hundred panels took 0.1 s to hear that a queue had changed, and the offer for one of them came after that.

Announcements may be lost while Redis is away. So the exchange sends itself a pulse by the same way; where one has not
come, it looks where the rows stand that its panels follow, and tells them. They need not wait for their next beat.
"""

import asyncio
import itertools
import logging
from collections.abc import Iterable, Mapping
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from channels.layers import get_channel_layer

from socialcare.panel import line
from socialcare.panel.counts import Panel, counts
from socialcare.panel.crowd import PART

log = logging.getLogger(__name__)
PULSE = 0.5
"""Seconds between two pulses: what hears again after Redis has gone was deaf for at least one."""
REJOIN_EVERY = 6 * 3600.0
"""The layer forgets a group's member after a day."""


class Follower(Panel, Protocol):
    """Who is told."""

    def hear(self, message: Mapping[str, Any]) -> None:
        """Note what has happened; what it costs is done later."""


class Exchange:
    """The one member of the channel layer's groups for all panels of an event loop, while anybody follows one."""

    def __init__(self) -> None:
        self._followers: dict[str, set[Follower]] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._opening = asyncio.Lock()
        self._name = ""

    async def follow(self, follower: Follower, groups: Iterable[str]) -> None:
        """Tell this one too what is announced to these groups."""
        for group in groups:
            self._followers.setdefault(group, set()).add(follower)
            await self._open()
            # Also when somebody follows it already: perhaps the layer is only just joining it
            await get_channel_layer().group_add(group, self._name)

    async def leave(self, follower: Follower, groups: Iterable[str]) -> None:
        """Tell this one nothing more of these groups."""
        for group in groups:
            there = self._followers.get(group, set())
            there.discard(follower)
            if group in self._followers and not there:
                del self._followers[group]
                await get_channel_layer().group_discard(group, self._name)
        if not self._followers:
            for task in self._tasks:
                task.cancel()
            self._tasks = []

    async def _open(self) -> None:
        async with self._opening:
            if not self._tasks:
                self._name = await get_channel_layer().new_channel()
                self._tasks = [asyncio.create_task(work(self._name)) for work in (self._listen, self._pulse)]

    async def _listen(self, name: str) -> None:
        layer, clock = get_channel_layer(), asyncio.get_running_loop().time
        joined, pulses = clock(), 0
        while True:
            message = await layer.receive(name)
            if message["type"] == "pulse":
                if message["number"] > pulses + 1:
                    await self._catch_up()
                pulses = message["number"]
            else:
                self._tell(self._followers.get(message.get("group", ""), ()), message)
            if clock() - joined > REJOIN_EVERY:
                joined = clock()
                for group in tuple(self._followers):
                    await layer.group_add(group, name)

    async def _pulse(self, name: str) -> None:
        for number in itertools.count(1):
            try:
                await get_channel_layer().send(name, {"type": "pulse", "number": number})
            except Exception as error:  # whatever it is, the next one that comes through shows what was missed
                log.debug("no pulse: %s", error)
            await asyncio.sleep(PULSE)

    async def _catch_up(self) -> None:
        """Tell all what they may have missed: in two statements, however many they are."""
        try:
            versions = await line.versions(tuple(self._followers))
        except Exception:  # whatever it is, the listening goes on
            log.exception("nobody knows what was missed before the next beats")
            return
        for group, followers in self._followers.items():
            if group in versions:
                self._tell(followers, {"type": "stands", "audience": group, "version": versions[group]})
            elif group.startswith("queue."):
                self._tell(followers, {"type": "changed", "audience": group, "parts": [PART]})

    def _tell(self, followers: Iterable[Follower], message: Mapping[str, Any]) -> None:
        if message.get("parts") == [PART]:  # of which each panel makes the same; they are all who follow the queue
            counts().want(*followers)
            return
        for follower in tuple(followers):
            try:
                follower.hear(message)
            except Exception:
                log.exception("an announcement: %s", message)


_exchanges: WeakKeyDictionary[asyncio.AbstractEventLoop, Exchange] = WeakKeyDictionary()


def exchange() -> Exchange:
    """The exchange of the running loop."""
    return _exchanges.setdefault(asyncio.get_running_loop(), Exchange())
