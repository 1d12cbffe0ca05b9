"""Shapes of a conversation: who takes part, since when, and where each message of theirs stands.

The reference tells of a conversation in two shapes: by its messages (`MessageConversation`, in which a participant
has a state), and whole (`Conversation`, in which a participant has communications, and these have states).
"""

from rest_framework import serializers

from interactions.models import MessageStatus, Visibility
from interactions.participants import Left, Part, Purpose

from .wire import DivisionWire, Time, Wire

KINDS = ("apple", "facebook", "instagram", "kakao", "line", "open", "sms", "telegram", "twitter", "whatsapp")
PROMPTS = ("mandatory", "optional", "agentRequested", "timeout", "forcedTimeout")


class LinkWire(Wire):
    """A reference to something with an address."""

    id = serializers.CharField()
    name = serializers.CharField(required=False)
    self_uri = serializers.CharField()


class AddressWire(Wire):
    """Where somebody can be reached on the platform."""

    name = serializers.CharField()
    address_normalized = serializers.CharField()
    address_raw = serializers.CharField()
    address_displayable = serializers.CharField()


class ConversationRoutingDataWire(Wire):
    """By what it is routed."""

    queue = LinkWire()
    priority = serializers.IntegerField()
    skills = LinkWire(many=True)
    language = LinkWire(required=False)


class WrapupWire(Wire):
    """How an agent's part ended; `provisional` while it is still being filled in."""

    code = serializers.CharField(allow_null=True)
    name = serializers.CharField(allow_null=True)
    notes = serializers.CharField()
    tags = serializers.ListField(child=serializers.CharField())
    duration_seconds = serializers.IntegerField()
    end_time = Time(allow_null=True)
    provisional = serializers.BooleanField()


class ErrorInfoWire(Wire):
    """Why a message did not arrive."""

    code = serializers.CharField()
    message = serializers.CharField()


class MessageMediaWire(Wire):
    """A file of a message."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    media_type = serializers.CharField()
    content_length_bytes = serializers.IntegerField()
    url = serializers.CharField()


class MessageDetailsWire(Wire):
    """Where a message stands; its text is read by its id."""

    message_id = serializers.UUIDField()
    message_uri = serializers.CharField(source="message_uri")
    message = LinkWire()
    message_status = serializers.ChoiceField(choices=MessageStatus.values)
    message_segment_count = serializers.IntegerField()
    message_time = Time()
    social_visibility = serializers.ChoiceField(choices=Visibility.values)
    media = MessageMediaWire(many=True)
    error_info = ErrorInfoWire(required=False)

    def get_fields(self) -> dict[str, serializers.Field]:  # type: ignore[type-arg]
        """The address of the message is written `messageURI`."""
        fields = super().get_fields()
        fields["messageURI"] = fields.pop("messageUri")
        return fields


class _TakingPart(Wire):
    """What both shapes tell of one who takes part."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    address = serializers.CharField()
    purpose = serializers.ChoiceField(choices=[str(each) for each in Purpose])
    start_time = Time()
    connected_time = Time(required=False)
    end_time = Time(required=False)
    user_id = serializers.UUIDField(required=False)
    queue_id = serializers.UUIDField(required=False)
    queue_name = serializers.CharField(required=False)
    external_contact_id = serializers.UUIDField(required=False)
    alerting_timeout_ms = serializers.IntegerField(required=False)
    wrapup_required = serializers.BooleanField()
    wrapup_prompt = serializers.ChoiceField(choices=PROMPTS, required=False)
    wrapup_timeout_ms = serializers.IntegerField(required=False)
    wrapup = WrapupWire(required=False)
    start_acw_time = Time(required=False)
    end_acw_time = Time(required=False)
    conversation_routing_data = ConversationRoutingDataWire(required=False)
    attributes = serializers.DictField(child=serializers.CharField())


class MessageMediaParticipantWire(_TakingPart):
    """One who takes part, with a state."""

    state = serializers.ChoiceField(choices=[str(each) for each in Part])
    direction = serializers.ChoiceField(choices=("inbound", "outbound"))
    disconnect_type = serializers.ChoiceField(choices=[str(each) for each in Left], required=False)
    held = serializers.BooleanField()
    start_alerting_time = Time(required=False)
    park_time = Time(required=False)
    user = LinkWire(required=False)
    queue = LinkWire(required=False)
    external_contact = LinkWire(required=False)
    provider = serializers.CharField()
    type = serializers.ChoiceField(choices=KINDS)
    to_address = AddressWire()
    from_address = AddressWire()
    messages = MessageDetailsWire(many=True)


class ConversationDivisionWire(Wire):
    """In which division a conversation is: in *Home*."""

    division = DivisionWire()
    entities = LinkWire(many=True)


class MessageConversationWire(Wire):
    """A conversation by its messages."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    participants = MessageMediaParticipantWire(many=True)
    other_media_uris = serializers.ListField(child=serializers.CharField())
    divisions = ConversationDivisionWire(many=True)
    self_uri = serializers.CharField()


class MessageWire(Wire):
    """A communication: how one who takes part does so."""

    id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=[str(each) for each in Part])
    initial_state = serializers.ChoiceField(choices=[str(each) for each in Part])
    direction = serializers.ChoiceField(choices=("inbound", "outbound"))
    disconnect_type = serializers.ChoiceField(choices=[str(each) for each in Left], required=False)
    held = serializers.BooleanField()
    start_alerting_time = Time(required=False)
    connected_time = Time(required=False)
    disconnected_time = Time(required=False)
    park_time = Time(required=False)
    provider = serializers.CharField()
    type = serializers.ChoiceField(choices=KINDS)
    to_address = AddressWire()
    from_address = AddressWire()
    after_call_work_required = serializers.BooleanField()
    wrapup = WrapupWire(required=False)
    messages = MessageDetailsWire(many=True)


class ParticipantWire(_TakingPart):
    """One who takes part, with their communications."""

    participant_type = serializers.CharField()
    user_uri = serializers.CharField(required=False)
    messages = MessageWire(many=True)


class ConversationWire(Wire):
    """A conversation, whole."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    start_time = Time()
    end_time = Time(required=False)
    address = serializers.CharField()
    state = serializers.ChoiceField(choices=[str(each) for each in Part])
    recording_state = serializers.CharField()
    secure_pause = serializers.BooleanField()
    participants = ParticipantWire(many=True)
    divisions = ConversationDivisionWire(many=True)
    self_uri = serializers.CharField()
