"""What agents and supervisors do with an interaction besides answering: end, park, pull, transfer, note."""

import uuid

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.permissions import ACCEPT, ASSIGN, PARK, PULL, TRANSFER, allowed, require
from interactions.cleaning import clean
from interactions.finding import Id, by_id, find, find_locked, find_own
from interactions.models import EndedBy, Handling, Interaction, Note, State
from interactions.queueing import enqueue, wake_queues_of, wake_routing
from interactions.routing import make_offer
from interactions.screens import show_thread, show_waiting, show_work
from interactions.shifts import close_handling
from interactions.wrapup import start_wrap_up
from queues.models import AgentStatus, Queue
from socialcare.errors import Conflict, Invalid, NotFound
from socialcare.states import transition

_FULL = _(
    "You have no room for one more, and what is offered to you counts; answer, decline, end or park something first."
)
NOTE_LENGTH = 10_000


def end(user: User, interaction_id: Id, *, acw: bool = False) -> Interaction:
    """End the agent's part of the conversation; after-contact work follows as the queue says (`acw`: the agent asks).

    Raises NotFound, Conflict.
    """
    with transaction.atomic():
        interaction = find_own(user, interaction_id)
        start_wrap_up(interaction, asked=acw)
        show_work(user)
        show_thread(interaction)
        wake_queues_of(user.pk)
    return interaction


def park(user: User, interaction_id: Id) -> Interaction:
    """Put an interaction aside: it stays the agent's, and its place is free.

    Raises NotFound, NotPermitted (Conversation > Message > Park), Conflict.
    """
    with transaction.atomic():
        interaction = find_own(user, interaction_id)
        require(user, PARK, interaction.queue)
        transition(interaction, State.PARKED, only={"state": State.CONNECTED}, parked_at=timezone.now())
        _handling(interaction).update(holds_place=False)
        AgentStatus.objects.release(user.pk)
        show_work(user)
        show_thread(interaction, "head", "compose-state")
        wake_queues_of(user.pk)
    return interaction


def resume(user: User, interaction_id: Id) -> Interaction:
    """Take a parked interaction up again. Raises NotFound, and Conflict where the agent has no room."""
    with transaction.atomic():
        interaction = find_own(user, interaction_id)
        transition(interaction, State.CONNECTED, only={"state": State.PARKED}, parked_at=None)
        _take_place(user)
        _handling(interaction).update(holds_place=True)
        show_work(user)
        show_thread(interaction, "head", "compose-state")
    return interaction


def pull(user: User, queue_id: Id, interaction_id: Id | None = None) -> Interaction:
    """Take the first interaction that waits in a queue (or this one) without being offered it.

    Raises NotFound, NotPermitted (Conversation > Message > Pull), and Conflict where nothing waits or there is no room.
    """
    queue = by_id(Queue.objects.visible_to(user), queue_id)
    if not queue:
        raise NotFound
    require(user, PULL, queue)
    require(user, ACCEPT, queue)
    with transaction.atomic():
        waiting = Interaction.objects.waiting_in(queue).select_for_update(skip_locked=True)
        interaction = by_id(waiting, interaction_id) if interaction_id else waiting.first()
        if not interaction:
            raise Conflict(_("Nothing waits here any more."), code="queue.empty")
        _give_to(user, interaction)
        _take_place(user)
        show_work(user)
        show_thread(interaction)
        show_waiting(queue.pk)
    return interaction


def transfer_to_queue(user: User, interaction_id: Id, queue_id: Id) -> Interaction:
    """Hand the interaction to another queue, where it waits from now on.

    Raises NotFound, NotPermitted (Conversation > Communication > BlindTransfer on that queue), Conflict.
    """
    with transaction.atomic():
        interaction = _find_to_hand_over(user, interaction_id)
        queue = by_id(Queue.objects.all(), queue_id)
        if not queue:
            raise Invalid(_("Choose a queue."), field="queue")
        require(user, TRANSFER, queue)
        former = interaction.owner
        show_waiting(interaction.queue_id)
        enqueue(interaction, queue=queue)
        close_handling(interaction, EndedBy.TRANSFERRED)
        _show_handed_over(interaction, former)
    return interaction


def transfer_to_agent(user: User, interaction_id: Id, agent_id: Id) -> Interaction:
    """Offer the interaction to one particular agent; if they do not take it, it goes back to its queue.

    Raises NotFound, NotPermitted (Conversation > Communication > BlindTransfer, or > Assign for who does not own it),
    Invalid for an agent who may not accept it, and Conflict for one who is not free.
    """
    with transaction.atomic():
        interaction = _find_to_hand_over(user, interaction_id)
        agent = by_id(User.objects.filter(is_active=True), agent_id)
        if user.pk == interaction.owner_id:
            require(user, TRANSFER, interaction.queue)
        if not agent or not allowed(agent, ACCEPT, interaction.queue):
            raise Invalid(_("Choose an agent who may accept interactions of this queue."), field="agent")
        if agent.pk == interaction.owner_id:
            raise Invalid(_("%(agent)s has it already.") % {"agent": agent}, field="agent")
        former = interaction.owner
        AgentStatus.objects.lock(agent.pk, *([former.pk] if former else []))
        transition(interaction, State.ALERTING, owner=None, parked_at=None, count_up="version")
        close_handling(interaction, EndedBy.TRANSFERRED)
        if not AgentStatus.objects.reserve(agent.pk):
            raise Conflict(_("%(agent)s is not free at the moment.") % {"agent": agent}, code="agent.busy")
        make_offer(interaction, AgentStatus.objects.of(agent), interaction.queue)
        _show_handed_over(interaction, former)
    return interaction


def assign(user: User, interaction_id: Id, agent_id: Id) -> Interaction:
    """Give an interaction, whoever has it, to one particular agent: it is offered to them.

    Raises NotPermitted (Conversation > Message > Assign), and as `transfer_to_agent`.
    """
    require(user, ASSIGN, find(user, interaction_id).queue)
    return transfer_to_agent(user, interaction_id, agent_id)


def add_note(user: User, interaction_id: Id, text: str) -> Note:
    """Write a note for the team. Raises NotFound, Invalid for an empty or too long one."""
    text = clean(text).strip()
    if not text:
        raise Invalid(_("Write something first."), field="text")
    if len(text) > NOTE_LENGTH:
        raise Invalid(_("A note has at most %(limit)s characters.") % {"limit": NOTE_LENGTH}, field="text")
    with transaction.atomic():
        interaction = find(user, interaction_id)
        note = Note.objects.create(interaction=interaction, author=user, text=text)
        show_thread(interaction, "thread")
    return note


def mark_read(user: User, interaction_id: Id) -> None:
    """The agent has looked at the newest messages."""
    with transaction.atomic():
        interaction = find(user, interaction_id)
        if interaction.owner_id == user.pk and interaction.unread:
            Interaction.objects.filter(pk=interaction.pk).update(unread=0)
            show_work(user)


def agents_to_transfer_to(user: User, interaction: Interaction) -> list[User]:
    """The agents to whom the interaction can be handed now: free, and allowed to accept it."""
    from accounts.permissions import holders

    free = AgentStatus.objects.free().filter(user__in=holders(ACCEPT, interaction.queue)).exclude(user=user)
    return [status.user for status in free.select_related("user").order_by("user__first_name", "user__username")[:100]]


# ------------------------------------------------------------------ moves


def _handling(interaction: Interaction) -> QuerySet[Handling]:
    return Handling.objects.filter(interaction=interaction, wrapped_up_at__isnull=True)


def _take_place(user: User) -> None:
    AgentStatus.objects.of(user)
    if not AgentStatus.objects.occupy(user.pk):
        raise Conflict(_FULL, code="agent.full")


def _give_to(user: User, interaction: Interaction) -> None:
    now = timezone.now()
    transition(
        interaction,
        State.CONNECTED,
        only={"state": State.WAITING},
        owner=user,
        last_agent=user,
        answered_at=interaction.answered_at or now,
        unread=0,
    )
    Handling.objects.create(id=uuid.uuid4(), interaction=interaction, agent=user, queue=interaction.queue)


def _find_to_hand_over(user: User, interaction_id: Id) -> Interaction:
    """The interaction, for its owner or for who may assign in its queue."""
    interaction = find_locked(user, interaction_id)
    if interaction.owner_id != user.pk:
        require(user, ASSIGN, interaction.queue)
    if interaction.state not in {State.CONNECTED, State.PARKED, State.WAITING}:
        raise Conflict(_("It can be handed over only while it is waiting, connected or parked."), code="not.open")
    return interaction


def _show_handed_over(interaction: Interaction, former: User | None) -> None:
    show_work(former)
    show_thread(interaction)
    if former:
        wake_queues_of(former.pk)
    wake_routing(interaction.queue_id)
