"""What the clock does every second: all that has come due, whatever was lost on the way."""

import logging
from collections.abc import Callable

from django.core.cache import cache
from django.utils import timezone

from interactions.models import Interaction
from interactions.offers import expire_due, withdraw_from_absent
from interactions.routing import route
from interactions.shifts import return_work_of_absent
from interactions.wrapup import end_overdue
from queues.models import AgentStatus

log = logging.getLogger(__name__)

LAST_TICK = "last-tick"
"""Under which the cache knows when worker and clock were last at work."""


def keep_up() -> None:
    """Expire offers, take work back from the absent, end overdue wrap-ups, and offer what still waits."""
    cache.set(LAST_TICK, timezone.now(), timeout=None)
    do_all(expire_due, withdraw_from_absent, return_work_of_absent, end_overdue, route_waiting)


def route_waiting() -> None:
    """Offer what waits in any queue, if anybody is free."""
    if not AgentStatus.objects.free().exists():
        return
    for queue_id in Interaction.objects.waiting().values_list("queue", flat=True).distinct().order_by():
        route(queue_id)


def do_all(*steps: Callable[[], object]) -> None:
    """Do one thing after the other; one that fails is logged, tried again by the next tick, and holds up no other."""
    for step in steps:
        try:
            step()
        except Exception:
            log.exception("%s failed; it is tried again", step.__name__)
