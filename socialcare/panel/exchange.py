"""What is announced comes to a process once, and is handed at once to all its panels that follow it.

The channel layer would queue it for each socket, and channels would go to a thread and back for each before it is
heard: five hundred panels took 0.1 s to hear that a queue had changed, and the offer for one of them came after that.
"""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from channels.layers import get_channel_layer

log = logging.getLogger(__name__)
REJOIN_EVERY = 6 * 3600.0
"""The layer forgets a group's member after a day."""


class Follower(Protocol):
    """Who is told."""

    def hear(self, message: Mapping[str, Any]) -> None:
        """Note what has happened; what it costs is done later."""


class Exchange:
    """The one member of the channel layer's groups for all panels of an event loop, while anybody follows one."""

    def __init__(self) -> None:
        self._followers: dict[str, set[Follower]] = {}
        self._task: asyncio.Task[None] | None = None
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
        if self._task and not self._followers:
            self._task.cancel()
            self._task = None

    async def _open(self) -> None:
        async with self._opening:
            if not self._task:
                self._name = await get_channel_layer().new_channel()
                self._task = asyncio.create_task(self._listen(self._name))

    async def _listen(self, name: str) -> None:
        layer, clock = get_channel_layer(), asyncio.get_running_loop().time
        joined = clock()
        while True:
            self._tell(await layer.receive(name))
            if clock() - joined > REJOIN_EVERY:
                joined = clock()
                for group in tuple(self._followers):
                    await layer.group_add(group, name)

    def _tell(self, message: Mapping[str, Any]) -> None:
        for follower in tuple(self._followers.get(message.get("group", ""), ())):
            try:
                follower.hear(message)
            except Exception:
                log.exception("an announcement to %s", message["group"])


_exchanges: WeakKeyDictionary[asyncio.AbstractEventLoop, Exchange] = WeakKeyDictionary()


def exchange() -> Exchange:
    """The exchange of the running loop."""
    return _exchanges.setdefault(asyncio.get_running_loop(), Exchange())
