"""How queues stand now: what waits, what is worked on, and who is there. A few queries, however many queues."""

import uuid
from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import BooleanField, Case, Count, Min, QuerySet, Value, When
from django.utils import timezone

from interactions.models import Handling, Interaction, Offer, OfferState, State
from queues.models import Presence, QueueMember, RoutingStatus
from queues.models.agents import GONE_AFTER


@dataclass
class Line:
    """How many, and since when the oldest of them."""

    count: int = 0
    since: datetime | None = None


@dataclass
class Standing:
    """How one queue stands."""

    waiting: Line = field(default_factory=Line)
    alerting: Line = field(default_factory=Line)
    interacting: Line = field(default_factory=Line)
    members: int = 0
    joined: int = 0
    """Members who take work from the queue. The rest is about these alone."""
    statuses: Counter[str] = field(default_factory=Counter)
    """By routing status."""
    presences: Counter[str] = field(default_factory=Counter)
    on_queue: Counter[str] = field(default_factory=Counter)
    """Those on queue and not gone, by routing status."""


def standings(queues: Collection[uuid.UUID]) -> dict[uuid.UUID, Standing]:
    """How these queues stand. Four queries."""
    found: defaultdict[uuid.UUID, Standing] = defaultdict(Standing)
    waiting = Interaction.objects.waiting().filter(queue__in=queues)
    for queue, line in _lines(waiting.order_by(), "queued_at"):
        found[queue].waiting = line
    for queue, line in _lines(Offer.objects.filter(state=OfferState.OPEN, queue__in=queues), "made_at"):
        found[queue].alerting = line
    # By the stretches of work that run: of these there are never many, while interactions are kept for years
    running = Handling.objects.filter(wrapped_up_at=None, ended_at=None, interaction__state=State.CONNECTED)
    for queue, line in _lines(running.filter(queue__in=queues), "started_at"):
        found[queue].interacting = line
    _count_members(queues, found)
    return {queue: found[queue] for queue in queues}


def _lines(
    rows: "QuerySet[Interaction] | QuerySet[Offer] | QuerySet[Handling]", since: str
) -> list[tuple[uuid.UUID, Line]]:
    counted = rows.values_list("queue").annotate(Count("pk"), Min(since))
    return [(queue, Line(count, oldest)) for queue, count, oldest in counted]


def _count_members(queues: Collection[uuid.UUID], found: dict[uuid.UUID, Standing]) -> None:
    here = Case(
        When(user__status__last_seen__gte=timezone.now() - GONE_AFTER, then=Value(True)),
        default=Value(False),
        output_field=BooleanField(),
    )
    rows = QueueMember.objects.filter(queue__in=queues, user__is_active=True).annotate(here=here)
    kinds = ("queue", "joined", "user__status__routing_status", "user__status__presence", "here")
    for queue, joined, status, presence, is_here, count in rows.values_list(*kinds).annotate(Count("pk")):
        standing = found[queue]
        standing.members += count
        if not joined:
            continue
        standing.joined += count
        standing.statuses[status or RoutingStatus.OFF_QUEUE] += count
        standing.presences[presence or Presence.OFFLINE] += count
        if is_here and presence == Presence.ON_QUEUE:
            standing.on_queue[status] += count
