"""What agents and customers do to set a scene, by the product's own doors and use cases."""

import asyncio
import time
import uuid
from collections.abc import Sequence

from django.db import connection

from bench.house import Agent, House
from bench.http import Line
from bench.marks import new_mark
from interactions import offers
from interactions.models import Direction, Message, MessageStatus, Offer, OfferState

PATIENCE = 60.0
_GONE_OUT = (MessageStatus.SENT, MessageStatus.PUBLISHED, MessageStatus.DELIVERED, MessageStatus.READ)


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


async def not_gone_out() -> int:
    """Messages of the house of which the product does not know that they have gone out, and for which nothing moves.

    Slowness is waited for: as long as the number falls, it is asked again. Meanwhile the platform goes on to answer.
    """
    number, moved = await asyncio.to_thread(_pending), time.monotonic()
    while number and time.monotonic() < moved + PATIENCE:
        await asyncio.sleep(0.1)
        before, number = number, await asyncio.to_thread(_pending)
        if number != before:
            moved = time.monotonic()
    return number


def _pending() -> int:
    try:
        return Message.objects.filter(direction=Direction.OUTBOUND).exclude(status__in=_GONE_OUT).count()
    finally:
        connection.close()


def _offered() -> int:
    try:
        return Offer.objects.filter(state=OfferState.OPEN).count()
    finally:
        connection.close()
