"""What agents and customers do to set a scene, by the product's own doors and use cases."""

import asyncio
import uuid
from collections.abc import Sequence

from django.db import connection

from bench.house import Agent, House
from bench.http import Line
from bench.marks import new_mark
from interactions import offers
from interactions.models import Offer, OfferState

PATIENCE = 20.0


async def conversations(house: House, line: Line, number: int) -> list[str]:
    """So many new customers write; gives their ids, once each is offered to an agent."""
    customers = [new_mark() for _ in range(number)]
    for customer in customers:
        body, headers = house.webhook(customer, f"Hello, I am {customer}.")
        (await line.post(house.hook, body, headers)).required()
    async with asyncio.timeout(PATIENCE):
        while await asyncio.to_thread(_offered) < number:  # noqa: ASYNC110 - another process does it
            await asyncio.sleep(0.05)
    return customers


def accept_all(agents: Sequence[Agent]) -> dict[uuid.UUID, str]:
    """These agents answer what is offered to them: the interaction that each has now, by the agent's id."""
    ids = [agent.user.pk for agent in agents]
    taken = {}
    for offer in Offer.objects.filter(state=OfferState.OPEN, agent__in=ids).select_related("agent"):
        taken[offer.agent_id] = str(offers.accept(offer.agent, offer.pk).pk)
    return taken


def _offered() -> int:
    try:
        return Offer.objects.filter(state=OfferState.OPEN).count()
    finally:
        connection.close()
