"""Routing: which waiting interaction is offered to which agent.

Every choice is claimed by conditional updates in one transaction (interaction waiting → alerting, one place of the
agent), so that whoever chooses on an old view gets nothing instead of a second owner or an agent over capacity.
"""

import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Case, Count, Exists, OuterRef, Q, QuerySet, Sum, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.permissions import ACCEPT, holders
from interactions.models import Interaction, Offer, OfferState, State
from interactions.offers import accept_by_itself
from interactions.screens import show_thread, show_waiting, show_work
from queues.models import AgentStatus, LastAgentMode, Queue, QueueMember, SkillEvaluation
from socialcare.errors import InvalidTransition
from socialcare.states import transition

BATCH = 10


def route(queue_id: uuid.UUID | str) -> int:
    """Offer what waits in a queue until nobody is free for any of it. Gives the number of offers made."""
    queue = Queue.objects.filter(pk=queue_id).first()
    if not queue:
        return 0
    may_accept = list(holders(ACCEPT, queue).values_list("pk", flat=True))
    made = 0
    while _offer_next(queue, may_accept):
        made += 1
    return made


def _offer_next(queue: Queue, may_accept: list[uuid.UUID]) -> Offer | None:
    """Offer the first waiting interaction for which somebody is free; None where there is none."""
    with transaction.atomic():
        # One router at a time in a queue: two would only take each other's choices away.
        Queue.objects.select_for_update(no_key=True).only("pk").get(pk=queue.pk)
        able = AgentStatus.objects.free().filter(user__in=may_accept)
        for interaction in _in_order(queue):
            for agent in _candidates(able, queue, interaction)[:BATCH]:
                offer = offer_to(interaction, agent, queue)
                if offer:
                    return offer
            if not able.exists():
                return None
    return None


def offer_to(interaction: Interaction, status: AgentStatus, queue: Queue) -> Offer | None:
    """Offer a waiting interaction to an agent; None where one of the two has been taken in the meantime."""
    try:
        with transaction.atomic():
            # It may have been pulled, or moved to another queue, since it was chosen.
            transition(interaction, State.ALERTING, only={"state": State.WAITING, "queue": queue.pk})
            if not AgentStatus.objects.reserve(status.pk):
                raise InvalidTransition("no room")
            return make_offer(interaction, status, queue)
    except InvalidTransition:
        return None


def make_offer(interaction: Interaction, status: AgentStatus, queue: Queue) -> Offer:
    """Write the offer for an alerting interaction and a reserved place, and show it."""
    now = timezone.now()
    deadline = now + timedelta(seconds=queue.alerting_seconds)
    offer = Offer.objects.create(
        interaction=interaction, agent=status.user, queue=queue, made_at=now, deadline=deadline
    )
    if queue.auto_answer or status.auto_answer:
        accept_by_itself(offer)
    else:
        show_work(status.user)
        show_thread(interaction, "head")
    show_waiting(queue.pk)
    return offer


def _in_order(queue: Queue) -> Iterator[Interaction]:
    """What waits, first first; after one for which nobody was free, none with the same needs comes again."""
    waiting = Interaction.objects.waiting_in(queue).select_related("last_agent", "customer")
    hopeless: set[str] = set()
    while interaction := waiting.exclude(skill_key__in=hopeless).first():
        yield interaction
        if Interaction.objects.waiting().filter(pk=interaction.pk).exists():
            hopeless.add(interaction.skill_key)
    if queue.last_agent_mode == LastAgentMode.ANY_AGENT:
        # Somebody who works in other queues may be free for what they alone have spoken about.
        yield from waiting.filter(last_agent__in=AgentStatus.objects.free().values("pk"))[:BATCH]


def _candidates(able: "QuerySet[AgentStatus]", queue: Queue, interaction: Interaction) -> "QuerySet[AgentStatus]":
    """Whom to ask, first first: who has not just missed it, the last agent, the best skilled, the longest idle."""
    last = interaction.last_agent_id if queue.last_agent_mode != LastAgentMode.DISABLED else None
    in_queue = Q(user__in=QueueMember.objects.filter(queue=queue, joined=True).values("user"))
    if queue.last_agent_mode == LastAgentMode.ANY_AGENT:
        in_queue |= Q(user=last)
    free: QuerySet[Any] = able.filter(in_queue).select_related("user")
    free = free.annotate(missed_it=Exists(_missed(interaction)))
    order: list[Any] = ["missed_it"]
    if last:
        order.append(Case(When(user=last, then=0), default=1))
    if interaction.skill_key and queue.skill_evaluation != SkillEvaluation.NONE:
        free = _skilled(free, queue, interaction)
        order.append("-mastery")
    return free.order_by(*order, "load", "idle_since")


def _missed(interaction: Interaction) -> "QuerySet[Offer]":
    missed = (OfferState.DECLINED, OfferState.EXPIRED)
    return Offer.objects.filter(
        interaction=interaction, agent=OuterRef("user"), state__in=missed, made_at__gte=interaction.queued_at
    )


def _skilled(free: "QuerySet[AgentStatus]", queue: Queue, interaction: Interaction) -> "QuerySet[AgentStatus]":
    """How well they master what is needed; and only those who have all of it, where the queue asks for that."""
    needed = interaction.skill_key.split(",")
    has = Q(user__skills__skill__in=needed)
    free = free.annotate(
        matching=Count("user__skills", filter=has), mastery=Coalesce(Sum("user__skills__proficiency", filter=has), 0)
    )
    return free.filter(matching=len(needed)) if queue.skill_evaluation == SkillEvaluation.ALL else free
