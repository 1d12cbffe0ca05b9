"""Writing to the customer."""

import uuid

from django.utils import timezone

from delivery import replying
from interactions import drafts
from socialcare.panel.answers import Done, PanelRequest, action, cleaned
from socialcare.panel.forms import DraftForm, ReplyForm
from socialcare.panel.views.places import thread


@action
def reply(request: PanelRequest, interaction_id: uuid.UUID) -> Done:
    """*Send as public* or *Send as private*: the text and each file, as messages of their own."""
    given = cleaned(ReplyForm(request.POST))
    messages = replying.reply(
        request.user,
        interaction_id,
        visibility=given["visibility"],
        text=given["text"],
        attachment_ids=given["attachment"],
        in_reply_to_id=given["in_reply_to"],
        key=given["key"],
        confirmed=given["confirmed"],
    )
    told = {"messages": [str(message.pk) for message in messages], "now": timezone.now().isoformat()}
    return Done(thread(interaction_id), told)


@action
def resend(request: PanelRequest, message_id: uuid.UUID) -> Done:
    """*Resend*: this one message, and nothing else."""
    message = replying.resend(request.user, message_id)
    return Done(thread(message.interaction_id), {"messages": [str(message.pk)]})


@action
def draft(request: PanelRequest, interaction_id: uuid.UUID) -> Done:
    """Keep what has been written so far."""
    given = cleaned(DraftForm(request.POST))
    kept = drafts.save_draft(
        request.user,
        interaction_id,
        text=given["text"],
        visibility=given["visibility"],
        in_reply_to_id=given["in_reply_to"],
    )
    saved_at = kept.updated_at if kept else timezone.now()
    return Done(thread(interaction_id), {"saved_at": saved_at.isoformat()})
