"""The events: how a person or a conversation stands now, as far as the one who is told may see it."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from accounts.models import User
from accounts.permissions import VIEW, objects_for
from interactions.models import Handling, Interaction, Offer, OfferState, State
from interactions.models.interaction import OWNED
from interactions.participants import Part, Purpose, queue_id
from queues.models import AgentStatus, Queue
from socialcare.api.conversation_out import conversations_out
from socialcare.api.conversation_wires import MessageConversationWire
from socialcare.api.users import presence_id, routing_status_out
from socialcare.api.wire import time_out

from .topics import CONVERSATIONS, PERSON, PRESENCE, QUEUE, STATUS, Topic, name_of

Ids = set[uuid.UUID]
Work = dict[uuid.UUID, Ids]
Pair = tuple[uuid.UUID, uuid.UUID]
People = Mapping[uuid.UUID, list[Topic]]
When = datetime | None
MOST_BEFORE = 200
"""So many conversations that have ended meanwhile are told of on connecting."""


@dataclass(frozen=True)
class Event:
    """What one topic says of one thing (`key`, its id)."""

    topic: str
    key: str
    body: dict[str, Any]


@dataclass
class Told:
    """Events; whose each conversation is now, as far as it may be seen; and the versions of those in queues."""

    events: list[Event] = field(default_factory=list)
    work: Work = field(default_factory=dict)
    in_queues: dict[Pair, int] = field(default_factory=dict)


def of_people(
    owner: User, people: People, interactions: Iterable[uuid.UUID], before: Mapping[uuid.UUID, Ids], since: When
) -> Told:
    """How these people stand, and all their conversations; and these interactions, of whoever they were `before`.

    With `since`, also what has left them after that moment.
    """
    following = [pk for pk, topics in people.items() if any(topic.kind == CONVERSATIONS for topic in topics)]
    now = _work_of(following)
    left = _left_since(following, since) if since else {}
    changed = set(interactions)
    wanted = {pk: ids & changed for pk, ids in before.items() if pk not in now}
    wanted |= {pk: ids | left.get(pk, set()) | before.get(pk, set()) for pk, ids in now.items()}
    bodies = {row.pk: body for row, body in _conversations(owner, set().union(*wanted.values()))}
    told = Told(list(_statuses(people)), {pk: ids & bodies.keys() for pk, ids in now.items()})
    for pk, ids in wanted.items():
        name = name_of(PERSON, pk, CONVERSATIONS)
        for each in ids:
            if body := bodies.get(each):
                told.events.append(Event(name, str(each), body))
            elif pk == owner.pk or each in before.get(pk, ()):
                told.events.append(Event(name, str(each), _gone_from(each, pk)))
    return told


def of_queues(owner: User, pairs: Set[Pair]) -> Told:
    """How these interactions of these queues stand, where `owner` may view the queue."""
    told = Told()
    if not pairs:
        return told
    viewable = objects_for(owner, VIEW, Queue).filter(pk__in={queue for queue, _ in pairs})
    permitted = set(viewable.values_list("pk", flat=True))
    found = {row.pk: (row, body) for row, body in _conversations(owner, {each for _, each in pairs})}
    for queue, each in pairs:
        if queue not in permitted:
            continue
        row, body = found.get(each, (None, None))
        told.events.append(Event(name_of(QUEUE, queue, CONVERSATIONS), str(each), body or _left(each, queue)))
        if row and row.queue_id == queue and row.state != State.ENDED:
            told.in_queues[queue, each] = row.version
    return told


def _statuses(people: People) -> Iterable[Event]:
    asked = {pk for pk, topics in people.items() if any(topic.kind in (STATUS, PRESENCE) for topic in topics)}
    known = AgentStatus.objects.filter(user__is_active=True).in_bulk(asked)
    for pk in asked & known.keys():
        for topic in people[pk]:
            if topic.kind == STATUS:
                yield Event(topic.name, "", routing_status_body(known[pk]))
            elif topic.kind == PRESENCE:
                yield Event(topic.name, "", presence_body(known[pk]))


def routing_status_body(status: AgentStatus) -> dict[str, Any]:
    """What routing makes of an agent, as an event tells of it."""
    told = routing_status_out(status)
    standing = {"status": told["status"], "startTime": time_out(told["start_time"])}
    return {"id": str(status.pk), "routingStatus": standing}


def presence_body(status: AgentStatus) -> dict[str, Any]:
    """A presence, as an event tells of it: in capitals."""
    name = "ON_QUEUE" if status.on_queue else status.presence.upper()
    definition = {"id": str(presence_id(status.presence)), "systemPresence": name}
    return {"source": "PURECLOUD", "presenceDefinition": definition, "primary": True, "message": ""}


def _conversations(owner: User, ids: Ids) -> list[tuple[Interaction, dict[str, Any]]]:
    """These conversations as they are now, as far as `owner` may see them."""
    rows = list(Interaction.objects.visible_to(owner).filter(pk__in=ids)) if ids else []
    bodies = MessageConversationWire(conversations_out(rows), many=True).data if rows else []
    return list(zip(rows, bodies, strict=True))


def _work_of(people: Iterable[uuid.UUID]) -> Work:
    """What each of these people has open, or is being offered."""
    found: Work = {pk: set() for pk in people}
    if not found:
        return found
    owned = Interaction.objects.filter(owner__in=found, state__in=OWNED).values_list("owner", "pk")
    offered = Offer.objects.filter(agent__in=found, state=OfferState.OPEN).values_list("agent", "interaction")
    for pk, each in [*owned, *offered]:
        found[pk].add(each)
    return found


def _left_since(people: Iterable[uuid.UUID], since: datetime) -> Work:
    """What has left each of these people after that moment."""
    found: Work = defaultdict(set)
    offers = Offer.objects.filter(agent__in=people, closed_at__gte=since).order_by("-closed_at")
    over = Handling.objects.filter(agent__in=people, wrapped_up_at__gte=since).order_by("-wrapped_up_at")
    handed_over = Handling.objects.filter(agent__in=people, ended_at__gte=since).order_by("-ended_at")
    for rows in (offers, over, handed_over):
        for pk, each in rows.values_list("agent", "interaction")[:MOST_BEFORE]:
            found[pk].add(each)
    return found


def _gone_from(interaction: uuid.UUID, person: uuid.UUID) -> dict[str, Any]:
    """A conversation that has left a person and is not to be seen any more: that it has left, and nothing else."""
    offers = Offer.objects.filter(interaction=interaction, agent=person).order_by("-made_at")
    handlings = Handling.objects.filter(interaction=interaction, agent=person).order_by("-started_at")
    part = handlings.values_list("pk", flat=True).first() or offers.values_list("pk", flat=True).first()
    return _left_by(interaction, part, Purpose.AGENT, user={"id": str(person)})


def _left(interaction: uuid.UUID, queue: uuid.UUID) -> dict[str, Any]:
    """A conversation that has left a queue and is not to be seen any more."""
    part = queue_id(Interaction(pk=interaction), queue)
    return _left_by(interaction, part, Purpose.QUEUE, queue={"id": str(queue)})


def _left_by(interaction: uuid.UUID, part: uuid.UUID | None, purpose: Purpose, **who: Any) -> dict[str, Any]:
    told = {"id": str(part or interaction), "purpose": str(purpose), "state": str(Part.GONE), **who}
    return {"id": str(interaction), "participants": [told]}
