"""How things stand when a test begins: interactions brought to where it needs them by the product's own use cases."""

from datetime import timedelta
from typing import Any

from django.db.models import F
from django.utils import timezone

from accounts.models import User
from interactions import offers
from interactions.models import Inbox, Interaction, Offer, OfferState
from interactions.routing import route
from queues.models import AgentStatus
from tests.factories import InteractionFactory, MessageFactory, on_queue


def waiting(inbox: Inbox, **facts: Any) -> Interaction:
    """An interaction that waits, with its first public post."""
    interaction = InteractionFactory(inbox=inbox, **facts)
    MessageFactory(interaction=interaction)
    return interaction


def open_offer(interaction: Interaction) -> Offer | None:
    """The offer that is open for it."""
    return Offer.objects.filter(interaction=interaction, state=OfferState.OPEN).select_related("agent").first()


def asked(interaction: Interaction) -> str:
    """Who is being asked now; empty if nobody."""
    offer = open_offer(interaction)
    return offer.agent.username if offer else ""


def connected(agent: User, inbox: Inbox, **facts: Any) -> Interaction:
    """An interaction that was offered to the agent, who answered."""
    interaction = waiting(inbox, **facts)
    status = AgentStatus.objects.of(agent)
    on_queue(agent, capacity=max(status.capacity, status.load + 1))
    others = AgentStatus.objects.exclude(user=agent)
    before = dict(others.values_list("pk", "presence"))
    others.update(presence="Busy")
    route(inbox.queue_id)
    for pk, presence in before.items():
        others.filter(pk=pk).update(presence=presence)
    offers.accept(agent, open_offer(interaction).pk)
    return Interaction.objects.get(pk=interaction.pk)


def pass_deadline(interaction: Interaction) -> None:
    """The alerting time of its offer is over."""
    Offer.objects.filter(interaction=interaction, state=OfferState.OPEN).update(
        deadline=timezone.now() - timedelta(milliseconds=1)
    )


def silent_for(user: User, **time: float) -> None:
    """The agent's screen has not been heard of for this long."""
    AgentStatus.objects.filter(user=user).update(last_seen=timezone.now() - timedelta(**time))


def load(user: User) -> int:
    """The places taken."""
    return AgentStatus.objects.get(user=user).load


def routing_status(user: User) -> str:
    """As routing sees the agent."""
    return AgentStatus.objects.get(user=user).routing_status


def no_agent_holds_too_much() -> bool:
    """Whether every agent is within capacity."""
    return not AgentStatus.objects.filter(load__gt=F("capacity")).exists()
