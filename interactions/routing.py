"""Routing: which waiting interaction is offered to which agent.

Every choice is claimed by conditional updates in one transaction (interaction waiting → alerting, one place of the
agent), so that whoever chooses on an old view gets nothing instead of a second owner or an agent over capacity.
"""

import uuid
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Case, Count, Exists, OuterRef, Q, QuerySet, Sum, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.permissions import ACCEPT, holders
from interactions.models import Handle, Interaction, Offer, OfferState, State
from interactions.offers import accept_by_itself
from interactions.queueing import bell_of, wake_routing
from interactions.screens import WORK, show_in_queue, show_waiting
from queues.models import AgentStatus, LastAgentMode, Queue, QueueMember, ScoringMethod, SkillEvaluation
from queues.models.agents import GONE_AFTER, reserving, taking
from socialcare.asking import Question, ask
from socialcare.errors import InvalidTransition
from socialcare.events import tell
from socialcare.kept import Kept
from socialcare.rows import Insertion, insert_row
from socialcare.states import transition
from socialcare.work import answer, rings

BATCH = 10


def _held(queue: Any) -> "QuerySet[Queue]":
    """The queue, locked until the end of the transaction; nothing where another router has it."""
    return Queue.objects.filter(pk=queue).select_for_update(no_key=True, skip_locked=True)


_QUEUE = Kept(lambda queue: Queue.objects.filter(pk=queue), queue=uuid.UUID)
_LOCKED = Kept(_held, queue=uuid.UUID)
_QUIET = Kept(
    lambda queue: Queue.objects.filter(pk=queue).exclude(Exists(Interaction.objects.waiting().filter(queue=queue))),
    queue=uuid.UUID,
)
"""The queue, if nothing waits in it."""
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


def begin(
    interaction: Interaction, *with_it: Question, at_once: bool, found: Sequence[Any] = (), last: bool = False
) -> None:
    """Store an interaction that begins, and what is written with it; what it needs stands in it. It waits; or, with
    `at_once`, it is offered in the same breath where nothing else waits and somebody is free.

    The agent stays locked until the commit, so do this last, and for one interaction: who locks two agents one after
    the other may wait in a circle. `found` is what `looking_for_anybody` was answered, where it has been asked already.
    With `last`, the transaction ends with it, as for `ask`.
    """
    free = _anybody(*found) if found else _free_at_once(interaction) if at_once else None
    if free:
        offered = _begin_offered(interaction, free, with_it, last=last)
    else:
        ask(Insertion(interaction), *with_it, last=last)
        offered = False
    if not offered:
        wake_routing(interaction.queue_id)


def looking_for_anybody(queue_id: uuid.UUID, newcomer: uuid.UUID) -> tuple[Question, Question]:
    """Who is free for a new customer (`Contact`), who needs nothing in particular: to be asked while they are written.

    Where somebody else has just written them down, nobody is looked for: an agent must not be locked by who has still
    to wait for the customer.
    """
    asked = {"queue": queue_id, "since": timezone.now() - GONE_AFTER, "newcomer": newcomer}
    return _QUEUE.question(queue=queue_id), _FREE_FOR_NEWCOMER.question(**asked)


class _Free(NamedTuple):
    """Who is free for what is about to begin, and its queue, in which nothing waits."""

    status: AgentStatus
    queue: Queue
    is_held: bool
    """Whether they are locked: their place cannot be taken any more."""


def _free_at_once(interaction: Interaction) -> _Free | None:
    """Where anybody will do, they are locked: of those who come at the same moment each finds another agent, and nobody
    waits for another's commit.
    """
    asked = {"queue": interaction.queue_id, "since": timezone.now() - GONE_AFTER}
    if not interaction.skill_key and not interaction.last_agent_id:
        return _anybody(*ask(_QUEUE.question(queue=interaction.queue_id), _FREE_AT_ONCE.question(**asked)))
    queue = _QUIET.first(queue=interaction.queue_id)
    if not queue:
        return None
    anybody = not interaction.skill_key and queue.last_agent_mode == LastAgentMode.DISABLED
    status = next(iter(_FREE_AT_ONCE.rows(**asked) if anybody else _candidates(queue, interaction)), None)
    return _Free(status, queue, is_held=anybody) if status else None


def _anybody(queues: list[Queue], free: list[AgentStatus]) -> _Free | None:
    return _Free(free[0], queues[0], is_held=True) if free else None


def _begin_offered(interaction: Interaction, free: _Free, with_it: Iterable[Question], *, last: bool) -> bool:
    status, queue = free.status, free.queue
    interaction.state = State.ALERTING
    offer = _offer_of(interaction, status, queue)
    place = taking(status.pk) if free.is_held else reserving(status.pk)
    ends = last and free.is_held and not _answers_by_itself(offer, status)
    status.version, *_yes = ask(place, Insertion(interaction), *with_it, Insertion(offer), last=ends)
    if status.version:
        _show_offer(offer, status)
        return True
    offer.delete()  # somebody has taken their last place since we looked
    transition(interaction, State.WAITING)
    return False


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
    if not alone:  # said after the commit: there is nothing to take back
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
    offer = insert_row(_offer_of(interaction, status, queue))
    _show_offer(offer, status)
    return offer


def _offer_of(interaction: Interaction, status: AgentStatus, queue: Queue) -> Offer:
    now = timezone.now()
    deadline = now + timedelta(seconds=queue.alerting_seconds)
    return Offer(interaction=interaction, agent_id=status.pk, queue=queue, made_at=now, deadline=deadline)


def _show_offer(offer: Offer, status: AgentStatus) -> None:
    tell(status, *WORK)
    tell(offer.interaction, "head")
    show_in_queue(offer.queue_id, offer.interaction_id)
    if _answers_by_itself(offer, status):
        accept_by_itself(offer)


def _answers_by_itself(offer: Offer, status: AgentStatus) -> bool:
    return offer.queue.auto_answer or status.auto_answer


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
    asked = _asked_for(interaction)
    if not last and not skilled:
        return _longest_idle_first(asked)
    free: QuerySet[AgentStatus] = _free(asked.pop("queue"), asked.pop("since"))
    free = free.annotate(missed_it=Exists(_missed(**asked)))
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


def _asked_for(interaction: Interaction) -> dict[str, Any]:
    return {
        "queue": interaction.queue_id,
        "interaction": interaction.pk,
        "queued_at": interaction.queued_at,
        "since": timezone.now() - GONE_AFTER,
    }


def _longest_idle_first(asked: dict[str, Any]) -> Iterator[AgentStatus]:
    first = _LONGEST_IDLE.rows(**asked)
    yield from first
    if len(first) < BATCH:
        yield from _WHO_MISSED_IT.rows(**asked)


def _longest_idle(queue: Any, since: Any, interaction: Any, queued_at: Any, *, missed: bool) -> Any:
    """Who has just missed it is asked for after the others: to put all in one order, all would have to be looked at."""
    has_missed = Exists(_missed(interaction, queued_at))
    free = _free(queue, since).filter(_members(queue), has_missed if missed else ~has_missed)
    return free.order_by(*_IDLE)[:BATCH]


def _free(queue: Any, since: Any) -> "QuerySet[AgentStatus]":
    """Who has room, and may be asked at all."""
    return AgentStatus.objects.free(since).filter(user__in=holders(ACCEPT, Queue(pk=queue))).only("auto_answer")


def _free_at_once_in(queue: Any, since: Any, *only: Any) -> "QuerySet[AgentStatus]":
    """The longest idle of whom nobody else is taking a place at this moment; nobody, where something waits already."""
    quiet = ~Exists(Interaction.objects.waiting().filter(queue=queue))
    free = _free(queue, since).filter(_members(queue), quiet, *only)
    return free.order_by(*_IDLE).select_for_update(no_key=True, skip_locked=True)[:1]


def _free_for_newcomer(queue: Any, since: Any, newcomer: Any) -> "QuerySet[AgentStatus]":
    """The same, where we have just written down the customer, and nobody else."""
    return _free_at_once_in(queue, since, Exists(Handle.objects.filter(contact=newcomer)))


_FREE_AT_ONCE = Kept(_free_at_once_in, queue=uuid.UUID, since=datetime)
_FREE_FOR_NEWCOMER = Kept(_free_for_newcomer, queue=uuid.UUID, since=datetime, newcomer=uuid.UUID)
_LONGEST_IDLE, _WHO_MISSED_IT = (
    Kept(
        partial(_longest_idle, missed=missed),
        queue=uuid.UUID,
        interaction=uuid.UUID,
        queued_at=datetime,
        since=datetime,
    )
    for missed in (False, True)
)
_ANYBODY = Kept(lambda queue, since: _free(queue, since)[:1], queue=uuid.UUID, since=datetime)


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
