"""What comes in from platforms: verify, store, answer, process. What keeps failing is put aside, never lost."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from delivery.connectors import connector_for
from delivery.connectors.base import Author, BadPayload, Edit, Inbound, Post, Receipt, ReceiptKind, Removal
from delivery.models import InboundPayload, MediaFetch, PayloadState
from delivery.receipts import apply_receipt, keep
from interactions.attachments import PLAIN, recognise, store
from interactions.cleaning import cleaned
from interactions.intake import Destination, Incoming, edit_message, receive_message, remove_message
from interactions.models import Inbox, Message
from socialcare.asking import Question, ask
from socialcare.errors import DomainError, InvalidTransition
from socialcare.kept import Kept
from socialcare.rows import Insertion
from socialcare.states import transition
from socialcare.tracing import about
from socialcare.work import wake

log = logging.getLogger(__name__)
TRIES = 5
_KEPT_HEADERS = ("content-type", "x-hub-signature-256", "user-agent")


def accept_payload(inbox: Inbox, body: bytes, headers: Mapping[str, str]) -> InboundPayload:
    """Take a platform's webhook: verify it, keep it byte for byte, and process it: nearly always in one transaction.

    What cannot be processed whole is kept first, then taken item by item; what fails is tried again. Raises
    BadSignature (nothing is kept), and BadPayload where the platform's own form is not kept to (it is quarantined, for
    the administrator to see).
    """
    kept = {name: headers[name] for name in _KEPT_HEADERS if name in headers}
    try:
        items = connector_for(inbox).parse(body, headers)
    except BadPayload as error:
        InboundPayload.objects.create(
            inbox=inbox, body=body, headers=kept, state=PayloadState.QUARANTINED, error=str(error)
        )
        raise
    try:
        payload = InboundPayload(inbox=inbox, body=body, headers=kept, state=PayloadState.PROCESSED)
        with transaction.atomic():
            for item in items:
                _receive_one(inbox, cleaned(item), alone_with=(Insertion(payload),) if len(items) == 1 else None)
            if payload._state.adding:
                ask(Insertion(payload), last=True)
        return payload
    except Exception as error:
        log.info("what came in for %s is taken one by one: %r", inbox, error)
    payload = InboundPayload.objects.create(inbox=inbox, body=body, headers=kept)
    process(payload, items)
    return payload


def process(payload: InboundPayload, items: Iterable[Inbound] | None = None) -> None:
    """Process what was stored; after some failures it goes to quarantine, and the next is not held up."""
    try:
        if items is None:
            items = connector_for(payload.inbox).parse(bytes(payload.body), payload.headers)
        receive(payload.inbox, items)
    except Exception as error:
        log.exception("payload %s of %s failed", payload.pk, payload.inbox)
        InboundPayload.objects.filter(pk=payload.pk).update(attempts=F("attempts") + 1, error=repr(error)[:2000])
        if payload.attempts + 1 >= TRIES:
            _settle(payload, PayloadState.QUARANTINED)
    else:
        _settle(payload, PayloadState.PROCESSED)


def process_again(payload: InboundPayload) -> None:
    """Try a quarantined payload once more, at the administrator's wish. Raises InvalidTransition."""
    transition(payload, PayloadState.STORED, attempts=0, error="")
    process(payload)


def _due(**before: datetime) -> QuerySet[InboundPayload]:
    due = Q()
    for tries in range(TRIES):
        due |= Q(attempts=tries, received_at__lt=before[f"tried_{tries}"])
    stored = InboundPayload.objects.filter(state=PayloadState.STORED).select_related("inbox")
    return stored.filter(due).order_by("received_at")[:100]


_DUE = Kept(_due, **{f"tried_{tries}": datetime for tries in range(TRIES)})


def process_stored() -> int:
    """Process what was stored and not processed, because the process died or it failed. Gives their number.

    Each is tried after 5 s, 10 s, 20 s … of its life.
    """
    now = timezone.now()
    payloads = _DUE.rows(**{f"tried_{tries}": now - timedelta(seconds=5 * 2**tries) for tries in range(TRIES)})
    for payload in payloads:
        process(payload)
    return len(payloads)


def receive(inbox: Inbox, items: Iterable[Inbound]) -> list[Message | None]:
    """Take what a platform gave, one by one, each in its own transaction; repeats change nothing.

    One that cannot be taken holds up no other: all are tried, then Undigested is raised.
    """
    taken: list[Message | None] = []
    failed: list[tuple[Inbound, Exception]] = []
    for item in items:
        try:
            with transaction.atomic():
                taken.append(_receive_one(inbox, cleaned(item), alone_with=()))
        except Exception as error:
            failed.append((item, error))
    if failed:
        raise Undigested(failed)
    return taken


class Undigested(Exception):
    """Some of what came in could not be taken; everything else was."""

    def __init__(self, failed: list[tuple[Inbound, Exception]]) -> None:
        super().__init__("; ".join(f"{error!r} for {item!r}"[:500] for item, error in failed))
        self.failed = failed

    @property
    def passing(self) -> bool:
        """Whether it may be no fault of what came in: the database was away or busy."""
        return any(isinstance(error, OperationalError | InterfaceError) for _item, error in self.failed)


def _settle(payload: InboundPayload, state: PayloadState) -> None:
    try:
        transition(payload, state)
    except InvalidTransition:
        log.info("payload %s was processed by somebody else", payload.pk)


def _receive_one(inbox: Inbox, item: Inbound, *, alone_with: Sequence[Question] | None) -> Message | None:
    if inbox.listening and isinstance(item, Edit | Removal):
        _listening().follow(inbox, item)
    match item:
        case Post() if inbox.listening and _listening().listen(inbox, item):
            return None
        case Post():
            return receive_post(inbox, item, alone_with=alone_with)[0]
        case Edit():
            edit_message(inbox, item.external_id, item.text, item.at)
        case Removal():
            if not remove_message(inbox, item.external_id, item.at):
                keep(inbox, Receipt(item.external_id, ReceiptKind.REMOVED, item.at))
        case Receipt():
            apply_receipt(inbox, item)
    return None


def receive_post(
    inbox: Inbox, post: Post, into: Destination | None = None, *, alone_with: Sequence[Question] | None = None
) -> tuple[Message | None, bool]:
    """Store a post once. Gives it and whether it is new; what the brand itself wrote is not a customer's (None).

    A conversation that begins with it waits `into`, or as the inbox says; with `alone_with`, it is offered at once
    (`receive_message` says when).
    """
    if inbox.account_id and post.author.external_id == inbox.account_id:
        return None, False
    with transaction.atomic(savepoint=False):
        if any(media.content for media in post.media):  # to keep a file takes a while
            alone_with = None
        message, new = receive_message(
            inbox,
            post.author.external_id,
            _profile(post.author),
            _incoming(post),
            into,
            alone_with=alone_with,
            more_follows=bool(post.media),
        )
        about(message.interaction_id)
        if new:
            _keep_media(message, post)
    return message, new


def _profile(author: Author) -> dict[str, Any]:
    return {
        "handle": author.handle[:255],
        "name": author.name[:255],
        "profile_url": _fitting(author.profile_url, 1000),
        "avatar_url": _fitting(author.avatar_url, 1000),
        "followers": author.followers,
        "verified": author.verified,
    }


def _fitting(url: str, length: int) -> str:
    """An address, or nothing: half of one leads nowhere."""
    return url if len(url) <= length else ""


def _incoming(post: Post) -> Incoming:
    original = asdict(post.original) if post.original else None
    if original and original["sent_at"]:
        original["sent_at"] = original["sent_at"].isoformat()
    return Incoming(
        external_id=post.external_id,
        visibility=str(post.visibility),
        text=post.text,
        sent_at=post.sent_at,
        url=_fitting(post.url, 2000),
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
        kind = PLAIN
    attachment = store(message.interaction, content, kind, name, alt=alt)
    attachment.message = message
    attachment.save(update_fields=["message"])


def _listening() -> Any:
    from delivery.listening import capturing

    return capturing


def _fetch_task() -> Any:
    from delivery.tasks import fetch_media

    return fetch_media
