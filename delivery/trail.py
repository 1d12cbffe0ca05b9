"""The log of tries: when, how long it took, what the other side answered; never a secret."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.utils import timezone

from delivery.connectors import connector_kinds, http
from delivery.connectors.base import SendError
from delivery.models import Delivery
from delivery.trying import without_secrets
from interactions.cleaning import clean

KEPT = 25
"""Tries of one delivery; of those before only the number is known."""
SHOWN = 500
"""Characters of an answer."""


@contextmanager
def logged(delivery: Delivery) -> Iterator[None]:
    """Write down how a try goes, in `delivery.tries`; whoever writes the delivery next saves it."""
    entry: dict[str, Any] = {"at": timezone.now().isoformat(), "status": None, "failure": "", "answer": ""}
    started = time.monotonic()
    with http.overheard() as heard:
        try:
            yield
        except SendError as error:
            error.detail = without_secrets(delivery.inbox, error.detail)
            entry |= {"failure": str(error.failure), "answer": error.detail}
            raise
        finally:
            entry["ms"] = round((time.monotonic() - started) * 1000)
            if heard:
                entry["status"] = heard[-1].status
                # Of other platforms the answer may hold what is theirs to keep: a session, somebody's profile
                if _is_webhook(delivery):
                    entry["answer"] = heard[-1].content[: 8 * SHOWN].decode("utf-8", "replace")
            entry["answer"] = clean(without_secrets(delivery.inbox, entry["answer"]))[:SHOWN]
            delivery.tries = [*delivery.tries, entry][-KEPT:]


def _is_webhook(delivery: Delivery) -> bool:
    kind = connector_kinds().get(delivery.inbox.kind)
    return bool(kind and kind.webhook)
