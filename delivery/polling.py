"""Asking the platforms that do not call us."""

import logging
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from delivery.connectors import connector_class, connector_for, connector_kinds
from delivery.connectors.base import Failure, Inbound, SendError
from delivery.models import InboundPayload, PayloadState, Position
from delivery.receiving import Undigested, receive
from interactions.models import Inbox
from interactions.reasons import words_for

log = logging.getLogger(__name__)
LEASE = timedelta(seconds=60)
EVERY = timedelta(seconds=5)
_LONGEST_WAIT = 300.0


def due_inboxes() -> list[Inbox]:
    """The active inboxes of platforms that are polled, whose time has come."""
    kinds = [kind for kind, connector in connector_kinds().items() if connector.polls]
    inboxes = Inbox.objects.filter(kind__in=kinds, is_active=True, trouble="")
    now = timezone.now()
    later = Position.objects.filter(Q(due_at__gt=now) | Q(lease_until__gt=now))
    return list(inboxes.exclude(position__in=later))


def poll(inbox: Inbox) -> int:
    """Fetch what is new on one platform; two processes never ask at once. Gives the number of items.

    The position is written only after everything has been stored: what is asked twice is recognised, nothing is missed.
    """
    position = _claim(inbox) if connector_class(inbox.kind).polls else None
    if not position:
        return 0
    try:
        items, value = connector_for(inbox).poll(position.value)
        _take(inbox, items)
    except SendError as error:
        _fail(position, error)
        return 0
    Position.objects.filter(pk=position.pk).update(
        value=value, due_at=timezone.now() + EVERY, lease_until=None, failures=0
    )
    return len(items)


def _claim(inbox: Inbox) -> Position | None:
    now = timezone.now()
    with transaction.atomic():
        position, _made = Position.objects.get_or_create(inbox=inbox)
        free = Position.objects.filter(Q(lease_until__isnull=True) | Q(lease_until__lte=now), pk=position.pk)
        return position if free.update(lease_until=now + LEASE) else None


def _take(inbox: Inbox, items: list[Inbound]) -> None:
    """Store what came in. What cannot be stored is put aside for the administrator, and the next is not held up."""
    try:
        receive(inbox, items)
    except Undigested as error:
        if error.passing:
            raise
        log.exception("something from %s is put aside", inbox)
        for item, reason in error.failed:
            InboundPayload.objects.create(
                inbox=inbox,
                body=repr(item).encode("utf-8", "backslashreplace"),
                state=PayloadState.QUARANTINED,
                error=repr(reason)[:2000],
            )


def _fail(position: Position, error: SendError) -> None:
    log.warning("polling %s: %s", position.inbox, error)
    if error.failure == Failure.ACCOUNT:
        position.inbox.note_trouble(error.detail or words_for(error.reason))
    failures = position.failures + 1
    wait = error.retry_after or min(_LONGEST_WAIT, EVERY.total_seconds() * 2**failures)
    Position.objects.filter(pk=position.pk).update(
        due_at=timezone.now() + timedelta(seconds=wait), lease_until=None, failures=failures
    )
