"""Offers, and taking work from a queue."""

import uuid

from interactions import handling, offers
from socialcare.panel.answers import Done, PanelRequest, action
from socialcare.panel.views.places import back_to, thread


@action
def accept(request: PanelRequest, offer_id: uuid.UUID) -> Done:
    """*Answer*."""
    interaction = offers.accept(request.user, offer_id)
    return Done(thread(interaction.pk), {"open": str(interaction.pk)})


@action
def decline(request: PanelRequest, offer_id: uuid.UUID) -> Done:
    """*Decline*."""
    offers.decline(request.user, offer_id)
    return Done(back_to(request))


@action
def pull(request: PanelRequest, queue_id: uuid.UUID) -> Done:
    """Take the interaction that comes next in a queue, or the one that is named."""
    interaction = handling.pull(request.user, queue_id, request.POST.get("interaction") or None)
    return Done(thread(interaction.pk), {"open": str(interaction.pk)})
