"""Bringing webhooks to brands: signed, in order, and again until they are taken.

A brand that answers 4xx does not want that event: it is dropped, and the next one follows.
"""

import base64
import hashlib
import hmac
import json
import logging
import threading
from datetime import timedelta

from django.db import OperationalError, close_old_connections
from django.utils import timezone

from delivery.connectors import http
from delivery.connectors.base import SendError

from .models import Brand, Push

log = logging.getLogger(__name__)
POLL = 0.5
LONGEST_PAUSE = 15.0
_work = threading.Event()


def wake() -> None:
    """There is something to push in this process."""
    _work.set()


def run(stop: threading.Event) -> None:
    """Push whatever is due, until `stop` is set."""
    while not stop.is_set():
        _work.clear()
        try:
            busy = push_due()
        except OperationalError as error:
            log.warning("pushes wait for the database: %s", error)
            busy = False
        close_old_connections()
        if not busy:
            _work.wait(POLL)


def push_due() -> bool:
    """Push the oldest event of every brand that has one due; whether there was any."""
    waiting = Push.objects.filter(is_done=False)
    oldest = [
        waiting.filter(brand=brand).select_related("brand").first() for brand in Brand.objects.exclude(hook_url="")
    ]
    due = [push for push in oldest if push and push.due_at <= timezone.now()]
    for push in due:
        _bring(push)
    return bool(due)


def _bring(push: Push) -> None:
    body = json.dumps({"id": f"event-{push.pk}", **push.event}).encode()
    headers = {"Content-Type": "application/json", "X-Hub-Signature-256": signature(body, push.brand.signing_secret)}
    try:
        answer = http.call("POST", push.brand.hook_url, headers=headers, content=body, allow_private=True)
    except SendError as error:
        return _again(push, str(error))
    if answer.ok:
        Push.objects.filter(pk=push.pk).update(is_done=True, tries=push.tries + 1)
    elif answer.status >= 500 or answer.status == 429:
        _again(push, http.said(answer))
    else:
        log.warning("%s did not want event %s: %s", push.brand, push.pk, http.said(answer))
        Push.objects.filter(pk=push.pk).update(is_done=True, tries=push.tries + 1, refusal=http.said(answer)[:300])
    return None


def _again(push: Push, why: str) -> None:
    pause = min(0.5 * 2 ** min(push.tries, 10), LONGEST_PAUSE)
    Push.objects.filter(pk=push.pk).update(
        tries=push.tries + 1, due_at=timezone.now() + timedelta(seconds=pause), refusal=why[:300]
    )


def signature(body: bytes, secret: str) -> str:
    """The signature over the exact bytes, as the header X-Hub-Signature-256 has it."""
    return "sha256=" + base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
