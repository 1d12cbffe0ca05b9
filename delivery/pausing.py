"""A webhook that keeps failing is paused: what is to be sent waits, and now and then one message tries the line.

That costs the way of a message that arrives nothing: the state of the address comes with the delivery, and is written
only when something fails, or when something arrives after that.
"""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from delivery.connectors import connector_kinds
from delivery.connectors.base import Failure, SendError
from delivery.models import Delivery, DeliveryState, Endpoint
from interactions.models import Inbox
from interactions.screens import show_waiting

SOONEST, LATEST = timedelta(minutes=1), timedelta(minutes=15)
"""Between two probing tries."""
PROBE = timedelta(seconds=60)
"""Longer than any try takes: so long nobody else tries."""
_ADDRESS = {Failure.NETWORK, Failure.SERVER, Failure.UNCERTAIN, Failure.ACCOUNT}


def held(now: datetime) -> Exists:
    """Whether a delivery, in a query of deliveries, waits because its webhook is paused."""
    return Exists(Endpoint.objects.filter(inbox=OuterRef("inbox"), paused_at__isnull=False, probe_at__gt=now))


def is_paused() -> Exists:
    """Whether a delivery, in a query of deliveries, has a webhook that is paused: then it is `lets_through` to say."""
    return Exists(Endpoint.objects.filter(inbox=OuterRef("inbox"), paused_at__isnull=False))


def lets_through(inbox: Inbox) -> bool:
    """Whether something may be sent now. While the webhook is paused that is one message at a time, as a probe."""
    endpoint = _endpoint(inbox)
    if not endpoint or not endpoint.paused_at:
        return True
    now = timezone.now()
    due = Endpoint.objects.filter(Q(probe_at__lte=now) | Q(paused_at=None), pk=endpoint.pk)
    return bool(due.update(probe_at=now + PROBE))


def note_failure(inbox: Inbox, error: SendError) -> datetime | None:
    """Count a failure of the address; pause it when that is enough. Gives the next probing try where it is paused."""
    if not _is_webhook(inbox) or not _of_address(error):
        return None
    now = timezone.now()
    with transaction.atomic():
        endpoint, _ = Endpoint.objects.select_for_update().get_or_create(inbox=inbox)
        newly = _count(endpoint, now)
        endpoint.save()
    if newly:
        show_waiting(inbox.queue_id)
    return endpoint.probe_at if endpoint.paused_at else None


def note_success(inbox: Inbox) -> None:
    """Something has arrived: there is nothing left of what failed before."""
    endpoint = _endpoint(inbox)
    if endpoint and (endpoint.failures or endpoint.paused_at):
        resume(inbox)


def resume(inbox: Inbox) -> None:
    """Let everything out that waits, now."""
    now = timezone.now()
    Endpoint.objects.filter(inbox=inbox).update(failures=0, failing_since=None, paused_at=None, probe_at=None)
    waiting = Delivery.objects.filter(inbox=inbox, state=DeliveryState.WAITING, due_at__gt=now)
    waiting.exclude(failure=Failure.QUOTA).update(due_at=now)
    show_waiting(inbox.queue_id)


def paused_since(inbox: Inbox) -> datetime | None:
    """Since when it is paused, if it is."""
    endpoint = _endpoint(inbox)
    return endpoint.paused_at if endpoint else None


def _count(endpoint: Endpoint, now: datetime) -> bool:
    """Write down one more failure; True where this one paused it."""
    endpoint.failures += 1
    endpoint.failing_since = endpoint.failing_since or now
    lasts = now - endpoint.failing_since >= timedelta(seconds=settings.WEBHOOK_PAUSE_SECONDS)
    newly = not endpoint.paused_at and lasts and endpoint.failures >= settings.WEBHOOK_PAUSE_FAILURES
    if newly:
        endpoint.paused_at = now
    if endpoint.paused_at:
        # Ever later: after as long as it has been paused by now
        endpoint.probe_at = now + min(max(now - endpoint.paused_at, SOONEST), LATEST)
    return newly


def _of_address(error: SendError) -> bool:
    """Whether this says something of the address, rather than of one message."""
    return error.failure in _ADDRESS or error.reason == "InvalidDestination"


def _is_webhook(inbox: Inbox) -> bool:
    kind = connector_kinds().get(inbox.kind)
    return bool(kind and kind.webhook)


def _endpoint(inbox: Inbox) -> Any:
    return getattr(inbox, "endpoint", None)
