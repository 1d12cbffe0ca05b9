"""Claiming: a delivery is taken by a conditional update with a lease, committed before the network call."""

from contextlib import suppress
from typing import Any

from django.utils import timezone

from delivery import pausing
from delivery.connectors.base import Failure, SendError
from delivery.due import after, in_lane, lease, repeatable, taking, taking_for_idle
from delivery.ending import close
from delivery.lanes import wake_next
from delivery.models import PENDING, Delivery, DeliveryState
from interactions.models import MessageStatus
from interactions.reasons import Reason
from socialcare.asking import ask
from socialcare.errors import InvalidTransition
from socialcare.states import transition


def claim(delivery_id: int) -> Delivery | None:
    """Take a delivery that is due and first in its interaction. Committed, in one round trip, before the call."""
    taken, found = ask(*taking(delivery_id))
    delivery = next(iter(found), None)
    return delivery if taken else _claim_with_care(delivery)


def claim_in_lane(first: int, lane: int) -> tuple[Delivery | None, list[Delivery]]:
    """Take the first one, if it is free and its platform idle; and what else is due in its lane. In one round trip."""
    taken, [*found], due = ask(*taking_for_idle(first), in_lane(lane))
    return (found[0] if taken else None), due


def _claim_with_care(delivery: Any) -> Delivery | None:
    """The same of one that was not simply free: its worker may have died, its address be paused, its fate be known."""
    if not delivery or delivery.state not in PENDING or delivery.waits_for_another:
        return None
    now = timezone.now()
    abandoned = delivery.state == DeliveryState.SENDING
    free: dict[str, Any] = {"lease_until__lte": now} if abandoned else {"due_at__lte": now, "state": delivery.state}
    if delivery.message.status != MessageStatus.QUEUED:
        _settle(delivery, free)
        return None
    if abandoned and delivery.lease_until and delivery.lease_until <= now and not repeatable(delivery):
        # Its worker died while it sent, and the platform would take a repeat for a second message.
        close(delivery, DeliveryState.UNCERTAIN, SendError(Failure.UNCERTAIN, Reason.GENERAL))
        return None
    if not pausing.lets_through(delivery.inbox):
        return None
    try:
        claimed: Delivery = transition(
            delivery,
            DeliveryState.SENDING,
            only={"attempts": delivery.attempts, **free},
            attempts=delivery.attempts + 1,
            lease_until=lease(),
        )
    except InvalidTransition:
        return None
    return claimed


def _settle(delivery: Delivery, free: dict[str, Any]) -> None:
    """The platform has told meanwhile what became of the message: there is nothing to send any more."""
    state = DeliveryState.FAILED if delivery.message.is_lost else DeliveryState.SENT
    with suppress(InvalidTransition):
        transition(delivery, state, only=free, finished_at=timezone.now(), lease_until=None)
        wake_next(after(delivery.interaction_id, delivery.pk).values_list("pk", flat=True).first())
