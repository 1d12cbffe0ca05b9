"""What the worker does for interactions; the clock calls the same things."""

from celery import shared_task

from interactions.routing import route


@shared_task
def route_queue(queue_id: str) -> None:
    """Offer what waits in a queue."""
    route(queue_id)
