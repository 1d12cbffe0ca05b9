"""Where a message stands, as a conversation tells of it: its status, its files, and why it did not arrive."""

from typing import Any

from delivery.links import link_to
from interactions.models import Attachment, Interaction, Message
from interactions.reasons import words_for

from .wire import uri

PATH = "conversations/messages"
Told = dict[str, Any]


def details_out(interaction: Interaction, message: Message) -> Told:
    """Where a message stands, for MessageDetailsWire."""
    path = f"{uri(PATH, interaction.pk)}/messages/{message.pk}"
    told: Told = {
        "message_id": message.pk,
        "message_uri": path,
        "message": {"id": message.pk, "self_uri": path},
        "message_status": message.status,
        "message_segment_count": 1,
        "message_time": message.created_at,
        "social_visibility": message.visibility,
        "media": [media_out(file) for file in message.attachments.all()],
    }
    if message.is_lost or message.reason:
        told["error_info"] = error_out(message)
    return told


def error_out(message: Message) -> Told:
    """Why a message did not arrive, for ErrorInfoWire."""
    return {"code": message.reason or "GeneralError", "message": message.detail or words_for(message.reason)}


def media_out(file: Attachment) -> Told:
    """A file that was sent, for MessageMediaWire."""
    return {
        "id": file.pk,
        "name": file.name,
        "media_type": file.content_type,
        "content_length_bytes": file.size,
        "url": link_to(file),
    }
