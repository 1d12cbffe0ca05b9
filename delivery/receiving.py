"""What comes in from platforms: verify, store, answer, process. What keeps failing is put aside, never lost."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from delivery.connectors import connector_for
from delivery.connectors.base import Author, BadPayload, Edit, Inbound, Post, Receipt, Removal
from delivery.models import InboundPayload, MediaFetch, PayloadState
from delivery.receipts import apply_receipt
from interactions.attachments import recognise, store
from interactions.intake import Incoming, edit_message, receive_message, remove_message
from interactions.models import Inbox, Message
from socialcare.errors import DomainError
from socialcare.states import transition
from socialcare.work import wake

log = logging.getLogger(__name__)
TRIES = 5
_KEPT_HEADERS = ("content-type", "x-hub-signature-256", "user-agent")


def accept_payload(inbox: Inbox, body: bytes, headers: Mapping[str, str]) -> InboundPayload:
    """Take a platform's webhook: verify it, keep it byte for byte, and process it.

    What cannot be processed now is kept and tried again. Raises BadSignature (nothing is kept), and BadPayload where
    the platform's own form is not kept to (it is quarantined, for the administrator to see).
    """
    kept = {name: headers[name] for name in _KEPT_HEADERS if name in headers}
    try:
        items = connector_for(inbox).parse(body, headers)
    except BadPayload as error:
        InboundPayload.objects.create(
            inbox=inbox, body=body, headers=kept, state=PayloadState.QUARANTINED, error=str(error)
        )
        raise
    payload = InboundPayload.objects.create(inbox=inbox, body=body, headers=kept)
    process(payload, items)
    return payload


def process(payload: InboundPayload, items: Iterable[Inbound] | None = None) -> None:
    """Process what was stored; after some failures it goes to quarantine, and the next is not held up."""
    try:
        if items is None:
            items = connector_for(payload.inbox).parse(bytes(payload.body), payload.headers)
        receive(payload.inbox, items)
        transition(payload, PayloadState.PROCESSED)
    except Exception as error:
        log.exception("payload %s of %s failed", payload.pk, payload.inbox)
        InboundPayload.objects.filter(pk=payload.pk).update(attempts=F("attempts") + 1, error=repr(error)[:2000])
        if payload.attempts + 1 >= TRIES:
            transition(payload, PayloadState.QUARANTINED)


def process_again(payload: InboundPayload) -> None:
    """Try a quarantined payload once more, at the administrator's wish. Raises InvalidTransition."""
    transition(payload, PayloadState.STORED, attempts=0, error="")
    process(payload)


def process_stored() -> int:
    """Process what was stored and not processed, because the process died or it failed. Gives their number."""
    waiting = InboundPayload.objects.filter(state=PayloadState.STORED).select_related("inbox").order_by("received_at")
    stale = [payload for payload in waiting[:100] if (timezone.now() - payload.received_at).total_seconds() > 5]
    for payload in stale:
        process(payload)
    return len(stale)


def receive(inbox: Inbox, items: Iterable[Inbound]) -> list[Message | None]:
    """Take what a platform gave, one by one, each in its own transaction; repeats change nothing."""
    return [_receive_one(inbox, item) for item in items]


def _receive_one(inbox: Inbox, item: Inbound) -> Message | None:
    match item:
        case Post():
            return receive_post(inbox, item)[0]
        case Edit():
            edit_message(inbox, item.external_id, item.text, item.at)
        case Removal():
            remove_message(inbox, item.external_id, item.at)
        case Receipt():
            apply_receipt(inbox, item)
    return None


def receive_post(inbox: Inbox, post: Post) -> tuple[Message | None, bool]:
    """Store a post once. Gives it and whether it is new; what the brand itself wrote is not a customer's (None)."""
    if inbox.account_id and post.author.external_id == inbox.account_id:
        return None, False
    with transaction.atomic():
        message, new = receive_message(inbox, post.author.external_id, _profile(post.author), _incoming(post))
        if new:
            _keep_media(message, post)
    return message, new


def _profile(author: Author) -> dict[str, Any]:
    known = asdict(author)
    del known["external_id"]
    return known


def _incoming(post: Post) -> Incoming:
    original = asdict(post.original) if post.original else None
    if original and original["sent_at"]:
        original["sent_at"] = original["sent_at"].isoformat()
    return Incoming(
        external_id=post.external_id,
        visibility=str(post.visibility),
        text=post.text,
        sent_at=post.sent_at,
        url=post.url,
        thread=post.thread,
        reply_to=post.reply_to,
        language=post.language,
        original=original,
        extra=dict(post.extra),
    )


def _keep_media(message: Message, post: Post) -> None:
    for media in post.media:
        if media.content:
            attach(message, media.content, media.name, media.alt)
        elif media.url:
            fetch = MediaFetch.objects.create(
                message=message, url=media.url, name=media.name[:255], alt=media.alt[:2000]
            )
            wake(_fetch_task(), fetch.pk)


def attach(message: Message, content: bytes, name: str, alt: str) -> None:
    """Put a customer's file to their message. What cannot be read as what it claims to be is kept as plain bytes."""
    try:
        kind = recognise(content)
    except DomainError as error:
        log.info("file of message %s: %s", message.pk, error)
        return
    attachment = store(message.interaction, content, kind, name, alt=alt)
    attachment.message = message
    attachment.save(update_fields=["message"])


def _fetch_task() -> Any:
    from delivery.tasks import fetch_media

    return fetch_media
