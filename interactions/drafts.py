"""Half-written replies, kept on the server."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from interactions.cleaning import clean
from interactions.finding import Id, find
from interactions.models import Draft, Interaction, Visibility
from queues.models import AgentStatus
from socialcare.asking import Question
from socialcare.errors import Invalid
from socialcare.events import publish
from socialcare.rows import Deletion

DRAFT_LENGTH = 100_000


def save_draft(
    user: User, interaction_id: Id, *, text: str, visibility: str, in_reply_to_id: Id | None = None
) -> Draft | None:
    """Keep what the agent has written so far; an empty text forgets it. Raises NotFound, Invalid."""
    if visibility not in Visibility.values:
        raise Invalid(_("Choose public or private."), field="visibility")
    text = clean(text)
    if len(text) > DRAFT_LENGTH:
        raise _too_long(len(text))
    with transaction.atomic():
        interaction = find(user, interaction_id)
        if not text:
            if forgetting(user, interaction, visibility, in_reply_to_id).answer():
                show(user)
            return None
        place = _place(user, interaction, visibility, in_reply_to_id)
        draft = Draft.objects.update_or_create(**place, defaults={"text": text})[0]
        show(user)
    return draft


def forgetting(user: User, interaction: Interaction, visibility: str, in_reply_to_id: Id | None) -> Question:
    """What was kept of this reply is not needed any more: to be asked together with others. Answers whether it was."""
    return Deletion(Draft, _place(user, interaction, visibility, in_reply_to_id))


def _too_long(count: int) -> Invalid:
    words = _("This is not kept: it has %(count)s characters, and at most %(most)s are possible. Shorten it.")
    return Invalid(words % {"count": count, "most": DRAFT_LENGTH}, field="text", code="too.long")


def _place(user: User, interaction: Interaction, visibility: str, in_reply_to_id: Id | None) -> dict[str, Any]:
    target = clean(str(in_reply_to_id or ""))[:36]
    return {"interaction": interaction, "author": user, "target": target, "visibility": visibility}


def show(user: User) -> None:
    """Let every screen of a person see what lies in their composer."""
    publish(AgentStatus.objects.of(user), "active", "compose-state")
