"""Half-written replies, kept on the server."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from interactions.finding import Id, find
from interactions.models import Draft, Visibility
from interactions.screens import show_work
from queues.models import AgentStatus
from socialcare.errors import Invalid
from socialcare.events import publish

DRAFT_LENGTH = 100_000


def save_draft(
    user: User, interaction_id: Id, *, text: str, visibility: str, in_reply_to_id: Id | None = None
) -> Draft | None:
    """Keep what the agent has written so far; an empty text forgets it. Raises NotFound, Invalid."""
    if visibility not in Visibility.values:
        raise Invalid(_("Choose public or private."), field="visibility")
    text = clean(text)[:DRAFT_LENGTH]
    with transaction.atomic():
        interaction = find(user, interaction_id)
        place = {
            "interaction": interaction,
            "author": user,
            "target": str(in_reply_to_id or ""),
            "visibility": visibility,
        }
        draft = None
        if text:
            draft = Draft.objects.update_or_create(**place, defaults={"text": text})[0]
        else:
            Draft.objects.filter(**place).delete()
        publish(AgentStatus.objects.of(user), "active", "compose-state")
    return draft


def forget_drafts(user: User, interaction_id: Id) -> None:
    """A reply was sent: what had been kept of it is not needed any more."""
    if Draft.objects.filter(interaction=interaction_id, author=user).delete()[0]:
        show_work(user)


def clean(text: str) -> str:
    """The text without what no database and no platform can carry: NUL and lone surrogates."""
    return text.replace("\x00", "").encode("utf-8", "ignore").decode()
