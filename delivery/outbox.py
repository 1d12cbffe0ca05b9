"""The outbox: every message is brought to its platform once, in order, whatever dies on the way.

A delivery is claimed by a conditional update with a lease, committed before the network call, and finished in a second
transaction, which may claim the next one. A worker that dies in between leaves a lease that runs out: then the delivery
is tried again where the platform recognises the repeat, and is *not certain* where it does not.
"""

import logging
import random
import time
import uuid
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Mod
from django.utils import timezone

from delivery import pausing
from delivery.connectors import connector_for
from delivery.connectors.base import Failure, SendError, Sent, Visibility
from delivery.models import PENDING, Delivery, DeliveryState, Receipt
from delivery.outgoing import outbound
from delivery.receipts import apply_kept
from delivery.trail import logged
from interactions.cleaning import clean
from interactions.finding import Locking
from interactions.models import Attachment, Message, MessageStatus, Trouble
from interactions.reasons import Reason, words_for
from interactions.screens import entry, show_in_queue, show_list, show_thread
from socialcare.errors import InvalidTransition
from socialcare.events import Publication
from socialcare.kept import Kept, KeptUpdate, Question, ask
from socialcare.states import Move, transition
from socialcare.tracing import about
from socialcare.work import answer, wake

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
"""Longer than any connector's deadline; a claim older than this belonged to a worker that has died."""
ON_ITS_WAY = timedelta(seconds=3)
"""So long after it was written a worker's call may still be under way: a second one would only add to the crowd."""
LANES = 16
"""Where much is to be sent, a task takes all of its lane: one for each message would cost more than sending it."""
LONGEST = 5.0
"""Seconds after which a task leaves the rest of its lane to another."""
AT_ONCE = 200
"""As many are woken by one tick."""
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


def wake_delivery(delivery_id: int) -> None:
    """Send a delivery after the commit: by a task of its lane, unless one has been called that has not begun yet."""
    _call(delivery_id % LANES)


def _call(lane: int) -> None:
    from delivery.tasks import send

    wake(send, lane, bell=bell_of(lane))


def deliver_lane(lane: int) -> int:
    """Bring what is due in a lane to its platform, where nobody else does. Gives the number.

    Whoever comes while it goes on calls another task, and so does it after a while for what is left: so a worker that
    stops need not wait long. What a slow platform holds up is found by that task, or by the clock, which both take what
    goes to other platforms first.
    """
    answer(bell_of(lane))
    now = timezone.now()
    found = _IN_LANE.rows(lane=lane, now=now, queued_before=now)
    row, sent = _Row([delivery.pk for delivery in found]), 0
    while delivery := row.taken or row.claimed():
        row.taken = None
        try:
            _bring(delivery, row)
            sent += 1
        except Exception:  # one that cannot be handled at all must not hold up its lane
            log.exception("delivery %s", delivery.pk)
    if row.due or len(found) == AT_ONCE:
        _call(lane)
    return sent


class _Row:
    """Deliveries that are due, to be brought one after the other for a while."""

    def __init__(self, due: Sequence[int]) -> None:
        self.due, self._until = deque(due), time.monotonic() + LONGEST
        self._begun = False
        self.taken: Delivery | None = None
        """Claimed already, in the transaction that has written down the end of the one before."""

    def next(self) -> int | None:
        """Which comes next; none, where there is none or they have been at it for long enough."""
        return self.due[0] if self.due and not (self._begun and time.monotonic() > self._until) else None

    def claimed(self) -> "Delivery | None":
        """The next that can be claimed."""
        while pk := self.next():
            self.drop()
            try:
                if delivery := _claim(pk):
                    return delivery
            except Exception:
                log.exception("delivery %s", pk)
        return None

    def drop(self) -> None:
        """That one is seen to."""
        self.due.popleft()
        self._begun = True


def bell_of(lane: int) -> str:
    """What rings when something is to be sent in a lane, until a task of the lane begins."""
    return f"outbox.{lane}"


def deliver(delivery_id: int) -> bool:
    """Bring one delivery to its platform, if it is due and its turn. False if it is not, or another worker has it."""
    delivery = _claim(delivery_id)
    if delivery:
        _bring(delivery)
    return bool(delivery)


_ALONE = _Row(())


def _bring(delivery: Delivery, row: _Row = _ALONE) -> None:
    """Bring one that is claimed; with its end, the next of the row is claimed too, if that is easily done."""
    about(delivery.interaction_id)
    try:
        with logged(delivery):
            sent = _send(delivery)
    except SendError as error:
        _fail(delivery, error)
        return
    try:
        _finish(delivery, sent, row)
    except Exception:
        if not row.due:
            raise
        log.exception("delivery %s, or the one after it", delivery.pk)
        # What was noted on the message may not have been committed
        delivery.message.refresh_from_db(fields=["status", "trouble", "external_id"])
        _finish(delivery, sent)


def _send(delivery: Delivery) -> Sent:
    """The network call. Raises SendError, whatever went wrong."""
    try:
        connector, message = connector_for(delivery.inbox), outbound(delivery)
    except Exception as error:
        log.exception("delivery %s cannot be made ready", delivery.pk)
        raise SendError(Failure.REJECTED, Reason.STRUCTURE, repr(error)) from error
    try:
        return connector.send(message)
    except SendError:
        raise
    except Exception as error:
        log.exception("delivery %s", delivery.pk)
        raise SendError(Failure.UNCERTAIN, Reason.GENERAL, repr(error)) from error


def deliver_due() -> int:
    """Wake what is due, and take up what a dead worker has left. Gives the number."""
    now = timezone.now()
    found = _DUE.rows(now=now, queued_before=now - ON_ITS_WAY)
    for delivery in found:
        wake_delivery(delivery.pk)
    return len(found)


def doubt_pending() -> tuple[int, int]:
    """After a restore: what the backup says is to be sent may have been sent since.

    Where the platform would take a repeat for a second message, it becomes *not certain*, and an agent decides. Gives
    the numbers of those, and of what is sent again because the platform recognises it. Call it while no worker runs.
    """
    pending = Delivery.objects.filter(state__in=PENDING).select_related("message__interaction", "inbox")
    doubted, repeated = 0, 0
    for delivery in pending.order_by("pk"):
        if repeatable(delivery):
            repeated += 1
        else:
            _close(delivery, DeliveryState.UNCERTAIN, SendError(Failure.UNCERTAIN, Reason.GENERAL))
            doubted += 1
    return doubted, repeated


# ------------------------------------------------------------------ claiming


def _before(interaction: Any, pk: Any) -> Any:
    """What is still to be sent in the same interaction before this one."""
    return Delivery.objects.filter(interaction=interaction, pk__lt=pk, state__in=PENDING)


def _after(interaction: Any, pk: Any) -> Any:
    """What is to be sent in the same interaction after this one, the next first."""
    return Delivery.objects.filter(interaction=interaction, pk__gt=pk, state__in=PENDING).order_by("pk")


def _due(now: datetime, queued_before: datetime) -> QuerySet[Delivery]:
    forgotten = Q(state=DeliveryState.QUEUED, due_at__lte=queued_before)
    due = Delivery.objects.filter(
        (~Q(pausing.held(now)) & (forgotten | Q(state=DeliveryState.WAITING, due_at__lte=now)))
        | Q(state=DeliveryState.SENDING, lease_until__lte=now)
    ).filter(~Exists(_before(OuterRef("interaction"), OuterRef("pk"))))
    return due.order_by("due_at").only("pk")


def _in_lane(lane: int, **moments: datetime) -> QuerySet[Delivery]:
    being_sent = Delivery.objects.filter(inbox=OuterRef("inbox"), state=DeliveryState.SENDING)
    rows = _due(**moments).annotate(lane=Mod("pk", LANES), busy=Exists(being_sent))
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


_TAKE = KeptUpdate(_free_to_go, delivery=int, now=datetime, until=datetime)


def _claim(delivery_id: int) -> Delivery | None:
    """Take a delivery that is due and first in its interaction. Committed, in one round trip, before the call."""
    taken, found = ask(*_taking(delivery_id))
    delivery = next(iter(found), None)
    return delivery if taken else _claim_with_care(delivery)


def _taking(delivery_id: int) -> tuple[Question, Question]:
    """Take it, if it is free to go; and all that sending it needs."""
    now = timezone.now()
    take = _TAKE.question(delivery=delivery_id, now=now, until=now + LEASE)
    return take, _WHOLE.question(delivery=delivery_id)


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
        _close(delivery, DeliveryState.UNCERTAIN, SendError(Failure.UNCERTAIN, Reason.GENERAL))
        return None
    if not pausing.lets_through(delivery.inbox):
        return None
    try:
        claimed: Delivery = transition(
            delivery,
            DeliveryState.SENDING,
            only={"attempts": delivery.attempts, **free},
            attempts=delivery.attempts + 1,
            lease_until=now + LEASE,
        )
    except InvalidTransition:
        return None
    return claimed


def _settle(delivery: Delivery, free: dict[str, Any]) -> None:
    """The platform has told meanwhile what became of the message: there is nothing to send any more."""
    state = DeliveryState.FAILED if delivery.message.is_lost else DeliveryState.SENT
    with suppress(InvalidTransition):
        transition(delivery, state, only=free, finished_at=timezone.now(), lease_until=None)
        wake_next(_after(delivery.interaction_id, delivery.pk).values_list("pk", flat=True).first())


def repeatable(delivery: Delivery) -> bool:
    """Whether the platform would recognise the message if it came a second time."""
    return connector_for(delivery.inbox).idempotent_for(Visibility(delivery.message.visibility))


# ------------------------------------------------------------------ finishing


def _finish(delivery: Delivery, sent: Sent, row: _Row = _ALONE) -> None:
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


def _write_down(delivery: Delivery, sent: Sent, row: _Row, *, named: bool = True) -> int | None:
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
            Publication(interaction, entry(message.pk)),
            *(_taking(upcoming) if upcoming else ()),
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
    following = _after(OuterRef("interaction"), delivery)
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


def _fail(delivery: Delivery, error: SendError) -> None:
    """Try again later, or give up, by what the failure is. While its webhook is paused nothing is given up."""
    probe = pausing.note_failure(delivery.inbox, error)
    if error.failure == Failure.UNCERTAIN and not repeatable(delivery):
        _close(delivery, DeliveryState.UNCERTAIN, error)
        return
    due = probe or _next_try(delivery, error)
    if due:
        _postpone(delivery, error, due)
        return
    if error.failure == Failure.ACCOUNT:
        delivery.inbox.note_trouble(error.detail or words_for(error.reason))
    _close(delivery, DeliveryState.FAILED, error)


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


def _close(delivery: Delivery, state: DeliveryState, error: SendError) -> None:
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
    show_thread(interaction, entry(delivery.message_id))
    if in_list:
        show_list(interaction.owner_id)


def wake_next(following: int | None) -> None:
    """The way is free for what comes after in the same interaction."""
    if following:
        wake_delivery(following)
