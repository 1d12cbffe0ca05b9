"""Putting an interaction into its queue, and waking whoever offers it."""

import uuid
from datetime import datetime
from typing import Any

from django.utils import timezone

from interactions.models import Interaction, State
from interactions.models.interaction import rank_of
from interactions.screens import show_in_queue, show_waiting
from queues.models import Queue, QueueMember
from socialcare.states import transition
from socialcare.work import wake


def enqueue(interaction: Interaction, *, queue: Queue | None = None, since: datetime | None = None) -> None:
    """Let an interaction wait: in the queue it was in, with its waiting time; or in another, from `since` or now.

    Raises InvalidTransition where it cannot wait.
    """
    changes: dict[str, Any] = {"owner": None, "parked_at": None, "ended_at": None, "wrap_up_code": None}
    if queue:
        show_in_queue(interaction.queue_id, interaction.pk)
        queued_at = since or timezone.now()
        changes |= {"queue": queue, "queued_at": queued_at, "rank": rank_of(queued_at, interaction.priority)}
    transition(interaction, State.WAITING, **changes)
    wake_routing(interaction.queue_id)


def wake_routing(queue_id: object) -> None:
    """Offer what waits in this queue, after the commit."""
    from interactions.tasks import route_queue

    show_waiting(queue_id)
    wake(route_queue, str(queue_id), bell=bell_of(queue_id), short=True)


def bell_of(queue_id: object) -> str:
    """What rings when something waits in this queue, until a router that has the queue to itself looks."""
    return f"routing.{queue_id}"


def wake_queues_of(user_id: uuid.UUID) -> None:
    """An agent has room: offer what waits in any of their queues."""
    waiting = Interaction.objects.waiting()
    for queue_id in QueueMember.objects.filter(
        user=user_id, joined=True, queue__in=waiting.values("queue").distinct()
    ).values_list("queue", flat=True):
        wake_routing(queue_id)
