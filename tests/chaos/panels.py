"""Open panels without a browser: they keep what they are streamed as the page does, to be compared with fresh ones."""

import asyncio
import json
import random
import re
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from tests.chaos.desk import Agent
from tests.chaos.house import House
from tests.chaos.tally import PATIENCE

OF_INTERACTION = {"head", "thread", "context", "wrapup", "compose-state"}
BEAT, SILENCE = 2.0, 15.0
"""Seconds between two beats (the page's are 20), and until a line that says nothing is taken for dead."""
ABROAD = (OSError, WebSocketException, TimeoutError, EOFError)
PASSING = re.compile(
    r'(?<=>)[^<>]*(?=</time>)|(?<=</progress>)<span[^>]*>[^<]*|(?<= value=")[\d.]+(?=" data-until)'
    r'|\d+(?= seconds? to answer)|(?<=<progress class=")soon(?=")'
)
"""What changes on the screen by itself, with the time."""
ENTRY = re.compile(
    r'^<li class="(msg|day)\b[^>]* id="([^"]+)".*?(?=^<li class="(?:msg|day)\b|^</ol>|\Z)', re.DOTALL | re.MULTILINE
)
PLACE = re.compile(r'data-place="([^"]+)"')


class Panel:
    """One open tab."""

    def __init__(self, house: House, agent: Agent, interaction: str, chance: random.Random) -> None:
        self.house, self.agent, self.interaction, self.chance = house, agent, interaction, chance
        self.html: dict[str, str] = {}
        self.entries: dict[str, str] = {}
        """Of the thread: what was said, by the id of its line."""
        self.versions = {"agent": 0, "interaction": 0}
        self.line: ClientConnection | None = None
        self.streamed = 0
        """How often it was sent everything."""

    def connecting(self, url: str) -> connect:
        """A socket of this person."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.agent.cookies.items())
        address = f"{url.replace('http', 'ws', 1)}/ws/panel/?interaction={self.interaction}&entries=1"
        return connect(address, origin=url, additional_headers={"Cookie": cookies}, ping_interval=None, max_size=None)

    async def live(self) -> None:
        """Connect again whenever the line is lost."""
        while True:
            with suppress(*ABROAD):
                async with self.connecting(self.chance.choice(self.house.urls)) as line:
                    self.line = line
                    await self.listen(line)
            self.line = None
            await asyncio.sleep(self.chance.uniform(0.05, 0.3))

    async def listen(self, line: ClientConnection) -> None:
        """Take what comes, and beat; return where the page would connect anew."""
        heard = beaten = time.monotonic()
        while time.monotonic() - heard < SILENCE:
            try:
                frame = json.loads(await asyncio.wait_for(line.recv(), max(0.01, beaten + BEAT - time.monotonic())))
            except TimeoutError:
                beaten = time.monotonic()
                await line.send(json.dumps({"type": "beat", "versions": self.versions}))
                continue
            heard = time.monotonic()
            if frame["type"] == "parts":
                self.apply(frame)
            elif frame["type"] != "beat":
                return

    def apply(self, frame: dict[str, Any]) -> None:
        """As frames.js: a part replaces what stands there unless it is older; what has no version never is."""
        for owner, known in list(self.versions.items()):
            version = frame["versions"].get(owner, known)
            if frame["all"] or version >= self.versions[owner]:
                self.versions[owner] = version
                for name, html in frame["html"].items():
                    if (name.partition(".")[0] in OF_INTERACTION) == (owner == "interaction"):
                        self.take(name, html)
        self.streamed += frame["all"]

    def take(self, name: str, html: str) -> None:
        """Replace a part, or one message of the thread."""
        if name.startswith("thread."):
            new = entries_of(html).keys() - self.entries.keys()
            begins_day = any(key.startswith("d-") for key in new)
            if begins_day or (new and place_of(html) < place_of(next(reversed(self.entries.values()), ""))):
                self.versions = {"agent": -1, "interaction": -1}  # the next beat asks for everything
            else:
                self.entries |= entries_of(html)
        else:
            self.html[name] = html
            if name == "thread":
                self.entries = entries_of(html)

    async def unlike(self) -> list[str]:
        """The parts in which this panel differs from one that is opened now."""
        fresh = Panel(self.house, self.agent, self.interaction, self.chance)
        async with self.connecting(self.chance.choice(self.house.urls)) as line:
            while not fresh.streamed:
                fresh.apply({"versions": {}, "html": {}, "all": False, **json.loads(await line.recv())})
        unlike = [name for name, html in fresh.html.items() if lasting(html) != lasting(self.html.get(name, ""))]
        return [name for name in unlike if name != "thread" or not self.shows_what(fresh)]

    def shows_what(self, fresh: "Panel") -> bool:
        """Whether all that another panel has of the thread stands in this one, in the same order, at its end.

        A thread that has grown message by message is longer than one that is opened now.
        """
        mine, theirs = self.messages(), fresh.messages()
        return bool(theirs) and mine[-len(theirs) :] == theirs and fresh.days() <= self.days()

    def messages(self) -> list[str]:
        """What was said, in the order in which it is shown."""
        return [lasting(html) for key, html in self.entries.items() if not key.startswith("d-")]

    def days(self) -> set[str]:
        """The days of which something is shown, in words."""
        return {html for key, html in self.entries.items() if key.startswith("d-")}


def entries_of(html: str) -> dict[str, str]:
    """The lines of a thread, or of a piece of one, by their ids."""
    return {found[2]: found[0].strip() for found in ENTRY.finditer(html)}


def place_of(html: str) -> str:
    """Where a message stands in its conversation."""
    found = PLACE.search(html)
    return found[1] if found else ""


def lasting(html: str) -> str:
    """What does not change by itself."""
    return PASSING.sub("", html)


class Panels:
    """All the tabs, living in a thread of their own."""

    def __init__(self, panels: Sequence[Panel]) -> None:
        self.panels = panels
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> "Panels":
        self._thread.start()
        for panel in self.panels:
            asyncio.run_coroutine_threadsafe(panel.live(), self._loop)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(PATIENCE)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _close(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def cut(self, panel: Panel) -> None:
        """Break a panel's line without a word."""
        if line := panel.line:
            panel.line = None
            self._loop.call_soon_threadsafe(line.transport.abort)

    def unlike(self) -> list[str]:
        """Where panels differ from fresh ones, in words."""
        return asyncio.run_coroutine_threadsafe(self._look_at_all(), self._loop).result(PATIENCE)

    async def _look_at_all(self) -> list[str]:
        found = await asyncio.gather(*(self._look_at(panel) for panel in self.panels))
        return [words for words in found if words]

    async def _look_at(self, panel: Panel) -> str:
        try:
            parts = await panel.unlike()
        except ABROAD as error:
            return f"panel of {panel.agent.user}: no fresh one to be had: {error!r}"
        return f"panel of {panel.agent.user} is old in {', '.join(parts)}" if parts else ""
