"""What the worker does for interactions; the clock calls the same things."""

from celery import shared_task

from interactions.offers import withdraw_from_absent
from interactions.routing import route

STALE = 30
"""Seconds after which a task is not worth doing any more: the clock has found its work meanwhile."""


@shared_task(expires=STALE)
def route_queue(queue_id: str) -> None:
    """Offer what waits in a queue."""
    route(queue_id)


@shared_task(expires=STALE)
def withdraw_offers() -> None:
    """Withdraw what is offered to agents who may not have it any more."""
    withdraw_from_absent()
