"""Lanes: what is to be sent is brought to its platform in sixteen rows, each by one task at a time."""

import time
from collections import deque
from collections.abc import Sequence

from django.db import transaction

from delivery.models import Delivery
from socialcare.work import wake

LANES = 16
"""Where much is to be sent, a task takes all of its lane: one for each message would cost more than sending it."""
LONGEST = 5.0
"""Seconds after which a task leaves the rest of its lane to another."""


def wake_delivery(delivery_id: int) -> None:
    """Send a delivery after the commit: by a task of its lane, unless one has been called that has not begun yet."""
    call(delivery_id)


def wake_written(deliveries: Sequence[Delivery]) -> None:
    """The same, of those that are written in this transaction, of which none may have its number yet."""

    def called() -> None:
        for delivery in deliveries:
            wake_delivery(delivery.pk)

    transaction.on_commit(called, robust=True)


def call(number: int) -> None:
    """Call a task for a lane, after the commit: by the lane's number, or by that of a delivery which comes first."""
    from delivery.tasks import send

    wake(send, number, bell=bell_of(number % LANES))


def wake_next(following: int | None) -> None:
    """The way is free for what comes after in the same interaction."""
    if following:
        wake_delivery(following)


def bell_of(lane: int) -> str:
    """What rings when something is to be sent in a lane, until a task of the lane begins."""
    return f"outbox.{lane}"


class Row:
    """Deliveries that are due, to be brought one after the other for a while."""

    def __init__(self, due: Sequence[int], taken: Delivery | None = None) -> None:
        self.due, self._until = deque(due), time.monotonic() + LONGEST
        self._begun = bool(taken)
        self.taken = taken
        """Claimed already: with the look at what is due, or in the transaction that has written down the end of the one
        before."""

    def next(self) -> int | None:
        """Which comes next; none, where there is none or they have been at it for long enough."""
        return self.due[0] if self.due and not (self._begun and time.monotonic() > self._until) else None

    def drop(self) -> None:
        """That one is seen to."""
        self.due.popleft()
        self._begun = True


ALONE = Row(())
"""The row of one that is brought by itself."""
