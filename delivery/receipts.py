"""What platforms say about our messages: at once or much later, twice, in any order, even before our own commit."""

from typing import Any

from django.db import transaction

from delivery.connectors.base import Receipt as News
from delivery.connectors.base import ReceiptKind
from delivery.models import Receipt
from interactions.models import Direction, Inbox, Message, MessageStatus, Trouble
from interactions.reasons import Reason
from interactions.screens import show_thread, show_work
from socialcare.errors import InvalidTransition
from socialcare.states import transition

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
    with transaction.atomic():
        message = _find(inbox, news.external_id)
        if not message:
            Receipt.objects.create(
                inbox=inbox,
                external_id=news.external_id,
                kind=news.kind,
                at=news.at,
                reason=news.reason[:40],
                detail=news.detail[:1000],
            )
            return False
        return apply_to(message, news)


def apply_kept(message: Message) -> None:
    """Apply the receipts that were here before the message's id was. Call it in the transaction that writes the id."""
    kept = Receipt.objects.filter(inbox=message.inbox_id, external_id__in=[message.external_id, str(message.pk)])
    for receipt in kept.order_by("at", "id"):
        apply_to(
            message,
            News(receipt.external_id, ReceiptKind(receipt.kind), receipt.at, receipt.reason, receipt.detail),
        )
    kept.delete()


def apply_to(message: Message, news: News) -> bool:
    """Move one message on by one piece of news; False where it had been there before, or is further."""
    changed = _pend(message) if news.kind == ReceiptKind.PENDING else _move(message, news)
    if changed:
        show_thread(message.interaction, "thread")
        show_work(message.interaction.owner)
    return changed


def _find(inbox: Inbox, external_id: str) -> Message | None:
    outbound = Message.objects.filter(inbox=inbox, direction=Direction.OUTBOUND).select_related("interaction__owner")
    found = outbound.filter(external_id=external_id).first()
    return found or (outbound.filter(pk=external_id).first() if _is_key(external_id) else None)


def _is_key(external_id: str) -> bool:
    import uuid

    try:
        uuid.UUID(external_id)
    except ValueError:
        return False
    return True


def _pend(message: Message) -> bool:
    waiting = Message.objects.filter(pk=message.pk, status__in=[MessageStatus.QUEUED, MessageStatus.SENT])
    return bool(waiting.exclude(trouble=Trouble.PENDING).update(trouble=Trouble.PENDING))


def _move(message: Message, news: News) -> bool:
    status = _STATUS[news.kind]
    changes: dict[str, Any] = {"trouble": "", "reason": "", "detail": "", "retry_at": None}
    if status == MessageStatus.UNDELIVERED:
        reason = news.reason if news.reason in Reason.values else Reason.GENERAL
        trouble = _TROUBLE_OF.get(Reason(reason), Trouble.REFUSED)
        changes |= {"trouble": trouble, "reason": reason, "detail": news.detail[:1000]}
    if status == MessageStatus.REMOVED:
        changes["removed_at"] = news.at
    try:
        transition(message, status, field="status", **changes)
    except InvalidTransition:
        return False
    return True
