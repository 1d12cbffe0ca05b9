"""What is done to somebody's part in an interaction, named by the participant: answer, leave, park, hand over."""

import uuid
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from interactions import handling, offers
from interactions.finding import Id, by_id, find
from interactions.models import Handling, Interaction, Offer, State
from interactions.participants import customer_id, queue_id
from socialcare.errors import Conflict, Invalid, NotFound, NotYours


def connect(user: User, interaction_id: Id, participant_id: uuid.UUID) -> None:
    """Answer what is offered, or take up again what is parked.

    Raises NotFound, NotYours, NotPermitted, and Conflict where the offer is not open any more, or there is no room.
    """
    interaction, offer, work = _own_part(user, interaction_id, participant_id)
    if work and not work.ended_at and interaction.state == State.PARKED:
        handling.resume(user, interaction.pk)
    elif offer:
        offers.accept(user, offer.pk)
    else:
        raise _answered()


def disconnect(user: User, interaction_id: Id, participant_id: uuid.UUID, asked_at: datetime) -> None:
    """Decline what is offered, or end what is at hand.

    Who asked (`asked_at`) before the offer was answered meant the offer, and does not end what has come of it.
    Raises NotFound, NotYours, and Conflict where it is over already, or was answered meanwhile.
    """
    interaction, offer, work = _own_part(user, interaction_id, participant_id)
    if offer and not work:
        offers.decline(user, offer.pk)
        return
    assert work
    if work.started_at > asked_at:
        raise _answered()
    if work.ended_at:
        raise _over()
    handling.end(user, interaction.pk)


def own_handling(user: User, interaction_id: Id, participant_id: uuid.UUID) -> Handling:
    """The user's own stretch of work, running or over. Raises NotFound, NotYours, Conflict where there is none."""
    _interaction, _offer, work = _own_part(user, interaction_id, participant_id)
    if not work:
        raise Conflict(_("Answer it first."), code="not.connected")
    return work


def at_work(user: User, interaction_id: Id, participant_id: uuid.UUID) -> Handling:
    """The user's own stretch of work, which must be running. Raises NotFound, NotYours, Conflict."""
    work = own_handling(user, interaction_id, participant_id)
    if work.ended_at:
        raise _over()
    return work


def part_to_hand_over(user: User, interaction_id: Id, participant_id: uuid.UUID) -> Interaction:
    """The interaction, where this is the participant who has it now: an agent, or the queue it waits in.

    Raises NotFound, and Conflict where it has gone on meanwhile.
    """
    interaction = find(user, interaction_id)
    waiting = interaction.state == State.WAITING and participant_id == queue_id(interaction, interaction.queue_id)
    if waiting or interaction.handlings.filter(pk=participant_id, ended_at__isnull=True).exists():
        return interaction
    if not _known(interaction, participant_id):
        raise NotFound
    raise Conflict(_("It can be handed over only while it is waiting, connected or parked."), code="not.open")


def part_of_agent(user: User, interaction_id: Id, participant_id: uuid.UUID) -> Offer | Handling:
    """An agent's part, anybody's, for reading. Raises NotFound, and Invalid for one who is no agent."""
    interaction = find(user, interaction_id)
    handlings = Handling.objects.select_related("queue", "code")
    found = handlings.filter(interaction=interaction, pk=participant_id).first()
    found_offer = None if found else interaction.offers.select_related("queue").filter(pk=participant_id).first()
    if found or found_offer:
        return found or found_offer  # type: ignore[return-value]
    if _known(interaction, participant_id):
        raise Invalid(_("This participant is no agent."), field="participantId")
    raise NotFound


def require_part(interaction: Interaction, participant_id: uuid.UUID) -> None:
    """Raise NotFound unless this is, or was, somebody's part in the interaction."""
    if not _known(interaction, participant_id):
        raise NotFound


# ------------------------------------------------------------------ moves


def _own_part(
    user: User, interaction_id: Id, participant_id: uuid.UUID
) -> tuple[Interaction, Offer | None, Handling | None]:
    interaction = find(user, interaction_id)
    work = by_id(Handling.objects.select_related("queue").filter(interaction=interaction), participant_id)
    offer = by_id(interaction.offers.all(), participant_id)
    part = work or offer
    if part and part.agent_id == user.pk:
        return interaction, offer, work
    if part or _known(interaction, participant_id):
        # Nobody acts for another: handing over is what there is
        raise NotYours
    raise NotFound


def _known(interaction: Interaction, participant_id: uuid.UUID) -> bool:
    ids = {interaction.queue_id, *interaction.offers.values_list("queue", flat=True)}
    made = {customer_id(interaction), *(queue_id(interaction, pk) for pk in ids)}
    return (
        participant_id in made
        or interaction.offers.filter(pk=participant_id).exists()
        or interaction.handlings.filter(pk=participant_id).exists()
    )


def _answered() -> Conflict:
    return Conflict(_("You have already answered this one."), code="offer.accepted")


def _over() -> Conflict:
    return Conflict(_("You have already ended this one."), code="not.open")
