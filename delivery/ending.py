"""How a delivery ends: it has arrived, is tried again later, or nobody tries any more."""

import logging
import random
import uuid
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Subquery
from django.utils import timezone

from delivery import pausing
from delivery.connectors.base import Failure, SendError, Sent, Visibility
from delivery.due import after, repeatable, taking
from delivery.lanes import ALONE, Row, wake_next
from delivery.models import Delivery, DeliveryState, Receipt
from delivery.receipts import apply_kept
from interactions.cleaning import clean
from interactions.finding import Locking
from interactions.models import Message, MessageStatus, Trouble
from interactions.reasons import words_for
from interactions.screens import entry, show_in_queue, show_list, show_thread
from socialcare.asking import ask
from socialcare.errors import InvalidTransition
from socialcare.events import Publication
from socialcare.kept import Kept
from socialcare.states import Move, transition

log = logging.getLogger(__name__)

QUOTA_WAIT = 60.0
QUOTA_PATIENCE = timedelta(hours=24)

_TROUBLE = {
    Failure.NETWORK: Trouble.NETWORK,
    Failure.SERVER: Trouble.REFUSED,
    Failure.QUOTA: Trouble.LIMIT,
    # Where the platform recognises a repeat, a broken line is only that.
    Failure.UNCERTAIN: Trouble.NETWORK,
}
_RETRIED = {Failure.NETWORK, Failure.SERVER, Failure.UNCERTAIN}


def finish(delivery: Delivery, sent: Sent, row: Row = ALONE) -> None:
    """The platform has it. A worker that was late still tells: its news is true whoever has the claim now."""
    try:
        following = _write_down(delivery, sent, row)
    except IntegrityError:
        log.warning(
            "the platform gives message %s an id that another one has: %s", delivery.message_id, sent.external_id
        )
        following = _write_down(delivery, Sent("", published=sent.published), row, named=False)
    pausing.note_success(delivery.inbox)
    wake_next(following)


def _write_down(delivery: Delivery, sent: Sent, row: Row, *, named: bool = True) -> int | None:
    """What has arrived, and under which name; gives the delivery that is free to go now."""
    upcoming = row.next()
    message, interaction, now = delivery.message, delivery.message.interaction, timezone.now()
    done = {"finished_at": now, "lease_until": None, "failure": "", "tries": delivery.tries, "reason": "", "detail": ""}
    as_claimed = {"status": MessageStatus.QUEUED, "trouble": message.trouble}
    with transaction.atomic():
        _locked, [fresh], _yes, moved, _told, *taken = ask(
            Locking(interaction),
            _AS_IT_IS.question(message=message.pk, delivery=delivery.pk, external_id=sent.external_id),
            Move(delivery, DeliveryState.SENT, **done),
            _arrival(message, sent, now, as_claimed, named=named),
            Publication(interaction, *entry(message.pk)),
            *(taking(upcoming) if upcoming else ()),
        )
        was_lost = fresh.is_lost
        if not moved:
            _take_over(message, fresh)
            _arrive_late(message, sent, now, named=named)
        if fresh.has_news:
            message.external_id = sent.external_id
            apply_kept(message)
        show_in_queue(interaction.queue_id, interaction.pk)
        if was_lost:
            show_list(interaction.owner_id)
    if taken and taken[0]:
        row.drop()
        [row.taken] = taken[1]
    return fresh.following  # type: ignore[no-any-return]


def _arrival(message: Message, sent: Sent, now: datetime, only: dict[str, Any], *, named: bool) -> Move:
    """The message has arrived, if it still stands as it did."""
    status = _status_of(message, sent)
    arrived: dict[str, Any] = {"sent_at": now, "retry_at": None, "reason": "", "detail": ""}
    arrived["trouble"] = message.trouble_after(status)
    return Move(message, status, field="status", only=only, **arrived, **_name(message, sent, named=named))


def _arrive_late(message: Message, sent: Sent, now: datetime, *, named: bool) -> None:
    """Something has become known of the message while it was sent: only what is news is written."""
    name = _name(message, sent, named=named)
    if not _arrival(message, sent, now, {}, named=named).answer() and name:
        Message.objects.filter(pk=message.pk).update(**name)


def _name(message: Message, sent: Sent, *, named: bool) -> dict[str, Any]:
    if not named or message.external_id is not None:
        return {}
    return {"external_id": sent.external_id or None, "url": sent.url, "extra": dict(sent.extra)}


def _status_of(message: Message, sent: Sent) -> MessageStatus:
    arrived = MessageStatus.PUBLISHED if message.visibility == Visibility.PUBLIC else MessageStatus.DELIVERED
    return arrived if sent.published else MessageStatus.SENT


def _as_it_is(message: uuid.UUID, delivery: int, external_id: str) -> Any:
    """What may have changed in a message; the delivery after this one; and whether news came before its name."""
    rows = Message.objects.filter(pk=message).only("status", "trouble", "external_id", "visibility")
    following = after(OuterRef("interaction"), delivery)
    news = Receipt.objects.filter(inbox=OuterRef("inbox"), external_id=external_id)
    return rows.annotate(following=Subquery(following.values("pk")[:1]), has_news=Exists(news))


_AS_IT_IS = Kept(_as_it_is, message=uuid.UUID, delivery=int, external_id=str)


def _lock(delivery: Delivery) -> Message:
    """The message, as it is now, with its interaction locked until the end of the transaction."""
    message = delivery.message
    _locked, [fresh] = ask(
        Locking(message.interaction),
        _AS_IT_IS.question(message=message.pk, delivery=delivery.pk, external_id=""),
    )
    _take_over(message, fresh)
    return message


def _take_over(message: Message, fresh: Message) -> None:
    for name in ("status", "trouble", "external_id", "following"):
        setattr(message, name, getattr(fresh, name))


def fail(delivery: Delivery, error: SendError) -> None:
    """Try again later, or give up, by what the failure is. While its webhook is paused nothing is given up."""
    probe = pausing.note_failure(delivery.inbox, error)
    if error.failure == Failure.UNCERTAIN and not repeatable(delivery):
        close(delivery, DeliveryState.UNCERTAIN, error)
        return
    due = probe or _next_try(delivery, error)
    if due:
        _postpone(delivery, error, due)
        return
    if error.failure == Failure.ACCOUNT:
        delivery.inbox.note_trouble(error.detail or words_for(error.reason))
    close(delivery, DeliveryState.FAILED, error)


def _next_try(delivery: Delivery, error: SendError) -> datetime | None:
    """When to try again: as the platform says, or ever later; None when it is enough."""
    now = timezone.now()
    if error.failure == Failure.QUOTA:
        due = now + timedelta(seconds=error.retry_after or QUOTA_WAIT)
        return due if due < delivery.created_at + QUOTA_PATIENCE else None
    delays: list[float] = settings.RETRY_SECONDS
    if error.failure not in _RETRIED or delivery.attempts > len(delays):
        return None
    delay = max(delays[delivery.attempts - 1] * random.uniform(0.9, 1.1), error.retry_after or 0)  # noqa: S311
    return now + timedelta(seconds=delay)


def _postpone(delivery: Delivery, error: SendError, due: datetime) -> None:
    with transaction.atomic():
        message = _lock(delivery)
        mine = {"attempts": delivery.attempts}
        try:
            transition(
                delivery, DeliveryState.WAITING, only=mine, due_at=due, lease_until=None, **_facts(delivery, error)
            )
        except InvalidTransition:
            return
        Message.objects.filter(pk=message.pk, status=MessageStatus.QUEUED).update(
            trouble=_TROUBLE.get(error.failure, Trouble.NETWORK), retry_at=due, **_reason(error)
        )
        _show(delivery, in_list=False)


def close(delivery: Delivery, state: DeliveryState, error: SendError) -> None:
    """Nobody tries any more: failed, or not certain."""
    log.warning("message %s is %s: %s %s", delivery.message_id, state, error.failure, error.reason)
    with transaction.atomic():
        message = _lock(delivery)
        mine = {"attempts": delivery.attempts}
        try:
            facts = _facts(delivery, error)
            transition(delivery, state, only=mine, finished_at=timezone.now(), lease_until=None, **facts)
        except InvalidTransition:
            return
        uncertain = state == DeliveryState.UNCERTAIN
        trouble = Trouble.UNCERTAIN if uncertain else _TROUBLE.get(error.failure, Trouble.REFUSED)
        with suppress(InvalidTransition):
            transition(message, MessageStatus.FAILED, field="status", trouble=trouble, retry_at=None, **_reason(error))
        _show(delivery, in_list=True)
    wake_next(message.following)  # type: ignore[attr-defined]


def _facts(delivery: Delivery, error: SendError) -> dict[str, Any]:
    return {"failure": str(error.failure), "tries": delivery.tries, **_reason(error)}


def _reason(error: SendError) -> dict[str, Any]:
    return {"reason": str(error.reason)[:40], "detail": clean(error.detail)[:1000]}


def _show(delivery: Delivery, *, in_list: bool) -> None:
    """Its mark in the thread; `in_list`: and in the agent's list, which says how much has not arrived."""
    interaction = delivery.message.interaction
    show_thread(interaction, *entry(delivery.message_id))
    if in_list:
        show_list(interaction.owner_id)
