"""Long thread: a conversation of five thousand messages, beside one of fifty."""

import asyncio
import time
import uuid
from urllib.parse import quote

from bench.acts import accept_all, conversations
from bench.browser import press, signed_in
from bench.figures import Figures, percentile
from bench.fill import lengthen
from bench.http import Line
from bench.load import closed_loop, fetch
from bench.stage import Scenario
from interactions.models import Message

OPENS, BACK, SENDS = (f"5,000 messages: {what}, p50" for what in ("opens", "scrolls back", "sends"))


class LongThread(Scenario):
    """What an agent does in it; the floor is the same in a short one, in the same round."""

    name = "long-thread"

    def prepare(self) -> None:
        """Two conversations of one agent."""
        self.agent = self.house.on_duty(1)[0]
        self.stage.run(conversations(self.house, Line(self.stage.ports.web), 2))
        accept_all([self.agent])
        self.long, self.short = (str(pk) for pk in self._mine())
        self.few = self.stage.many(30, 3)
        lengthen(self.long, self.stage.many(5_000, 500))
        lengthen(self.short, 50)

    def measure(self) -> Figures:
        """In the long one."""
        return self._in(self.long)

    def floor(self) -> Figures:
        """In the short one."""
        return self._in(self.short)

    def _mine(self) -> list[object]:
        return list(Message.objects.order_by("created_at").values_list("interaction", flat=True).distinct())[:2]

    def _in(self, interaction: str) -> Figures:
        oldest = list(Message.objects.filter(interaction=interaction).order_by("-created_at")[:40])[-1]
        return self.stage.run(self._visit(interaction, f"{oldest.created_at.isoformat()}~{oldest.pk}"))

    async def _visit(self, interaction: str, place: str) -> Figures:
        line = Line(self.stage.ports.web, signed_in(self.agent))
        opens, _all = await closed_loop([line], self.few, lambda line: fetch(line, f"/panel/i/{interaction}/"))
        back = f"/panel/i/{interaction}/earlier/?before={quote(place)}"
        scrolls, _all = await closed_loop([line], self.few, lambda line: fetch(line, back, {"Accept": "text/html"}))

        async def send(line: Line) -> float:
            form = {"visibility": "private", "text": "It is on its way.", "key": str(uuid.uuid4())}
            began = time.perf_counter()
            assert (await press(line, f"i/{interaction}/reply/", **form))["ok"]
            taken = time.perf_counter() - began
            await asyncio.sleep(0.05)
            return taken

        sends, _all = await closed_loop([line], self.few, send)
        return {
            name: percentile(taken, 0.5) * 1000 for name, taken in ((OPENS, opens), (BACK, scrolls), (SENDS, sends))
        }
