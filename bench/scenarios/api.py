"""API: the calls of a shift, one after the other, as the public SDK makes them."""

import json
import time

from bench.acts import accept_all, conversations
from bench.figures import Figures, percentile
from bench.floors import running
from bench.house import TOKEN, House
from bench.http import Line
from bench.load import closed_loop, fetch, insert
from bench.marks import new_mark
from bench.stage import Scenario

BEARER = {"Authorization": f"Bearer {TOKEN}"}
MESSAGE_IN = "message in by the API, 8 at once"


class Api(Scenario):
    """An agent with three conversations asks; a program brings messages."""

    name = "api"

    def prepare(self) -> None:
        """Three conversations of the first agent, whose token it is; and the floor."""
        stage = self.stage
        self.agents = self.house.on_duty(1)
        stage.run(conversations(self.house, Line(stage.ports.web), 3))
        self.conversation = next(iter(accept_all(self.agents).values()))
        self.floor_port = self.open.enter_context(running.drf(stage.environment, stage.ports.floor))
        self.few, self.some = stage.many(60, 3), stage.many(160, 16)

    def measure(self) -> Figures:
        """Each call some times."""
        return self.stage.run(self._calls())

    def floor(self) -> Figures:
        """REST framework reading one row, and writing one."""
        return self.stage.run(self._floor())

    async def _calls(self) -> Figures:
        line, figures = Line(self.stage.ports.web, BEARER), Figures()
        for name, path in calls(self.conversation).items():
            taken, _all = await closed_loop([line], self.few, lambda line, path=path: fetch(line, path))
            figures[f"{name}, p50"] = percentile(taken, 0.5) * 1000
        taken, _all = await closed_loop([line], self.few, lambda line: count_queue(line, self.house))
        lines = [Line(self.stage.ports.web, BEARER) for _ in range(8)]
        _taken, whole = await closed_loop(lines, self.some, self._message_in)
        figures["queue counters, p50"] = percentile(taken, 0.5) * 1000
        return figures | {MESSAGE_IN: self.some / whole}

    async def _message_in(self, line: Line) -> float:
        said = self.house.said(new_mark(), "Where is my parcel?")
        path = f"/api/v2/conversations/messages/{self.house.inbox.pk}/inbound/open/message"
        (await line.post(path, json.dumps(said).encode())).required()
        return 0.0

    async def _floor(self) -> Figures:
        line = Line(self.floor_port)
        await insert(line)
        taken, _all = await closed_loop([line], self.few, lambda line: fetch(line, "/"))
        lines = [Line(self.floor_port) for _ in range(8)]
        _taken, whole = await closed_loop(lines, self.some * 2, insert)
        each = percentile(taken, 0.5) * 1000
        names = [*calls(""), "queue counters"]
        return {f"{name}, p50": each for name in names} | {MESSAGE_IN: self.some * 2 / whole}


def calls(conversation: str) -> dict[str, str]:
    """What an agent's program asks for in a shift."""
    return {
        "who am I": "/api/v2/users/me",
        "my queues": "/api/v2/routing/queues/me",
        "my conversations": "/api/v2/conversations/messages",
        "one conversation": f"/api/v2/conversations/messages/{conversation}",
    }


async def count_queue(line: Line, house: House) -> float:
    """Ask how many wait in the queue."""
    query = {
        "filter": {
            "type": "and",
            "clauses": [{"type": "or", "predicates": [{"dimension": "queueId", "value": str(house.queue.pk)}]}],
        },
        "metrics": ["oWaiting", "oInteracting"],
    }
    began = time.perf_counter()
    (await line.post("/api/v2/analytics/queues/observations/query", json.dumps(query).encode())).required()
    return time.perf_counter() - began
