"""Routing: which waiting interaction is offered to which agent.

Every choice is claimed by conditional updates in one transaction (interaction waiting → alerting, one place of the
agent), so that whoever chooses on an old view gets nothing instead of a second owner or an agent over capacity.
"""

import uuid
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Case, Count, Exists, OuterRef, Q, QuerySet, Sum, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.permissions import ACCEPT, holders
from interactions.models import Interaction, Offer, OfferState, State
from interactions.offers import accept_by_itself
from interactions.queueing import bell_of, heed_routing
from interactions.screens import WORK, show_in_queue, show_waiting
from queues.models import AgentStatus, LastAgentMode, Queue, QueueMember, ScoringMethod, SkillEvaluation
from queues.models.agents import GONE_AFTER, reserving
from socialcare.errors import InvalidTransition
from socialcare.events import tell
from socialcare.kept import Kept, ask
from socialcare.rows import insert_row
from socialcare.states import Move, transition
from socialcare.work import answer, rings

BATCH = 10


def _held(queue: Any) -> "QuerySet[Queue]":
    """The queue, locked until the end of the transaction; nothing where another router has it."""
    return Queue.objects.filter(pk=queue).select_for_update(no_key=True, skip_locked=True)


def _others_in(queue: Any, interaction: Any) -> "QuerySet[Interaction]":
    return Interaction.objects.waiting().filter(queue=queue).exclude(pk=interaction)


_QUEUE = Kept(lambda queue: Queue.objects.filter(pk=queue), queue=uuid.UUID)
_LOCKED = Kept(_held, queue=uuid.UUID)
_ALONE = Kept(
    lambda queue, interaction: _held(queue).exclude(Exists(_others_in(queue, interaction))),
    queue=uuid.UUID,
    interaction=uuid.UUID,
)
_FIRST = {
    method: Kept(lambda queue, method=method: _waiting_in(queue, method)[:1], queue=uuid.UUID)
    for method in ScoringMethod
}


class AnotherRouter(Exception):
    """One is at this queue already; before it leaves, it looks whether the bell rings."""


def route(queue_id: uuid.UUID | str) -> int:
    """Offer what waits in a queue until nobody is free for any of it. Gives the number of offers made."""
    queue, made = _QUEUE.first(queue=uuid.UUID(str(queue_id))), 0
    with suppress(AnotherRouter):
        while queue:
            offer = _offer_next(queue, answers=True)
            while offer:
                made += 1
                offer = _offer_next(queue) if _first_waiting(queue) else None
            if not rings(bell_of(queue.pk)):
                break
    return made


def offer_at_once(interaction: Interaction) -> bool:
    """Offer what has just begun to wait, in the transaction that lets it wait; whether that could be done.

    Where others wait too, a router is at the queue, or the first agent is taken at this moment, it is left to the bell;
    who rings it meanwhile, and finds that we have the queue, is seen to after the commit (and by the clock, where there
    is none). An agent stays locked until then, so call it last, and for one interaction: who locks two agents one after
    the other may wait in a circle.
    """
    queue = _ALONE.first(queue=interaction.queue_id, interaction=interaction.pk)
    if not queue:
        return False
    heed_routing(queue.pk)
    status = next(iter(_candidates(queue, interaction)), None)
    if not status:
        return False
    # Nobody else can see it yet, so nobody else can move it
    alerting = Move(interaction, State.ALERTING, count_up="version")
    _moved, status.version = ask(alerting, reserving(status.pk))
    if not status.version:
        transition(interaction, State.WAITING)
        return False
    make_offer(interaction, status, queue)
    return True


def _offer_next(queue: Queue, *, answers: bool = False) -> Offer | None:
    """Offer the first waiting interaction for which somebody is free; None where there is none.

    With `answers`, whoever waits from now on must ring again. Raises AnotherRouter.
    """
    with transaction.atomic():
        # One router at a time in a queue: two would only take each other's choices away, or wait for each other.
        alone = bool(_LOCKED.rows(queue=queue.pk))
        if alone and answers:
            answer(bell_of(queue.pk))
        offer = _choose(queue) if alone else None
        if offer:
            show_waiting(queue.pk)
    if not alone:  # said after the commit: psycopg forgets all plans of a connection that rolls back
        raise AnotherRouter
    return offer


def _choose(queue: Queue) -> Offer | None:
    for interaction in _in_order(queue):
        for agent in _candidates(queue, interaction):
            if offer := offer_to(interaction, agent, queue):
                return offer
        if not _ANYBODY.rows(queue=queue.pk, since=timezone.now() - GONE_AFTER):
            return None
    return None


def offer_to(interaction: Interaction, status: AgentStatus, queue: Queue) -> Offer | None:
    """Offer a waiting interaction to an agent; None where one of the two has been taken in the meantime."""
    with transaction.atomic(savepoint=False):
        try:
            # It may have been pulled, or moved to another queue, since it was chosen: then no agent is touched.
            only = {"state": State.WAITING, "queue": queue.pk}
            transition(interaction, State.ALERTING, only=only, count_up="version")
        except InvalidTransition:
            return None
        status.version = AgentStatus.objects.reserve(status.pk)
        if not status.version:
            transition(interaction, State.WAITING)
            return None
        return make_offer(interaction, status, queue)


def make_offer(interaction: Interaction, status: AgentStatus, queue: Queue) -> Offer:
    """Write the offer for an alerting interaction and a reserved place, and show it.

    The statements that moved the one and took the other have counted their versions up.
    """
    now = timezone.now()
    deadline = now + timedelta(seconds=queue.alerting_seconds)
    offer = insert_row(Offer(interaction=interaction, agent_id=status.pk, queue=queue, made_at=now, deadline=deadline))
    tell(status, *WORK)
    tell(interaction, "head")
    show_in_queue(queue.pk, interaction.pk)
    if queue.auto_answer or status.auto_answer:
        accept_by_itself(offer)
    return offer


def _in_order(queue: Queue) -> Iterator[Interaction]:
    """What waits, first first; after one for which nobody was free, none with the same needs comes again."""
    hopeless: set[str] = set()
    while interaction := _first_waiting(queue, hopeless):
        yield interaction
        if Interaction.objects.waiting().filter(pk=interaction.pk).exists():
            hopeless.add(interaction.skill_key)
    if queue.last_agent_mode == LastAgentMode.ANY_AGENT:
        # Somebody who works in other queues may be free for what they alone have spoken about.
        waiting = _waiting_in(queue.pk, queue.scoring_method)
        yield from waiting.filter(last_agent__in=AgentStatus.objects.free().values("pk"))[:BATCH]


def _first_waiting(queue: Queue, hopeless: Collection[str] = ()) -> Interaction | None:
    if hopeless:
        return _waiting_in(queue.pk, queue.scoring_method).exclude(skill_key__in=hopeless).first()
    return _FIRST[ScoringMethod(queue.scoring_method)].first(queue=queue.pk)


def _waiting_in(queue_id: Any, scoring_method: str) -> "QuerySet[Interaction]":
    return Interaction.objects.waiting_in(Queue(pk=queue_id, scoring_method=scoring_method))


def _candidates(queue: Queue, interaction: Interaction) -> "Iterable[AgentStatus]":
    """Whom to ask, first first: who has not just missed it, the last agent, the best skilled, the longest idle."""
    last = interaction.last_agent_id if queue.last_agent_mode != LastAgentMode.DISABLED else None
    skilled = bool(interaction.skill_key) and queue.skill_evaluation != SkillEvaluation.NONE
    asked = {"interaction": interaction.pk, "queued_at": interaction.queued_at, "since": timezone.now() - GONE_AFTER}
    if not last and not skilled:
        return _LONGEST_IDLE.rows(queue=queue.pk, **asked)
    free: QuerySet[AgentStatus] = _who_missed(_free(queue.pk, asked.pop("since")), **asked)
    in_queue = _members(queue.pk)
    if queue.last_agent_mode == LastAgentMode.ANY_AGENT:
        in_queue |= Q(user=last)
    free = free.filter(in_queue)
    order: list[Any] = ["missed_it"]
    if last:
        order.append(Case(When(user=last, then=0), default=1))
    if skilled:
        free = _skilled(free, queue, interaction)
        order.append("-mastery")
    return free.order_by(*order, *_IDLE)[:BATCH]


_IDLE = ("load", "idle_since")


def _longest_idle(queue: Any, since: Any, **asked: Any) -> Any:
    free = _free(queue, since).filter(_members(queue))
    return _who_missed(free, **asked).order_by("missed_it", *_IDLE)[:BATCH]


def _free(queue: Any, since: Any) -> "QuerySet[AgentStatus]":
    """Who has room, and may be asked at all."""
    return AgentStatus.objects.free(since).filter(user__in=holders(ACCEPT, Queue(pk=queue))).only("auto_answer")


_LONGEST_IDLE = Kept(_longest_idle, queue=uuid.UUID, interaction=uuid.UUID, queued_at=datetime, since=datetime)
_ANYBODY = Kept(lambda queue, since: _free(queue, since)[:1], queue=uuid.UUID, since=datetime)


def _who_missed(free: Any, interaction: Any, queued_at: Any) -> Any:
    return free.annotate(missed_it=Exists(_missed(interaction, queued_at)))


def _members(queue_id: Any) -> Q:
    return Q(user__in=QueueMember.objects.filter(queue=queue_id, joined=True).values("user"))


def _missed(interaction: Any, queued_at: Any) -> "QuerySet[Offer]":
    missed = (OfferState.DECLINED, OfferState.EXPIRED)
    return Offer.objects.filter(
        interaction=interaction, agent=OuterRef("user"), state__in=missed, made_at__gte=queued_at
    )


def _skilled(free: "QuerySet[AgentStatus]", queue: Queue, interaction: Interaction) -> "QuerySet[AgentStatus]":
    """How well they master what is needed; and only those who have all of it, where the queue asks for that."""
    needed = interaction.skill_key.split(",")
    has = Q(user__skills__skill__in=needed)
    free = free.annotate(
        matching=Count("user__skills", filter=has), mastery=Coalesce(Sum("user__skills__proficiency", filter=has), 0)
    )
    return free.filter(matching=len(needed)) if queue.skill_evaluation == SkillEvaluation.ALL else free
