"""Offer: from the commit of a new interaction to its offer on an agent's panel, with few and many agents on queue."""

import asyncio
import time
from math import ceil
from statistics import median

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
MORE_WAITING = "routing step: 10 → 10,000 waiting, rate falls by"
MORE_AGENTS = "routing step: 10 → 500 agents, rate falls by"
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
        self.times = self.stage.many(100, 5)

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
        figures |= {"violations": wrong, ROUTING: rate_of_routing(self.house, self.stage.many(100, 5))}
        return figures | self._grid()

    def _grid(self) -> Figures:
        """By how much more that waits, or more agents, slow the routing down."""
        many, offers = self.stage.many(10_000, 30), self.stage.many(100, 5)
        few_wait = median(self._routed(waiting=10, agents=20, offers=10) for _ in range(self.stage.many(10, 1)))
        figures = {MORE_WAITING: few_wait / self._routed(waiting=many, agents=20, offers=offers)}
        few, all_of_them = self.stage.many(10, 2), self.stage.many(500, 20)
        if all_of_them <= len(self.house.agents):
            few_there = self._routed(waiting=offers, agents=few, offers=offers)
            figures[MORE_AGENTS] = few_there / self._routed(waiting=offers, agents=all_of_them, offers=offers)
        self.house.empty()
        return figures

    def _routed(self, *, waiting: int, agents: int, offers: int) -> float:
        """Offers a second, about so many, of so many conversations that wait."""
        self.house.empty()
        self.house.on_duty(0)
        conversations_of_many(waiting, State.WAITING)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE interactions_interaction")
        return routed(self.house, agents, offers)

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
        """Take a message of a new customer as a webhook's is taken; gives the moment of its commit."""
        moments: list[float] = []
        incoming = Incoming(external_id=new_mark(), visibility="private", text=mark, sent_at=timezone.now())
        try:
            with transaction.atomic():
                transaction.on_commit(lambda: moments.append(time.perf_counter()))
                receive_message(self.house.inbox, new_mark(), {"name": "Ada Byron"}, incoming, alone_with=())
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
    house.on_duty(0)
    waiting = conversations_of_many(number, State.WAITING)
    rate = routed(house, 20, number)
    Interaction.objects.filter(pk__in=[row.pk for row in waiting]).delete()
    house.on_duty(1)
    return rate


def routed(house: House, agents: int, offers: int) -> float:
    """Offers a second of what waits, to so many agents, who have places for about so many."""
    house.on_duty(agents, capacity=ceil(offers / agents))
    there = Offer.objects.filter(state=OfferState.OPEN)
    before, made, taken = there.count(), 0, 0.0
    began = time.perf_counter()
    while made < offers:  # the clock's router may be there first: then it offers, and this one leaves
        assert taken < 10 * PATIENCE, f"{made} of {offers} offers made"
        route(house.queue.pk)
        taken = time.perf_counter() - began
        made = there.count() - before
    house.on_duty(0)
    return made / taken


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
