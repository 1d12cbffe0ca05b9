"""Fetching the files that customers' messages point to."""

import logging
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from delivery.connectors import connector_for
from delivery.models import MediaFetch
from delivery.receiving import attach
from interactions.screens import entry, show_thread

log = logging.getLogger(__name__)
TRIES = 5


def fetch_one(pk: int) -> None:
    """Fetch one file and put it to its message; later again if the platform does not give it now."""
    wanted = MediaFetch.objects.select_related("message__interaction", "message__inbox").filter(pk=pk).first()
    if not wanted or not _claim(wanted):
        return
    try:
        content = connector_for(wanted.message.inbox).fetch(wanted.url)
    except Exception as error:
        log.warning("file of message %s: %s", wanted.message_id, error)
        if wanted.attempts + 1 >= TRIES:
            wanted.delete()
        return
    with transaction.atomic():
        if MediaFetch.objects.filter(pk=wanted.pk).delete()[0]:
            attach(wanted.message, content, wanted.name, wanted.alt)
            show_thread(wanted.message.interaction, *entry(wanted.message_id))


def fetch_due() -> None:
    """Fetch what is still to be fetched."""
    for pk in MediaFetch.objects.filter(due_at__lte=timezone.now()).values_list("pk", flat=True)[:20]:
        fetch_one(pk)


def _claim(wanted: MediaFetch) -> bool:
    later = timezone.now() + timedelta(seconds=60 * (wanted.attempts + 1))
    mine = MediaFetch.objects.filter(pk=wanted.pk, attempts=wanted.attempts)
    return bool(mine.update(attempts=wanted.attempts + 1, due_at=later))
