"""What platforms say about our messages: at once or much later, twice, in any order, even before our own commit."""

import uuid
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from delivery.connectors.base import Receipt as News
from delivery.connectors.base import ReceiptKind
from delivery.models import Receipt
from interactions.finding import Locking, by_id
from interactions.models import Direction, Inbox, Message, MessageStatus, Trouble
from interactions.reasons import Reason
from interactions.screens import entry, show_in_queue, show_list, show_thread
from socialcare.asking import ask
from socialcare.events import Publication
from socialcare.kept import Kept
from socialcare.states import Move

KEPT = timedelta(days=7)
_STATUS = {
    ReceiptKind.SENT: MessageStatus.SENT,
    ReceiptKind.PUBLISHED: MessageStatus.PUBLISHED,
    ReceiptKind.DELIVERED: MessageStatus.DELIVERED,
    ReceiptKind.READ: MessageStatus.READ,
    ReceiptKind.FAILED: MessageStatus.UNDELIVERED,
    ReceiptKind.REMOVED: MessageStatus.REMOVED,
}
_TROUBLE_OF = {
    Reason.RATE_LIMITED: Trouble.LIMIT,
}


def apply_receipt(inbox: Inbox, news: News) -> bool:
    """Move the message on, if the news is news. A receipt for a message not known yet is kept. Raises nothing."""
    # Within the transaction of a whole webhook it needs no way back of its own: that one is tried item by item then.
    with transaction.atomic(savepoint=False):
        if message := _find_locked(inbox, news.external_id):
            return _apply(message, news)
        keep(inbox, news)
    return False


def keep(inbox: Inbox, news: News) -> None:
    """Keep news of a message that we do not know yet."""
    Receipt.objects.create(
        inbox=inbox,
        external_id=news.external_id,
        kind=news.kind,
        at=news.at,
        reason=news.reason[:40],
        detail=news.detail[:1000],
    )


def apply_kept(message: Message) -> None:
    """Apply what was here before the message's id was. Call it in the transaction that writes the id."""
    kept = Receipt.objects.filter(inbox=message.inbox_id, external_id=message.external_id)
    for receipt in kept.order_by("at", "id"):
        apply_to(
            message,
            News(receipt.external_id, ReceiptKind(receipt.kind), receipt.at, receipt.reason, receipt.detail),
        )
        receipt.delete()


def apply_early() -> int:
    """Apply what came in while the message was being written, and forget what nobody has asked for in a week.

    Gives the number of messages.
    """
    Receipt.objects.filter(created_at__lt=timezone.now() - KEPT).delete()
    known = Message.objects.filter(inbox=OuterRef("inbox"), external_id=OuterRef("external_id"))
    early = Receipt.objects.filter(Exists(known)).values_list("inbox", "external_id").distinct()[:100]
    messages = [Message.objects.get(inbox=inbox, external_id=external_id) for inbox, external_id in early]
    for message in messages:
        with transaction.atomic():
            apply_kept(message)
    return len(messages)


def apply_to(message: Message, news: News) -> bool:
    """Move one message on by one piece of news; False where it had been there before, or is further."""
    _lock_and_look(message)
    return _apply(message, news)


def _apply(message: Message, news: News) -> bool:
    """The same, of a message that is as it is now, with its interaction locked."""
    interaction, was_lost = message.interaction, message.is_lost
    if news.kind == ReceiptKind.PENDING:
        changed = _pend(message)
        if changed:
            show_thread(interaction, *entry(message.pk))
    elif changed := _is_news(message, news):
        ask(_moving(message, news), Publication(interaction, *entry(message.pk)))
        show_in_queue(interaction.queue_id, interaction.pk)
    if changed and (was_lost or message.is_lost):
        show_list(interaction.owner_id)
    return changed


def _standing(message: uuid.UUID) -> QuerySet[Message]:
    return Message.objects.filter(pk=message).only("status", "trouble")


def _named(inbox: uuid.UUID, external_id: str) -> QuerySet[Message]:
    outbound = Message.objects.filter(inbox=inbox, direction=Direction.OUTBOUND, external_id=external_id)
    return outbound.select_related("interaction")


def _locked(inbox: uuid.UUID, external_id: str) -> QuerySet[Message]:
    return _named(inbox, external_id).select_for_update(no_key=True, of=("interaction",))


_STANDING = Kept(_standing, message=uuid.UUID)
_NAMED = Kept(_named, inbox=uuid.UUID, external_id=str)
_LOCKED = Kept(_locked, inbox=uuid.UUID, external_id=str)


def _find_locked(inbox: Inbox, external_id: str) -> Message | None:
    """The message of that name, or of that id, as it is now, with its interaction locked."""
    named: dict[str, Any] = {"inbox": inbox.pk, "external_id": external_id}
    # The one that locks may have waited: what it says of the message itself may be old
    known, now = ask(_LOCKED.question(**named), _NAMED.question(**named))
    if now:
        message: Message = now[0]
        if not known:  # it was given its name just now
            _lock_and_look(message)
        return message
    outbound = Message.objects.filter(inbox=inbox, direction=Direction.OUTBOUND).select_related("interaction")
    if by_key := by_id(outbound, external_id):
        _lock_and_look(by_key)
    return by_key


def _lock_and_look(message: Message) -> None:
    _locked, [fresh] = ask(Locking(message.interaction), _STANDING.question(message=message.pk))
    message.status, message.trouble = fresh.status, fresh.trouble


def _pend(message: Message) -> bool:
    waiting = Message.objects.filter(pk=message.pk, status__in=[MessageStatus.QUEUED, MessageStatus.SENT])
    return bool(waiting.exclude(trouble=Trouble.PENDING).update(trouble=Trouble.PENDING))


def _is_news(message: Message, news: News) -> bool:
    return _STATUS[news.kind] in Message.TRANSITIONS[MessageStatus(message.status)]


def _moving(message: Message, news: News) -> Move:
    status = _STATUS[news.kind]
    changes: dict[str, Any] = {"trouble": message.trouble_after(status), "reason": "", "detail": "", "retry_at": None}
    if status == MessageStatus.UNDELIVERED:
        reason = news.reason if news.reason in Reason.values else Reason.GENERAL
        trouble = _TROUBLE_OF.get(Reason(reason), Trouble.REFUSED)
        changes |= {"trouble": trouble, "reason": reason, "detail": news.detail[:1000]}
    if status == MessageStatus.REMOVED:
        changes["removed_at"] = news.at
    return Move(message, status, field="status", **changes)
