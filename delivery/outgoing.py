"""A message that goes out, as a connector takes it."""

from delivery.connectors.base import Author, File, Outbound, Target, Visibility
from delivery.links import link_to
from delivery.models import Delivery
from interactions.models import Message


def outbound(delivery: Delivery) -> Outbound:
    """The message, as a connector takes it."""
    message = delivery.message
    customer, target = message.interaction.customer, message.in_reply_to
    return Outbound(
        key=str(message.pk),
        visibility=Visibility(message.visibility),
        recipient=Author(customer.external_id, customer.handle, customer.name),
        text=message.text,
        file=_file(message) if getattr(delivery, "has_files", True) else None,
        target=Target(target.external_id or "", target.thread, target.extra) if target else None,
        attempt=delivery.attempts,
        created_at=message.created_at,
    )


def _file(message: Message) -> File | None:
    attachment = message.attachments.first()
    if not attachment:
        return None
    with attachment.file.open("rb") as file:
        return File(attachment.name, attachment.content_type, file.read(), attachment.alt, link_to(attachment))
