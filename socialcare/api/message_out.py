"""A message as the API tells of it: what was said, and what the platform said about it."""

from typing import Any

from django.db.models import QuerySet

from delivery.connectors.base import ReceiptKind
from delivery.connectors.open_webhook import MEDIA_TYPES
from delivery.links import link_to
from interactions.models import Attachment, Interaction, Message, MessageStatus
from interactions.reasons import Reason

from .message_details import PATH, Told, error_out
from .message_wires import MESSENGERS, PLATFORMS
from .wire import ref, uri

_RECEIPTS = {
    MessageStatus.SENT: (ReceiptKind.SENT,),
    MessageStatus.PUBLISHED: (ReceiptKind.SENT, ReceiptKind.PUBLISHED),
    MessageStatus.DELIVERED: (ReceiptKind.SENT, ReceiptKind.DELIVERED),
    MessageStatus.READ: (ReceiptKind.SENT, ReceiptKind.READ),
    MessageStatus.FAILED: (ReceiptKind.FAILED,),
    MessageStatus.UNDELIVERED: (ReceiptKind.SENT, ReceiptKind.FAILED),
    MessageStatus.REMOVED: (ReceiptKind.SENT, ReceiptKind.REMOVED),
}
"""What a status says of the receipts that were there: that it went out, and the farthest."""
_PLATFORM = {platform.lower(): platform for platform in PLATFORMS} | {"x": "Twitter"}


def messages_to_tell(messages: "QuerySet[Message]") -> "QuerySet[Message]":
    """With all that `message_out` needs, in a constant number of queries."""
    related = ("interaction__customer", "inbox", "author", "agent", "in_reply_to")
    return messages.select_related(*related).prefetch_related("attachments").defer("original", "extra")


def message_out(message: Message) -> Told:
    """A message, for MessageDataWire."""
    customer, brand = _addresses(message)
    kind = _PLATFORM.get(message.inbox.kind, "Open").lower()
    told: Told = {
        "id": message.pk,
        "timestamp": message.sent_at if message.is_inbound else message.created_at,
        "from_address": customer if message.is_inbound else brand,
        "to_address": brand if message.is_inbound else customer,
        "direction": message.direction,
        "messenger_type": kind if kind in MESSENGERS else "open",
        "status": message.status,
        "text_body": message.text,
        "normalized_message": _normalized(message),
        "normalized_receipts": _receipts(message),
        "conversation_id": message.interaction_id,
        "self_uri": f"{uri(PATH, message.interaction_id)}/messages/{message.pk}",
    }
    if message.external_id:
        told["provider_message_id"] = message.external_id
    if message.agent:
        told["created_by"] = ref("users", message.agent)
    return told


def _addresses(message: Message) -> tuple[str, str]:
    """The customer's and the brand's."""
    return _customer(message.interaction, message).external_id, message.inbox.account_id or str(message.inbox_id)


def _customer(interaction: Interaction, message: Message) -> Any:
    return message.author or interaction.customer


def _normalized(message: Message) -> Told:
    return {
        "id": message.pk,
        "channel": _channel(message),
        "type": "Text",
        "direction": message.direction.capitalize(),
        "text": message.text,
        "content": [_content(file) for file in message.attachments.all()],
        "originating_entity": "Human",
    }


def _channel(message: Message) -> Told:
    handle = _customer(message.interaction, message)
    customer = _person(
        handle.external_id, handle.handle or str(handle), image=handle.avatar_url, first_name=handle.name
    )
    inbox = message.inbox
    brand = _person(inbox.account_id or str(inbox.pk), inbox.account_handle or inbox.name)
    told: Told = {
        **_place(message),
        "from": customer if message.is_inbound else brand,
        "to": brand if message.is_inbound else customer,
        "time": message.sent_at if message.is_inbound else message.created_at,
    }
    if message.is_public:
        answered = message.in_reply_to.external_id if message.in_reply_to else ""
        told["public_metadata"] = _filled(root_id=message.thread, reply_to_id=answered, url=message.url)
    return told | _filled(date_modified=message.edited_at, date_deleted=message.removed_at)


def _place(message: Message) -> Told:
    return {
        "id": message.inbox_id,
        "platform": _PLATFORM.get(message.inbox.kind, "Open"),
        "type": message.visibility.capitalize(),
        **_filled(message_id=message.external_id),
    }


def _person(known_as: str, nickname: str, **facts: str) -> Told:
    return {"id": known_as, "id_type": "Opaque", "nickname": nickname, **_filled(**facts)}


def _content(file: Attachment) -> Told:
    attachment = {
        "id": file.pk,
        "media_type": MEDIA_TYPES.get(file.content_type.partition("/")[0], "File"),
        "url": link_to(file),
        "mime": file.content_type,
        "filename": file.name,
        "text": file.alt,
        "content_size_bytes": file.size,
    }
    return {"content_type": "Attachment", "attachment": attachment}


def _receipts(message: Message) -> list[Told]:
    if message.is_inbound:
        return []
    kinds = _RECEIPTS.get(MessageStatus(message.status), ())
    return [_receipt(message, kind, last=kind == kinds[-1]) for kind in kinds]


def _receipt(message: Message, kind: ReceiptKind, *, last: bool) -> Told:
    told = {
        "id": message.pk,
        "channel": _place(message),
        "type": "Receipt",
        "direction": "Outbound",
        "status": str(kind),
        "is_final_receipt": last and kind != ReceiptKind.SENT,
    }
    if kind == ReceiptKind.FAILED:
        reason = error_out(message)
        told["reasons"] = [{**reason, "code": reason["code"] if reason["code"] in Reason.values else Reason.GENERAL}]
    return told


def _filled(**facts: Any) -> Told:
    return {name: value for name, value in facts.items() if value}
