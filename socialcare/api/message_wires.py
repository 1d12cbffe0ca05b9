"""Shapes of a message: what was said, in the normalized form, and what the platform said about it."""

from rest_framework import serializers

from interactions.models import MessageStatus
from interactions.reasons import Reason

from .conversation_wires import LinkWire
from .wire import Time, Wire

MESSENGERS = ("sms", "facebook", "twitter", "whatsapp", "webmessaging", "instagram", "open", "apple", "linkedin")
PLATFORMS = ("Twitter", "Facebook", "Instagram", "Line", "Whatsapp", "WebMessaging", "Open", "Apple", "Sms", "LinkedIn")
RECEIPTS = ("Sent", "Delivered", "Read", "Failed", "Published", "Removed")


class NormalizedPersonWire(Wire):
    """Somebody on the platform."""

    id = serializers.CharField()
    id_type = serializers.ChoiceField(choices=("Opaque",))
    nickname = serializers.CharField()
    image = serializers.CharField(required=False)
    first_name = serializers.CharField(required=False)


class PublicMetadataWire(Wire):
    """Where a public message stands."""

    root_id = serializers.CharField(required=False)
    reply_to_id = serializers.CharField(required=False)
    url = serializers.CharField(required=False)


class NormalizedChannelWire(Wire):
    """Where it was said, by whom and to whom."""

    id = serializers.UUIDField()
    platform = serializers.ChoiceField(choices=PLATFORMS)
    type = serializers.ChoiceField(choices=("Public", "Private"))
    message_id = serializers.CharField(required=False)
    to = NormalizedPersonWire(required=False)
    time = Time(required=False)
    date_modified = Time(required=False)
    date_deleted = Time(required=False)
    public_metadata = PublicMetadataWire(required=False)

    def get_fields(self) -> dict[str, serializers.Field]:  # type: ignore[type-arg]
        """With `from`, which is no name in Python."""
        return {**super().get_fields(), "from": NormalizedPersonWire(required=False)}


class NormalizedAttachmentWire(Wire):
    """A file."""

    id = serializers.UUIDField()
    media_type = serializers.ChoiceField(choices=("Image", "Video", "Audio", "File"))
    url = serializers.CharField()
    mime = serializers.CharField()
    filename = serializers.CharField()
    text = serializers.CharField()
    content_size_bytes = serializers.IntegerField()


class NormalizedContentWire(Wire):
    """What a message has besides text."""

    content_type = serializers.ChoiceField(choices=("Attachment",))
    attachment = NormalizedAttachmentWire()


class ReasonWire(Wire):
    """Why it did not arrive."""

    code = serializers.ChoiceField(choices=Reason.values)
    message = serializers.CharField()


class NormalizedMessageWire(Wire):
    """A message or a receipt, in the normalized form."""

    id = serializers.UUIDField()
    channel = NormalizedChannelWire()
    type = serializers.ChoiceField(choices=("Text", "Receipt"))
    direction = serializers.ChoiceField(choices=("Inbound", "Outbound"))
    text = serializers.CharField(required=False)
    content = NormalizedContentWire(many=True, required=False)
    status = serializers.ChoiceField(choices=RECEIPTS, required=False)
    reasons = ReasonWire(many=True, required=False)
    is_final_receipt = serializers.BooleanField(required=False)
    originating_entity = serializers.ChoiceField(choices=("Human",), required=False)


class MessageDataWire(Wire):
    """A message."""

    id = serializers.UUIDField()
    provider_message_id = serializers.CharField(required=False)
    timestamp = Time()
    from_address = serializers.CharField()
    to_address = serializers.CharField()
    direction = serializers.ChoiceField(choices=("inbound", "outbound"))
    messenger_type = serializers.ChoiceField(choices=MESSENGERS)
    status = serializers.ChoiceField(choices=MessageStatus.values)
    text_body = serializers.CharField()
    normalized_message = NormalizedMessageWire()
    normalized_receipts = NormalizedMessageWire(many=True)
    created_by = LinkWire(required=False)
    conversation_id = serializers.UUIDField()
    self_uri = serializers.CharField()


class TextMessageListingWire(Wire):
    """Messages."""

    entities = MessageDataWire(many=True)
