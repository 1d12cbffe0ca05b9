"""Archive: what is looked at must cost the same, however much lies there."""

import asyncio
from collections.abc import Callable

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench.databases import asking
from bench.figures import Figures, percentile
from bench.goals import ADDED
from bench.marks import new_mark
from bench.product import Product
from bench.scenarios.offer import rate_of_routing
from bench.sides import Side
from bench.stage import Scenario

SMALL = 1_000
ROUTING = "routing step, one connection"


class Archive(Scenario):
    """The floor is a second product on the same servers, with a thousand conversations: asked in turns with the first.

    In turns means: one call of the one, the same call of the other, and so on. So both figures of a round are taken
    together, and the floor's is only handed out afterwards.
    """

    name = "archive"

    def prepare(self) -> None:
        """Start the second product, and fill both."""
        stage = self.stage
        folder = stage.folder / "second"
        folder.mkdir()
        second = Product(folder, stage.ports.second, stage.second | {"DATA_DIR": str(folder)})
        self.open.callback(second.stop)
        second.start()
        self.small = Side(stage, second.ports, second.environment["DATABASE_URL"])
        self.large = Side(stage, stage.ports, stage.database)
        with asking(self.small.database):
            self.small.fill(stage.many(SMALL, 200), canned=0)
        self.large.fill(stage.many(stage.archive, 2_000), canned=stage.many(1_800, 200))
        self.few = stage.many(30, 1)
        stage.run(self._ask(stage.many(5, 1)))

    def measure(self) -> Figures:
        """Both; gives the large one's figures."""
        large, self.found = self.stage.run(self._ask(self.few))
        with asking(self.small.database):
            self.found[ROUTING] = self._routing_step()
            before = statements(self.small)
        large[ROUTING] = self._routing_step()
        asked = statements(self.large)
        more = sum(max(0.0, number - before[name]) for name, number in asked.items())
        return large | asked | {ADDED: more}

    def floor(self) -> Figures:
        """The small one, as it was asked in the same round."""
        return self.found

    async def _ask(self, times: int) -> tuple[Figures, Figures]:
        large, small = Figures(), Figures()
        there, here = self.large.acts(), self.small.acts()
        for name in there:
            taken: tuple[list[float], list[float]] = ([], [])
            for _ in range(times):
                taken[0].append(await there[name]())
                taken[1].append(await here[name]())
                await asyncio.sleep(0)
            large[f"{name}, p50"], small[f"{name}, p50"] = (percentile(each, 0.5) * 1000 for each in taken)
        return large, small

    def _routing_step(self) -> float:
        return 1000 / rate_of_routing(self.house, self.stage.many(60, 5))


def statements(side: Side) -> Figures:
    """How many statements each of some calls takes, in the database that is asked now."""
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(side.house.agents[0].user)
    platform = Client(SERVER_NAME="127.0.0.1")

    def post(customer: str) -> None:
        body, headers = side.house.webhook(customer, "Where is my parcel?")
        platform.post(side.house.hook, body, content_type="application/json", headers=headers)

    acts = {
        "webhook, follow-up": lambda: post(side.known),
        "webhook, new": lambda: post(new_mark()),
        "panel page": lambda: client.get(f"/panel/i/{side.long}/"),
    }
    return {f"statements: {name}": float(_counted(act)) for name, act in acts.items()}


def _counted(act: Callable[[], None]) -> int:
    with CaptureQueriesContext(connection) as asked:
        act()
    around = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
    return sum(not said["sql"].startswith(around) for said in asked.captured_queries)
