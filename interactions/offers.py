"""Answering an offer, or not: accept, decline, expiry, withdrawal."""

import uuid
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.permissions import ACCEPT, holders, require
from interactions.finding import Id, by_id
from interactions.models import Handling, Interaction, Offer, OfferState, State
from interactions.queueing import enqueue, wake_queues_of
from interactions.screens import show_thread, show_work
from queues.models import AgentStatus, Presence, Queue
from queues.models.agents import GONE_AFTER, Missed
from socialcare.errors import Conflict, InvalidTransition, NotFound
from socialcare.kept import Kept
from socialcare.states import transition

_GONE = {
    OfferState.ACCEPTED: _("You have already answered this one."),
    OfferState.DECLINED: _("You have already declined this one."),
    OfferState.EXPIRED: _("This offer has just expired; it went back to the queue."),
    OfferState.WITHDRAWN: _("This offer was withdrawn."),
}


def accept(user: User, offer_id: Id) -> Interaction:
    """Answer an offer in time: the interaction is the agent's.

    Raises NotFound, NotPermitted (Conversation > Message > Accept), and Conflict where the offer is not open any more.
    """
    offer = _find(user, offer_id)
    require(user, ACCEPT, offer.queue)
    with transaction.atomic():
        _close(offer, OfferState.ACCEPTED, only={"deadline__gt": timezone.now()})
        _connect(offer)
    return offer.interaction


def accept_by_itself(offer: Offer) -> None:
    """Answer an offer just made for an agent or a queue with auto-answer. Call it in the offer's transaction.

    It counts as unread: the agent has pressed nothing, and must be called.
    """
    _close(offer, OfferState.ACCEPTED)
    _connect(offer, unread=1)


def decline(user: User, offer_id: Id) -> None:
    """Decline an offer: the agent becomes Not Responding, the interaction goes back to its queue with its waiting time.

    Raises NotFound, and Conflict where the offer is not open any more.
    """
    offer = _find(user, offer_id)
    with transaction.atomic():
        _close(offer, OfferState.DECLINED)
        _give_back(offer, Missed.DECLINED)


def expire_due(now: datetime | None = None) -> int:
    """Expire the offers whose deadline has passed. Gives their number."""
    due = _DUE.rows(now=now or timezone.now())
    return sum(_end(offer, OfferState.EXPIRED, Missed.EXPIRED) for offer in due)


def withdraw_from_absent() -> int:
    """Withdraw the offers of agents who have gone, left the queue, or lost the right to accept. Gives their number."""
    lost = {offer.pk for offer in _OF_ABSENT.rows(since=timezone.now() - GONE_AFTER)}
    for queue in _ASKED.rows():
        lost.update(offer.pk for offer in _OF_OTHERS.rows(queue=queue.pk))
    return sum(_end(offer, OfferState.WITHDRAWN) for offer in _with_all(_open().filter(pk__in=lost))) if lost else 0


def withdraw_offers_of(user: User) -> int:
    """Withdraw what is offered to an agent, who stays as they are: they went off queue. Gives the number."""
    offered = Offer.objects.filter(state=OfferState.OPEN, agent=user)
    return sum(_end(offer, OfferState.WITHDRAWN) for offer in _with_all(offered))


# ------------------------------------------------------------------ moves


def _find(user: User, offer_id: Id) -> Offer:
    offer = by_id(_with_all(Offer.objects.filter(agent=user)), offer_id)
    if not offer:
        raise NotFound
    return offer


def _with_all(offers: QuerySet[Offer]) -> QuerySet[Offer]:
    return offers.select_related("interaction__queue", "interaction__customer", "agent", "queue")


# What the clock asks every second. Nearly always there is nothing, so putting the question must cost little.


def _open() -> QuerySet[Offer]:
    return Offer.objects.filter(state=OfferState.OPEN)


def _of_absent(since: datetime) -> QuerySet[Offer]:
    there = _open().filter(
        agent__is_active=True, agent__status__presence=Presence.ON_QUEUE, agent__status__last_seen__gte=since
    )
    return _open().exclude(pk__in=there).only("pk")


def _of_others(queue: uuid.UUID) -> QuerySet[Offer]:
    return (
        _open().filter(~Exists(holders(ACCEPT, Queue(pk=queue)).filter(pk=OuterRef("agent"))), queue=queue).only("pk")
    )


_DUE = Kept(lambda now: _with_all(_open().filter(deadline__lte=now)), now=datetime)
_OF_ABSENT = Kept(_of_absent, since=datetime)
_ASKED = Kept(lambda: Queue.objects.filter(pk__in=_open().values("queue")).only("pk"))
_OF_OTHERS = Kept(_of_others, queue=uuid.UUID)


def _close(offer: Offer, state: OfferState, only: dict[str, object] | None = None) -> None:
    """Close an open offer, or say in words why it is not open."""
    try:
        transition(offer, state, only=only, closed_at=timezone.now())
    except InvalidTransition:
        offer.refresh_from_db()
        became = OfferState.EXPIRED if offer.state == OfferState.OPEN else OfferState(offer.state)
        raise Conflict(_GONE[became], code=f"offer.{became}") from None


def _connect(offer: Offer, *, unread: int = 0) -> None:
    now = timezone.now()
    interaction = offer.interaction
    transition(
        interaction,
        State.CONNECTED,
        owner=offer.agent,
        last_agent=offer.agent,
        answered_at=interaction.answered_at or now,
        unread=unread,
    )
    Handling.objects.create(id=offer.pk, interaction=interaction, agent=offer.agent, queue=offer.queue, started_at=now)
    show_work(offer.agent)
    show_thread(interaction)


def _end(offer: Offer, state: OfferState, missed: str = "") -> bool:
    """Close an offer that nobody answers any more; False where somebody was faster."""
    with transaction.atomic():
        try:
            _close(offer, state)
        except Conflict:
            return False
        _give_back(offer, missed)
    return True


def _give_back(offer: Offer, missed: str) -> None:
    enqueue(offer.interaction)
    statuses = AgentStatus.objects
    statuses.release(offer.agent_id)
    if missed:
        statuses.filter(user=offer.agent).update(missed=missed, missed_at=timezone.now())
    else:
        wake_queues_of(offer.agent_id)
    show_work(offer.agent)
    show_thread(offer.interaction, "head")
