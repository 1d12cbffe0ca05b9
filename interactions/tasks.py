"""What the worker does for interactions; the clock calls the same things."""

from celery import shared_task

from interactions.offers import withdraw_from_absent
from interactions.routing import route


@shared_task
def route_queue(queue_id: str) -> None:
    """Offer what waits in a queue."""
    route(queue_id)


@shared_task
def withdraw_offers() -> None:
    """Withdraw what is offered to agents who may not have it any more."""
    withdraw_from_absent()
