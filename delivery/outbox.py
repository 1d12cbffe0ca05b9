"""The outbox: every message is brought to its platform once, in order, whatever dies on the way.

A delivery is claimed by a conditional update with a lease, committed before the network call (`claiming`), and ended in
a second transaction (`ending`), which may claim the next one. A worker that dies in between leaves a lease that runs
out: then the delivery is tried again where the platform recognises the repeat, and is *not certain* where it does not.
"""

import logging

from delivery.claiming import claim, claim_in_lane
from delivery.connectors import connector_for
from delivery.connectors.base import Failure, SendError, Sent
from delivery.due import AT_ONCE, forgotten, in_lane, repeatable
from delivery.ending import close, fail, finish
from delivery.lanes import ALONE, Row, bell_of, call, wake_delivery
from delivery.models import PENDING, Delivery, DeliveryState
from delivery.outgoing import outbound
from delivery.trail import logged
from interactions.reasons import Reason
from socialcare.tracing import about
from socialcare.work import answer

log = logging.getLogger(__name__)


def deliver_lane(lane: int, first: int = 0) -> int:
    """Bring what is due in a lane to its platform, where nobody else does. Gives the number.

    The `first` one, for which the task was called, is claimed with the look at what is due, if it is free to go and
    nothing is being sent to its platform; it is one of the lane, or none at all.

    Whoever comes while it goes on calls another task, and so does it after a while for what is left: so a worker that
    stops need not wait long. What a slow platform holds up is found by that task, or by the clock, which both take what
    goes to other platforms first.
    """
    answer(bell_of(lane))
    try:
        taken, found = claim_in_lane(first, lane)
    except Exception:  # one that cannot be claimed must not hold up its lane
        log.exception("delivery %s", first)
        taken, found = None, in_lane(lane).answer()
    row, sent = Row([delivery.pk for delivery in found], taken), 0
    while delivery := row.taken or _claimed(row):
        row.taken = None
        try:
            _bring(delivery, row)
            sent += 1
        except Exception:  # one that cannot be handled at all must not hold up its lane
            log.exception("delivery %s", delivery.pk)
    if row.due or len(found) == AT_ONCE:
        call(lane)
    return sent


def _claimed(row: Row) -> Delivery | None:
    """The next of a row that can be claimed."""
    while pk := row.next():
        row.drop()
        try:
            if delivery := claim(pk):
                return delivery
        except Exception:
            log.exception("delivery %s", pk)
    return None


def deliver(delivery_id: int) -> bool:
    """Bring one delivery to its platform, if it is due and its turn. False if it is not, or another worker has it."""
    delivery = claim(delivery_id)
    if delivery:
        _bring(delivery)
    return bool(delivery)


def _bring(delivery: Delivery, row: Row = ALONE) -> None:
    """Bring one that is claimed; with its end, the next of the row is claimed too, if that is easily done."""
    about(delivery.interaction_id)
    try:
        with logged(delivery):
            sent = _send(delivery)
    except SendError as error:
        fail(delivery, error)
        return
    try:
        finish(delivery, sent, row)
    except Exception:
        if not row.due:
            raise
        log.exception("delivery %s, or the one after it", delivery.pk)
        # What was noted on the message may not have been committed
        delivery.message.refresh_from_db(fields=["status", "trouble", "external_id"])
        finish(delivery, sent)


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
    found = forgotten()
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
            close(delivery, DeliveryState.UNCERTAIN, SendError(Failure.UNCERTAIN, Reason.GENERAL))
            doubted += 1
    return doubted, repeated
