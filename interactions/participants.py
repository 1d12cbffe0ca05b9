"""Who took part in an interaction, and when: the customer, the queues it waited in, the agents it was offered to.

An agent takes part under the id of the offer, which is the handling's too once it is accepted; the customer and the
queues take part under ids that are made from the interaction's.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from django.db.models import F, Prefetch, Window, prefetch_related_objects
from django.db.models.functions import RowNumber

from accounts.models import User
from interactions.models import Attachment, EndedBy, Handling, Interaction, Message, Offer, OfferState, State
from queues.models import Queue

MESSAGES_TOLD = 500
"""So many of the newest messages of an interaction are told of."""


class Purpose(StrEnum):
    """As what somebody takes part."""

    CUSTOMER = "customer"
    QUEUE = "acd"
    AGENT = "agent"


class Part(StrEnum):
    """How somebody takes part now."""

    ALERTING = "alerting"
    CONNECTED = "connected"
    PARKED = "parked"
    GONE = "disconnected"


class Left(StrEnum):
    """Why somebody takes part no more."""

    BY_ONESELF = "client"
    UNANSWERED = "transfer.noanswer"
    HANDED_OVER = "transfer"
    BY_THE_SYSTEM = "system"


@dataclass
class Participant:
    """One who took part; `messages` are those they wrote, oldest first."""

    id: uuid.UUID
    purpose: Purpose
    state: Part
    started_at: datetime
    connected_at: datetime | None = None
    ended_at: datetime | None = None
    left: Left | None = None
    agent: User | None = None
    queue: Queue | None = None
    offer: Offer | None = None
    handling: Handling | None = None
    messages: list[Message] = field(default_factory=list)


def load(interactions: Sequence[Interaction]) -> None:
    """Read all that `participants` needs, for many interactions in a constant number of queries."""
    newest = Window(RowNumber(), partition_by=F("interaction"), order_by=[F("created_at").desc(), F("id").desc()])
    told = Message.objects.annotate(nth=newest).filter(nth__lte=MESSAGES_TOLD).defer("text", "original", "extra")
    prefetch_related_objects(
        interactions,
        "queue",
        "inbox",
        "customer__contact",
        "skills",
        Prefetch("offers", Offer.objects.select_related("agent", "queue").order_by("made_at")),
        Prefetch("handlings", Handling.objects.select_related("agent", "queue", "code").order_by("started_at")),
        Prefetch("messages", told.order_by("created_at", "id"), to_attr="told"),
        Prefetch("told__attachments", Attachment.objects.order_by("created_at")),
    )


def participants(interaction: Interaction) -> list[Participant]:
    """All who took part, in the order in which they came. The interaction has gone through `load`."""
    agents = [_handled(interaction, handling) for handling in interaction.handlings.all()]
    known = {each.id for each in agents}
    agents += [_offered(offer) for offer in interaction.offers.all() if offer.pk not in known]
    agents.sort(key=lambda each: each.started_at)
    everyone = [_customer(interaction), *_queues(interaction, agents), *agents]
    _give_messages(interaction, everyone)
    return everyone


def customer_id(interaction: Interaction) -> uuid.UUID:
    """As whom the customer takes part."""
    return uuid.uuid5(interaction.pk, "customer")


def queue_id(interaction: Interaction, queue: uuid.UUID) -> uuid.UUID:
    """As whom a queue takes part."""
    return uuid.uuid5(interaction.pk, str(queue))


# ------------------------------------------------------------------ each kind

_ENDED = (State.WRAP_UP, State.ENDED)
_LEFT_BY_OFFER = {
    OfferState.DECLINED: Left.BY_ONESELF,
    OfferState.EXPIRED: Left.UNANSWERED,
    OfferState.WITHDRAWN: Left.BY_THE_SYSTEM,
}
_LEFT_BY_HANDLING = {
    EndedBy.AGENT: Left.BY_ONESELF,
    EndedBy.TRANSFERRED: Left.HANDED_OVER,
    EndedBy.ABSENT: Left.BY_THE_SYSTEM,
}


def _customer(interaction: Interaction) -> Participant:
    over = interaction.state in _ENDED
    return Participant(
        customer_id(interaction),
        Purpose.CUSTOMER,
        Part.GONE if over else Part.CONNECTED,
        interaction.started_at,
        connected_at=interaction.started_at,
        ended_at=interaction.ended_at if over else None,
        left=Left.BY_THE_SYSTEM if over else None,
    )


def _queues(interaction: Interaction, agents: list[Participant]) -> list[Participant]:
    """Each queue once, with the time it waited there last."""
    found: dict[uuid.UUID, Participant] = {}
    for each in agents:
        assert each.queue
        known = found.setdefault(each.queue.pk, _queue(interaction, each.queue, each.started_at))
        known.ended_at, known.left = each.connected_at or each.ended_at or each.started_at, Left.HANDED_OVER
    now = found.pop(interaction.queue_id, None) or _queue(interaction, interaction.queue, interaction.queued_at)
    now.started_at = now.connected_at = min(interaction.queued_at, now.ended_at or interaction.queued_at)
    if interaction.state in (State.WAITING, State.ALERTING):
        now.state, now.ended_at, now.left = Part.CONNECTED, None, None
    return [*found.values(), now]


def _queue(interaction: Interaction, queue: Queue, since: datetime) -> Participant:
    pk = queue_id(interaction, queue.pk)
    return Participant(pk, Purpose.QUEUE, Part.GONE, since, connected_at=since, queue=queue)


def _offered(offer: Offer) -> Participant:
    is_open = offer.state == OfferState.OPEN
    return Participant(
        offer.pk,
        Purpose.AGENT,
        Part.ALERTING if is_open else Part.GONE,
        offer.made_at,
        ended_at=None if is_open else offer.closed_at,
        left=_LEFT_BY_OFFER.get(OfferState(offer.state)),
        agent=offer.agent,
        queue=offer.queue,
        offer=offer,
    )


def _handled(interaction: Interaction, handling: Handling) -> Participant:
    offer = next((offer for offer in interaction.offers.all() if offer.pk == handling.pk), None)
    return Participant(
        handling.pk,
        Purpose.AGENT,
        _part(interaction, handling),
        offer.made_at if offer else handling.started_at,
        connected_at=handling.started_at,
        ended_at=handling.ended_at,
        left=_LEFT_BY_HANDLING[EndedBy(handling.ended_by)] if handling.ended_by else None,
        agent=handling.agent,
        queue=handling.queue,
        offer=offer,
        handling=handling,
    )


def _part(interaction: Interaction, handling: Handling) -> Part:
    if handling.ended_at:
        return Part.GONE
    return Part.PARKED if interaction.state == State.PARKED else Part.CONNECTED


def _give_messages(interaction: Interaction, everyone: list[Participant]) -> None:
    """Each message to who wrote it; what nobody of the house wrote here, to the queue."""
    customer = everyone[0]
    queue = next(each for each in reversed(everyone) if each.purpose == Purpose.QUEUE)
    for message in interaction.told:  # type: ignore[attr-defined]
        writer = customer if message.is_inbound else _writer(message, everyone) or queue
        writer.messages.append(message)


def _writer(message: Message, everyone: list[Participant]) -> Participant | None:
    own = [each for each in everyone if each.handling and each.handling.agent_id == message.agent_id]
    begun = [each for each in own if each.connected_at and each.connected_at <= message.created_at]
    return begun[-1] if begun else own[0] if own else None
