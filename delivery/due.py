"""What is due: which deliveries may go, in which order, and how one of them is taken."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Mod
from django.utils import timezone

from delivery import pausing
from delivery.connectors import connector_for
from delivery.connectors.base import Visibility
from delivery.lanes import LANES
from delivery.models import PENDING, Delivery, DeliveryState
from interactions.models import Attachment, Message, MessageStatus
from socialcare.asking import Question
from socialcare.kept import Kept, KeptUpdate

LEASE = timedelta(seconds=60)
"""Longer than any connector's deadline; a claim older than this belonged to a worker that has died."""
ON_ITS_WAY = timedelta(seconds=3)
"""So long after it was written a worker's call may still be under way: a second one would only add to the crowd."""
AT_ONCE = 200
"""As many are woken by one tick."""


def lease() -> datetime:
    """Until when a claim that is made now is held."""
    return timezone.now() + LEASE


def in_lane(lane: int) -> Question:
    """What is due in a lane; last, what goes to a platform that something is being sent to already."""
    now = timezone.now()
    return _IN_LANE.question(lane=lane, now=now, queued_before=now)


def forgotten() -> list[Delivery]:
    """What is due and nobody seems to have been called for, or a dead worker has left."""
    now = timezone.now()
    return _DUE.rows(now=now, queued_before=now - ON_ITS_WAY)


def taking(delivery_id: int) -> tuple[Question, Question]:
    """Take it, if it is free to go; and all that sending it needs."""
    return _taking(_TAKE, delivery_id)


def taking_for_idle(delivery_id: int) -> tuple[Question, Question]:
    """The same, if nothing is being sent to its platform just now."""
    return _taking(_TAKE_FOR_IDLE, delivery_id)


def _taking(take: KeptUpdate[Delivery], delivery_id: int) -> tuple[Question, Question]:
    now = timezone.now()
    return take.question(delivery=delivery_id, now=now, until=lease()), _WHOLE.question(delivery=delivery_id)


def repeatable(delivery: Delivery) -> bool:
    """Whether the platform would recognise the message if it came a second time."""
    return connector_for(delivery.inbox).idempotent_for(Visibility(delivery.message.visibility))


def _before(interaction: Any, pk: Any) -> Any:
    """What is still to be sent in the same interaction before this one."""
    return Delivery.objects.filter(interaction=interaction, pk__lt=pk, state__in=PENDING)


def after(interaction: Any, pk: Any) -> Any:
    """What is to be sent in the same interaction after this one, the next first."""
    return Delivery.objects.filter(interaction=interaction, pk__gt=pk, state__in=PENDING).order_by("pk")


def _due(now: datetime, queued_before: datetime) -> QuerySet[Delivery]:
    forgotten = Q(state=DeliveryState.QUEUED, due_at__lte=queued_before)
    due = Delivery.objects.filter(
        (~Q(pausing.held(now)) & (forgotten | Q(state=DeliveryState.WAITING, due_at__lte=now)))
        | Q(state=DeliveryState.SENDING, lease_until__lte=now)
    ).filter(~Exists(_before(OuterRef("interaction"), OuterRef("pk"))))
    return due.order_by("due_at").only("pk")


def _being_sent() -> QuerySet[Delivery]:
    """What is being sent to the same platform."""
    return Delivery.objects.filter(inbox=OuterRef("inbox"), state=DeliveryState.SENDING)


def _in_lane(lane: int, **moments: datetime) -> QuerySet[Delivery]:
    rows = _due(**moments).annotate(lane=Mod("pk", LANES), busy=Exists(_being_sent()))
    return rows.filter(lane=lane).order_by("busy", "due_at")


_DUE = Kept(lambda **moments: _due(**moments)[:AT_ONCE], now=datetime, queued_before=datetime)
_IN_LANE = Kept(lambda **values: _in_lane(**values)[:AT_ONCE], lane=int, now=datetime, queued_before=datetime)


def _whole(delivery: int) -> Any:
    """A delivery with all that sending it needs, and whether something is still to be sent before it."""
    rows = Delivery.objects.select_related("message__interaction__customer", "message__in_reply_to", "inbox__endpoint")
    files = Attachment.objects.filter(message=OuterRef("message"))
    before = _before(OuterRef("interaction"), OuterRef("pk"))
    return rows.filter(pk=delivery).annotate(has_files=Exists(files), waits_for_another=Exists(before))


_WHOLE = Kept(_whole, delivery=int)


def _free_to_go(delivery: int, now: datetime, until: datetime) -> tuple[QuerySet[Delivery], dict[str, Any]]:
    """A delivery that is due and first in its interaction, if nothing has to be thought about; and taking it."""
    undecided = Message.objects.filter(pk=OuterRef("message"), status=MessageStatus.QUEUED)
    before = _before(OuterRef("interaction"), OuterRef("pk"))
    rows = Delivery.objects.filter(Exists(undecided), ~Exists(before), ~Q(pausing.is_paused()), pk=delivery)
    idle = (DeliveryState.QUEUED, DeliveryState.WAITING)
    taken = {"state": DeliveryState.SENDING, "attempts": F("attempts") + 1, "lease_until": until}
    return rows.filter(state__in=idle, due_at__lte=now), taken


def _free_for_idle(**values: Any) -> tuple[QuerySet[Delivery], dict[str, Any]]:
    rows, taken = _free_to_go(**values)
    return rows.filter(~Exists(_being_sent())), taken


_TAKE = KeptUpdate(_free_to_go, delivery=int, now=datetime, until=datetime)
_TAKE_FOR_IDLE = KeptUpdate(_free_for_idle, delivery=int, now=datetime, until=datetime)
