"""Archive: what is looked at must cost the same, however much lies there."""

import time
from collections.abc import Callable
from urllib.parse import quote

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench.acts import accept_all, conversations
from bench.figures import Figures, percentile
from bench.fill import grow, lengthen
from bench.goals import ADDED
from bench.http import Line
from bench.load import closed_loop, fetch
from bench.marks import new_mark
from bench.scenarios.api import BEARER, count_queue
from bench.scenarios.offer import rate_of_routing
from bench.scenarios.send import signed_in
from bench.stage import Scenario
from interactions.models import Handle, Message

SMALL = 1_000


class Archive(Scenario):
    """The floor is the same house with a thousand interactions: it is measured first, and then the archive grows."""

    name = "archive"

    def prepare(self) -> None:
        """A small archive, and its figures."""
        stage = self.stage
        self.agent = self.house.on_duty(1)[0]
        stage.run(conversations(self.house, Line(stage.ports.web), 3))
        self.open_one = next(iter(accept_all([self.agent]).values()))
        lengthen(self.open_one, 200)
        forty = Message.objects.filter(interaction=self.open_one).order_by("-created_at")[:40]
        self.place = f"{forty[39].created_at.isoformat()}~{forty[39].pk}"
        self.few = stage.many(30, 3)
        small, large = stage.many(SMALL, 100), stage.many(stage.archive, 1_000)
        grow(self.house, 1, small)
        self.small = [self._look() for _ in range(1 if stage.quick else 3)]
        self.asked = self._statements()
        self.turn = 0
        grow(self.house, small + 1, large)

    def measure(self) -> Figures:
        """In the large one."""
        statements = self._statements()
        more = sum(max(0.0, number - self.asked[name]) for name, number in statements.items())
        return self._look() | statements | {ADDED: more}

    def floor(self) -> Figures:
        """The small one, as it was."""
        figures = self.small[self.turn % len(self.small)]
        self.turn += 1
        return figures

    # ------------------------------------------------------------ times

    def _look(self) -> Figures:
        figures = self.stage.run(self._ask())
        return figures | {"routing step, one connection": 1000 / rate_of_routing(self.house, self.stage.many(60, 5))}

    async def _ask(self) -> Figures:
        web = self.stage.ports.web
        panel, program, platform = Line(web, signed_in(self.agent)), Line(web, BEARER), Line(web)
        opened, conversation = f"/panel/i/{self.open_one}/", "/api/v2/conversations/messages"
        asked: dict[str, tuple[Line, Callable]] = {
            "panel page": (panel, lambda line: fetch(line, "/panel/")),
            "thread page": (panel, lambda line: fetch(line, opened)),
            "earlier messages": (panel, lambda line: fetch(line, f"{opened}earlier/?before={quote(self.place)}")),
            "canned search": (panel, lambda line: fetch(line, f"{opened}canned/?q=answer", JSON)),
            "API: my conversations": (program, lambda line: fetch(line, conversation)),
            "API: one conversation": (program, lambda line: fetch(line, f"{conversation}/{self.open_one}")),
            "API: queue counters": (program, lambda line: count_queue(line, self.house)),
            "webhook, new": (platform, lambda line: self._webhook(line, new_mark())),
            "webhook, follow-up": (platform, lambda line: self._webhook(line, "regular")),
        }
        figures = Figures()
        for name, (line, act) in asked.items():
            taken, _all = await closed_loop([line], self.few, act)
            figures[f"{name}, p50"] = percentile(taken, 0.5) * 1000
        return figures

    async def _webhook(self, line: Line, customer: str) -> float:
        body, headers = self.house.webhook(customer, "Where is my parcel?")
        began = time.perf_counter()
        (await line.post(self.house.hook, body, headers)).required()
        return time.perf_counter() - began

    # ------------------------------------------------------------ statements

    def _statements(self) -> Figures:
        client = Client(SERVER_NAME="127.0.0.1")
        client.force_login(self.agent.user)
        platform = Client(SERVER_NAME="127.0.0.1")

        def post(customer: str) -> None:
            body, headers = self.house.webhook(customer, "Where is my parcel?")
            platform.post(self.house.hook, body, content_type="application/json", headers=headers)

        regular = Handle.objects.get(interactions=self.open_one).external_id
        acts = {
            "webhook, follow-up": lambda: post(regular),
            "webhook, new": lambda: post(new_mark()),
            "panel page": lambda: client.get(f"/panel/i/{self.open_one}/"),
        }
        return {f"statements: {name}": float(_counted(act)) for name, act in acts.items()}


JSON = {"Accept": "application/json"}


def _counted(act: Callable[[], None]) -> int:
    with CaptureQueriesContext(connection) as asked:
        act()
    around = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
    return sum(not said["sql"].startswith(around) for said in asked.captured_queries)
