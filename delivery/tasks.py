"""What the worker does: send, route, poll, fetch; and the clock that finds whatever was lost on the way."""

from celery import shared_task

from delivery import media, outbox, polling
from delivery.lanes import LANES
from delivery.listening.escalating import escalate_throttled
from delivery.receipts import apply_early
from delivery.receiving import process_stored
from interactions.models import Inbox
from interactions.tasks import STALE
from interactions.upkeep import do_all, keep_up


@shared_task(expires=STALE)
def send(number: int) -> None:
    """Bring what is due in a lane of the outbox to its platforms; named by the number of a delivery, that one first."""
    outbox.deliver_lane(number % LANES, first=number)


@shared_task(expires=STALE)
def fetch_media(fetch_id: int) -> None:
    """Fetch a file of an inbound message."""
    media.fetch_one(fetch_id)


@shared_task
def tick() -> None:
    """Every second: offers, absences, wrap-ups, routing, retries, stored payloads, early receipts, files, posts."""
    do_all(keep_up, outbox.deliver_due, process_stored, apply_early, media.fetch_due, escalate_throttled)


@shared_task
def poll_inboxes() -> None:
    """Every two seconds: ask the platforms that do not call us."""
    for inbox in polling.due_inboxes():
        poll_inbox.delay(str(inbox.pk))


@shared_task(expires=STALE)
def poll_inbox(inbox_id: str) -> None:
    """Ask one platform."""
    polling.poll(Inbox.objects.get(pk=inbox_id))
