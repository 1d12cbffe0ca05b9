"""What several parts say in the same words."""

from functools import cache

from delivery.connectors import connector_class
from interactions.models import Handle, Inbox, Interaction, Visibility

ICONS = {
    "bluesky": "bluesky",
    "mastodon": "mastodon",
    "x": "ex",
    "facebook": "facebook",
    "instagram": "instagram",
    "whatsapp": "whatsapp",
    "sms": "sms",
    "practice": "practice",
}


def network_icon(kind: str) -> str:
    """The platform's mark; the plug where it has none."""
    return ICONS.get(kind, "hook")


def network_name(kind: str) -> str:
    """The platform's name."""
    return str(_label(kind))


@cache
def _label(kind: str) -> object:
    try:
        return connector_class(kind).label
    except KeyError:  # a kind of earlier days: its conversations are still read
        return kind.capitalize()


def customer_name(handle: Handle) -> str:
    """How the panel calls a customer."""
    return handle.name or handle.contact.name or handle.handle or handle.external_id


def place(row: Interaction) -> str:
    """Where an interaction comes from and belongs: "Bluesky · Deliveries"."""
    return place_of(row.inbox.kind, row.queue.name)


def place_of(kind: str, queue: str) -> str:
    """The same, of a channel's kind and a queue's name."""
    return f"{network_name(kind)} · {queue}"


def channel(inbox: Inbox) -> str:
    """The channel identifier under a message, after its visibility."""
    account = inbox.account_handle or inbox.name
    name = network_name(inbox.kind)
    return name if account == name else f"{name} · {account}"


def visibility_name(visibility: str) -> str:
    """Public or private, in words."""
    return str(Visibility(visibility).label) if visibility else ""


def visibility_icon(visibility: str) -> str:
    """The globe or the lock."""
    return "globe" if visibility == Visibility.PUBLIC else "lock"
