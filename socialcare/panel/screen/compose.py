"""Part *compose-state*: what the composer must know. It holds no html, as the composer itself is never replaced."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.permissions import REPLY_PRIVATE, REPLY_PUBLIC, Permission
from delivery.connectors import connector_class
from delivery.platforms import NotOffered
from delivery.replying import needs_confirmation, rule_of
from interactions.models import Attachment, State, Visibility
from socialcare.panel.screen import words
from socialcare.panel.screen.addresses import address
from socialcare.panel.screen.desk import OnDesk
from socialcare.panel.screen.screen import Screen
from socialcare.panel.templatetags.panel import first_name

URLS = ("reply", "draft", "note", "uploads", "read", "canned", "transfer", "end")

_CLOSED = {"allowed": False, "reason": "", "rules": None}
NOTHING_OPEN: dict[str, Any] = {
    "interaction": None,
    "open": False,
    "reason": "",
    "public": _CLOSED,
    "private": _CLOSED,
    "default": "public",
    "drafts": [],
    "attachments": [],
    "urls": {},
}


def gather(screen: Screen) -> dict[str, Any]:
    """What the part holds."""
    row = screen.interaction
    return {"state": state_of(screen, row) if row else NOTHING_OPEN}


def state_of(screen: Screen, row: OnDesk) -> dict[str, Any]:
    """What the composer reads: may I write, to whom, in public or private, by which rules, and what I had begun."""
    reason = _why_closed(screen, row)
    customer = words.customer_name(row.customer)
    public = _channel(row, Visibility.PUBLIC, REPLY_PUBLIC, may=row.may_reply_public)
    private = _channel(row, Visibility.PRIVATE, REPLY_PRIVATE, may=row.may_reply_private)
    answering = _answering(screen) if public["allowed"] else None
    if public["allowed"] and not answering:
        public |= {"allowed": False, "reason": _("There is no public post of this customer to answer.")}
    return {
        "interaction": str(row.pk),
        "open": not reason,
        "reason": reason,
        "customer": customer,
        "first_name": first_name(customer),
        "network": words.network_name(row.inbox.kind),
        "public": public,
        "private": private,
        "default": "public" if public["allowed"] else "private",
        "confirm_public": needs_confirmation(row),
        "drafts": [
            {
                "visibility": draft.visibility,
                "in_reply_to": draft.target or None,
                "text": draft.text,
                "saved_at": draft.updated_at.isoformat(),
            }
            for draft in sorted(screen.drafts, key=lambda draft: draft.updated_at, reverse=True)
            if draft.interaction_id == row.pk
        ],
        "attachments": [file_waiting(file.model) for file in (screen.in_composer if screen.mine else [])],
        "types": row.inbox.media_types,
        "max_bytes": settings.MAX_ATTACHMENT_BYTES,
        "answering": answering if not reason else None,
        "unread": row.unread,
        "urls": {name: address(name, row.pk) for name in URLS},
    }


def file_waiting(file: Attachment) -> dict[str, Any]:
    """A file that lies in the composer, not sent yet."""
    url = address("attachment", file.pk)
    return {
        "id": str(file.pk),
        "name": file.name,
        "size": file.size,
        "type": file.content_type,
        "alt": file.alt,
        "url": url,
        "thumb": f"{url}?thumb=1" if file.is_image else "",
        "urls": {name: address(name, file.pk) for name in ("discard", "describe")},
    }


def _channel(row: OnDesk, visibility: Visibility, permission: Permission, *, may: bool) -> dict[str, Any]:
    """Whether the platform and this person's rights allow it, why not, and the rules by which it is counted."""
    try:
        connector = connector_class(row.inbox.kind)
        counted = rule_of(row.inbox, visibility).as_json()
    except (KeyError, NotOffered):
        return {"allowed": False, "reason": _("This platform has no messages of this kind."), "rules": None}
    if visibility.value not in connector.visibilities:
        return {"allowed": False, "reason": _("This platform has no messages of this kind."), "rules": None}
    said = (
        _("Public replies need %(permission)s on “%(channel)s”.")
        if visibility == Visibility.PUBLIC
        else _("Private replies need %(permission)s on “%(channel)s”.")
    )
    reason = "" if may else said % {"permission": permission, "channel": row.inbox.name}
    return {"allowed": may, "reason": reason, "rules": counted}


def _answering(screen: Screen) -> dict[str, str] | None:
    if not (post := screen.post):
        return None
    name = words.customer_name(post.author) if post.author else ""
    return {"id": str(post.pk), "name": first_name(name), "quote": post.text[:200]}


def _why_closed(screen: Screen, row: OnDesk) -> str:
    """Why this person cannot write in this interaction now; empty when they can."""
    if row.state == State.ENDED:
        return _("This conversation has ended. You read it here; a new message of the customer opens it again.")
    if not screen.mine:
        return _("You read along. Only the agent who has this interaction can reply.")
    if row.state == State.WRAP_UP:
        return _("Messages are ended. Finish the wrap-up.")
    if not (row.may_reply_public or row.may_reply_private):
        return _("You need %(permission)s on “%(channel)s” to reply.") % {
            "permission": REPLY_PRIVATE,
            "channel": row.inbox.name,
        }
    return ""
