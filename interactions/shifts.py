"""An agent's shift: on queue, off queue, presences, heartbeats, and coming back."""

import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.permissions import ACCEPT, GO_ON_QUEUE, holders, require
from interactions.finding import lock
from interactions.models import EndedBy, Handling, Interaction
from interactions.offers import withdraw_offers_of
from interactions.queueing import enqueue, wake_queues_of
from interactions.screens import show_thread, show_work
from queues.models import AgentStatus, Presence, Queue
from queues.models.agents import GONE_AFTER
from socialcare.errors import Invalid
from socialcare.kept import Kept, KeptUpdate

_HEARTBEAT_KEPT = timedelta(seconds=10)


def go_on_queue(user: User) -> AgentStatus:
    """Start taking work. Raises NotPermitted (Routing > Agent > OnQueue)."""
    return choose_presence(user, Presence.ON_QUEUE)


def go_off_queue(user: User) -> AgentStatus:
    """Stop taking new work; running work goes on, what is offered goes back."""
    return choose_presence(user, Presence.AVAILABLE)


def choose_presence(user: User, presence: str) -> AgentStatus:
    """Say what one is doing. Only *On queue* takes work, and it ends Not Responding.

    Raises Invalid for an unknown presence, NotPermitted (Routing > Agent > OnQueue).
    """
    if presence not in Presence.values:
        raise Invalid(_("“%(value)s” is not a presence.") % {"value": presence}, field="presence")
    if presence == Presence.ON_QUEUE:
        require(user, GO_ON_QUEUE)
    with transaction.atomic():
        status = AgentStatus.objects.of(user)
        now = timezone.now()
        facts = {"presence": presence, "missed": "", "missed_at": None, "last_seen": now}
        if status.missed or (presence == Presence.ON_QUEUE) != status.on_queue:
            facts["idle_since"] = now
        _write(user, **facts)
    if presence == Presence.ON_QUEUE:
        with transaction.atomic():
            wake_queues_of(user.pk)
    else:
        withdraw_offers_of(user)
    return AgentStatus.objects.get(user=user)


def come_back(user: User) -> AgentStatus:
    """*I'm back*: end Not Responding and take work again."""
    with transaction.atomic():
        _write(user, missed="", missed_at=None, last_seen=timezone.now(), idle_since=timezone.now())
        wake_queues_of(user.pk)
    return AgentStatus.objects.get(user=user)


def seen(user: User, status: AgentStatus | None = None) -> AgentStatus:
    """A heartbeat of the agent's screen. Somebody who had gone is there again.

    Gives what they are doing: `status`, where it has just been read and nothing else has come of this.
    """
    status, now = status or AgentStatus.objects.of(user), timezone.now()
    if status.last_seen > now - _HEARTBEAT_KEPT:
        return status
    if not (status.gone and status.on_queue):
        _HEARTBEAT.run(user=user.pk, now=now)
        return status
    with transaction.atomic():
        _HEARTBEAT.run(user=user.pk, now=now)
        show_work(user)
        wake_queues_of(user.pk)
    return AgentStatus.objects.of(user)


_HEARTBEAT = KeptUpdate(
    lambda user, now: (AgentStatus.objects.filter(user=user), {"last_seen": now}), user=uuid.UUID, now=datetime
)


def return_work_of_absent() -> int:
    """Put running work back of agents who have gone for longer than their queue's grace, or may not have it any more.

    Gives the number.
    """
    now = timezone.now()
    gone = _OF_GONE.rows(since=now - GONE_AFTER)
    returned = sum(_return(handling) for handling in gone if _left_alone(handling, now))
    for queue in _WORKED.rows():
        returned += sum(_return(handling) for handling in _OF_OTHERS.rows(queue=queue.pk))
    return returned


def close_handling(interaction: Interaction, ended_by: EndedBy) -> None:
    """End the running stretch of work without after-contact work, and free its place."""
    handling = Handling.objects.filter(interaction=interaction, wrapped_up_at__isnull=True).first()
    if not handling:
        return
    now = timezone.now()
    Handling.objects.filter(pk=handling.pk).update(
        ended_at=handling.ended_at or now, ended_by=handling.ended_by or ended_by, wrapped_up_at=now, holds_place=False
    )
    if handling.holds_place:
        AgentStatus.objects.release(handling.agent_id)


# What the clock asks every second. Nearly always there is nothing, so putting the question must cost little.


def _running() -> QuerySet[Handling]:
    return Handling.objects.filter(wrapped_up_at__isnull=True, ended_at__isnull=True)


def _of_gone(since: datetime) -> QuerySet[Handling]:
    gone = _running().filter(Q(agent__is_active=False) | Q(agent__status__last_seen__lt=since))
    return gone.select_related("agent__status", "queue")


def _left_alone(handling: Handling, now: datetime) -> bool:
    """Whether its agent may not work at all, or has not looked after it for the grace of its queue."""
    grace = timedelta(seconds=handling.queue.absence_grace_seconds)
    return not handling.agent.is_active or handling.agent.status.last_seen < now - grace


def _of_others(queue: uuid.UUID) -> QuerySet[Handling]:
    return _running().filter(~Exists(holders(ACCEPT, Queue(pk=queue)).filter(pk=OuterRef("agent"))), queue=queue)


_OF_GONE = Kept(_of_gone, since=datetime)
_WORKED = Kept(lambda: Queue.objects.filter(pk__in=_running().values("queue")).only("pk"))
_OF_OTHERS = Kept(_of_others, queue=uuid.UUID)


def _return(handling: Handling) -> bool:
    with transaction.atomic():
        interaction = lock(handling.interaction)
        handling.refresh_from_db()
        if handling.ended_at:
            return False
        enqueue(interaction)
        close_handling(interaction, EndedBy.ABSENT)
        show_work(handling.agent)
        show_thread(interaction)
    return True


def _write(user: User, **facts: object) -> None:
    AgentStatus.objects.filter(user=user).update(**facts)
    show_work(user)
