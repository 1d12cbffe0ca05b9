"""Offer: from the commit of a new interaction to its offer on an agent's panel, with few and many agents on queue."""

import asyncio
import time

from channels.layers import get_channel_layer
from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone
from websockets.asyncio.client import connect

from bench.figures import Figures, p50_p99
from bench.fill import conversations_of_many
from bench.floors import claim, running
from bench.house import House
from bench.load import PATIENCE
from bench.marks import new_mark
from bench.panels import opened
from bench.stage import Scenario
from interactions.intake import Incoming, receive_message
from interactions.models import Handling, Interaction, Offer, OfferState, State
from interactions.routing import route
from queues.models import AgentStatus
from socialcare import events

ROUTING = "routing, one connection"
CALM = 0.05
"""Seconds between two new interactions: the system has finished one before the next comes."""


class OfferTime(Scenario):
    """One new interaction after the other, so that what is measured is the way and no queue before it."""

    name = "offer"

    def prepare(self) -> None:
        """The floor beside."""
        port = self.open.enter_context(running.fanout(self.stage.environment, self.stage.ports.floor))
        self.line = self.stage.run(self.open.enter_async_context(connect(f"ws://127.0.0.1:{port}/")))
        sizes = (10, 100, 500) if not self.stage.quick else (5,)
        self.sizes = [size for size in sizes if size <= len(self.house.agents)]
        self.times = self.stage.many(24, 5)

    def measure(self) -> Figures:
        """With each number of agents."""
        figures, wrong = Figures(), 0
        for size in self.sizes:
            self.house.empty()
            taken = self.stage.run(self._with(size))
            shown = size if not self.stage.quick else 10
            figures |= p50_p99(f"{shown} agents: from the commit to the panel", taken)
            wrong += violations()
        self.house.empty()
        return figures | {"violations": wrong, ROUTING: rate_of_routing(self.house, self.stage.many(100, 5))}

    def floor(self) -> Figures:
        """A raw event through the channel layer to a socket."""
        taken = self.stage.run(self._floor())
        figures = {ROUTING: 1 / claim.seconds_each(self.stage.database, self.stage.many(500, 20))}
        for size in self.sizes if not self.stage.quick else (10,):
            figures |= p50_p99(f"{size} agents: from the commit to the panel", taken)
        return figures

    async def _with(self, size: int) -> list[float]:
        agents = await asyncio.to_thread(self.house.on_duty, size)
        async with opened(agents, self.stage.ports.sockets, self.stage.lookout):
            await asyncio.sleep(1.0)
            taken = []
            for _ in range(self.times):
                mark = new_mark()
                arrived = self.stage.lookout.awaits(mark)
                committed = await asyncio.to_thread(self._receive, mark)
                taken.append(await asyncio.wait_for(arrived, PATIENCE) - committed)
                await asyncio.sleep(CALM)
        return taken

    def _receive(self, mark: str) -> float:
        """Take a message of a new customer; gives the moment of its commit."""
        moments: list[float] = []
        incoming = Incoming(external_id=new_mark(), visibility="private", text=mark, sent_at=timezone.now())
        try:
            with transaction.atomic():
                transaction.on_commit(lambda: moments.append(time.perf_counter()))
                receive_message(self.house.inbox, new_mark(), {"name": "Ada Byron"}, incoming)
        finally:
            connection.close()
        return moments[0]

    async def _floor(self) -> list[float]:
        taken = []
        for _ in range(self.times * 3):
            mark = new_mark()
            began = time.perf_counter()
            await asyncio.to_thread(publish, mark)
            assert await asyncio.wait_for(self.line.recv(), PATIENCE) == mark
            taken.append(time.perf_counter() - began)
        return taken


def publish(mark: str) -> None:
    """Send a raw event to all sockets of the floor."""
    message = get_channel_layer().serialize({"type": "say", "text": mark})
    events._redis().publish("floor__group__floor", message)


def rate_of_routing(house: House, number: int) -> float:
    """Offers a second that one connection makes, each in a transaction of its own, to twenty agents."""
    waiting = conversations_of_many(number, State.WAITING)
    house.on_duty(20)
    began = time.perf_counter()
    made = route(house.queue.pk)
    rate = made / (time.perf_counter() - began)
    house.on_duty(0)
    Interaction.objects.filter(pk__in=[row.pk for row in waiting]).delete()
    house.on_duty(1)
    return rate


def violations() -> int:
    """Agents over capacity, agents whose load is not what they have, open offers to people who are not there."""
    offered = Offer.objects.filter(state=OfferState.OPEN)
    over = AgentStatus.objects.filter(load__gt=F("capacity")).count()
    absent = offered.filter(~Q(agent__status__presence="OnQueue")).count()
    held: dict[object, int] = {}
    for agent in offered.values_list("agent", flat=True):
        held[agent] = held.get(agent, 0) + 1
    for agent in Handling.objects.filter(holds_place=True, wrapped_up_at=None).values_list("agent", flat=True):
        held[agent] = held.get(agent, 0) + 1
    wrong = sum(held.get(pk, 0) != load for pk, load in AgentStatus.objects.values_list("pk", "load"))
    return over + absent + wrong
