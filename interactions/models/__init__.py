"""Demand: customers, what they say, and what agents do about it."""

from interactions.models.canned import CannedLibrary, CannedResponse
from interactions.models.contacts import Contact, Handle
from interactions.models.inbox import Inbox, InboxGroupPermission, InboxUserPermission
from interactions.models.interaction import Interaction, State
from interactions.models.messages import (
    Attachment,
    Direction,
    Draft,
    Message,
    MessageStatus,
    Note,
    Trouble,
    Visibility,
)
from interactions.models.offers import EndedBy, Handling, Offer, OfferState
from interactions.models.uploads import Upload, UploadState

__all__ = [
    "Attachment",
    "CannedLibrary",
    "CannedResponse",
    "Contact",
    "Direction",
    "Draft",
    "EndedBy",
    "Handle",
    "Handling",
    "Inbox",
    "InboxGroupPermission",
    "InboxUserPermission",
    "Interaction",
    "Message",
    "MessageStatus",
    "Note",
    "Offer",
    "OfferState",
    "State",
    "Trouble",
    "Upload",
    "UploadState",
    "Visibility",
]
