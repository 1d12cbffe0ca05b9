"""Two houses of one kind, the one with little in it and the other with much: everything is asked of both in turns."""

import json
import time
from collections.abc import Awaitable, Callable
from urllib.parse import quote

from bench.acts import accept_all, conversations
from bench.browser import signed_in
from bench.fill import RARE, THREAD, grow, lengthen, more_canned, old
from bench.house import BEARER, BOSS_TOKEN, signed
from bench.http import Line
from bench.load import fetch
from bench.marks import new_mark
from bench.product import Ports
from bench.shift import counters
from bench.stage import Stage
from interactions.models import Handle, Interaction, Message

JSON = {"Accept": "application/json"}
LONG = 200
"""Messages of the thread that is opened."""
Act = Callable[[], Awaitable[float]]


class Side:
    """One of the two: where it is served and stored, and what is looked at in it."""

    def __init__(self, stage: Stage, ports: Ports, database: str) -> None:
        self.stage, self.ports, self.database, self.house = stage, ports, database, stage.house

    def fill(self, conversations_ended: int, canned: int) -> None:
        """Three conversations with the first agent, one of them long and one with a regular; and the archive."""
        agent = self.house.on_duty(1)[0]
        self.stage.run(conversations(self.house, Line(self.ports.web), 3))
        accept_all([agent])
        mine = [str(pk) for pk in Interaction.objects.filter(owner=agent.user).values_list("pk", flat=True)]
        self.long, self.regulars, self.third = mine
        lengthen(self.long, LONG)
        forty = Message.objects.filter(interaction=self.long).order_by("-created_at")[:40]
        self.place = quote(f"{forty[39].created_at.isoformat()}~{forty[39].pk}")
        self.regular = Handle.objects.select_related("contact").get(interactions=self.regulars)
        self.known = Handle.objects.get(interactions=self.third).external_id
        more_canned(canned)
        for done in grow(self.house, 1, conversations_ended, self.regular):
            self.stage.say(f"archive: {done:,} of {conversations_ended:,} written")
        self.old = old(1)

    def acts(self) -> dict[str, Act]:
        """What is measured, by its name; each gives its time."""
        web = self.ports.web
        panel, office = Line(web, signed_in(self.house.agents[0])), Line(web, signed_in(self.house.boss))
        program, clerk = Line(web, BEARER), Line(web, {"Authorization": f"Bearer {BOSS_TOKEN}"})
        customers, mine = "/api/v2/externalcontacts/contacts", "/api/v2/conversations/messages"
        thread = f"/panel/i/{self.long}/"
        pages: dict[str, tuple[Line, str]] = {
            "panel page": (panel, "/panel/"),
            "thread page": (panel, thread),
            "earlier messages": (panel, f"{thread}earlier/?before={self.place}"),
            "thread page, long history": (panel, f"/panel/i/{self.regulars}/"),
            "an ended conversation's page": (panel, f"/panel/i/{self.old}/"),
            "API: my conversations": (program, mine),
            "API: one conversation": (program, f"{mine}/{self.long}"),
            "API: customers": (clerk, customers),
            "API: customer search": (clerk, f"{customers}?q={RARE}"),
            "admin: conversations": (office, "/admin/interactions/interaction/"),
            "admin: conversation search": (office, f"/admin/interactions/interaction/?q={RARE}"),
            "admin: messages": (office, "/admin/interactions/message/"),
            "admin: customer search": (office, f"/admin/interactions/contact/?q={RARE}"),
            "admin: captured posts": (office, "/admin/delivery/capturedpost/"),
            "admin: captured post search": (office, f"/admin/delivery/capturedpost/?q={RARE}"),
            "figures for Prometheus": (clerk, "/metrics"),
        }
        acts = {name: _fetching(line, path) for name, (line, path) in pages.items()}
        return {
            **acts,
            "canned search": _fetching(panel, f"{thread}canned/?q=answer", JSON),
            "API: queue counters": lambda: self._count(program),
            "webhook, new": lambda: self._webhook(new_mark()),
            "webhook, follow-up": lambda: self._webhook(self.known),
            "webhook, follow-up, long history": lambda: self._webhook(self.regular.external_id),
            "webhook, comment under a post with many": lambda: self._webhook(new_mark(), rootId=THREAD),
        }

    async def _count(self, line: Line) -> float:
        began = time.perf_counter()
        path = "/api/v2/analytics/queues/observations/query"
        (await line.post(path, json.dumps(counters(self.house)).encode())).required()
        return time.perf_counter() - began

    async def _webhook(self, customer: str, **post: str) -> float:
        body, headers = signed(json.dumps(self.house.said(customer, "Where is my parcel?", **post)).encode())
        line = Line(self.ports.web)
        began = time.perf_counter()
        (await line.post(self.house.hook, body, headers)).required()
        taken = time.perf_counter() - began
        line.close()
        return taken


def _fetching(line: Line, path: str, headers: dict[str, str] | None = None) -> Act:
    return lambda: fetch(line, path, headers)
