"""What must be true whatever has happened: asked of the database, and of the platform that has counted.

Each function gives what is wrong, in words; nothing where all is well.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from itertools import pairwise

from django.db import connection, transaction
from django.db.models import Count, Exists, F, OuterRef, Q
from django.utils import timezone

from accounts.permissions import ACCEPT, holders
from delivery.models import PENDING, Delivery, DeliveryState, InboundPayload, PayloadState
from interactions.models import Direction, Handling, Inbox, Interaction, Message, Offer, OfferState, State, Trouble
from interactions.models.interaction import OWNED
from queues.models import AgentStatus, Queue, QueueMember
from queues.models.agents import GONE_AFTER
from tests.chaos.tally import Tally, at_rest
from tests.counting import Counted


@contextmanager
def one_moment() -> Iterator[None]:
    """All that is read inside is of one moment, however much happens meanwhile."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


# --- Assignment -----------------------------------------------------------------------------------------------------


def unsound() -> list[str]:
    """True at any moment: the load is what is held, within capacity; one offer while offered, one owner while owned."""
    return [*_loads(), *_holders(), *owned_twice()]


def _loads() -> Iterator[str]:
    offered = Count("user__offers", filter=Q(user__offers__state=OfferState.OPEN), distinct=True)
    held = Q(user__handlings__wrapped_up_at__isnull=True, user__handlings__holds_place=True)
    agents = AgentStatus.objects.annotate(taken=offered + Count("user__handlings", filter=held, distinct=True))
    for agent in agents.exclude(load=F("taken"), load__lte=F("capacity")):
        yield f"agent {agent.pk}: load {agent.load}, holds {agent.taken}, capacity {agent.capacity}"


def _holders() -> Iterator[str]:
    offers = Count("offers", filter=Q(offers__state=OfferState.OPEN), distinct=True)
    handled = Count("handlings", filter=Q(handlings__wrapped_up_at__isnull=True), distinct=True)
    for row in Interaction.objects.annotate(offers_now=offers, handled_now=handled):
        if (row.offers_now, row.handled_now) != (int(row.state == State.ALERTING), int(row.state in OWNED)):
            yield f"interaction {row.pk} {row.state}: {row.offers_now} offers, {row.handled_now} handlings"
    running = Handling.objects.filter(wrapped_up_at__isnull=True).exclude(agent=F("interaction__owner"))
    for handling in running:
        yield f"interaction {handling.interaction_id}: worked on by {handling.agent_id}, who does not own it"


def owned_twice() -> Iterator[str]:
    """No two agents have ever worked on one interaction at the same time."""
    stretches = Handling.objects.order_by("interaction", "started_at")
    for before, after in pairwise(stretches):
        same = before.interaction_id == after.interaction_id
        if same and not (before.wrapped_up_at and before.wrapped_up_at <= after.started_at):
            yield f"interaction {after.interaction_id}: {before.agent_id} and {after.agent_id} at once"
    made = Handling.objects.filter(pk=OuterRef("pk"))
    for offer in Offer.objects.filter(state=OfferState.ACCEPTED).exclude(Exists(made)):
        yield f"interaction {offer.interaction_id}: accepted by {offer.agent_id}, and never theirs"


def unsettled() -> list[str]:
    """True once the clock has come round: nothing is offered to the absent or overdue, nothing waits for the free."""
    now = timezone.now()
    offers = Offer.objects.filter(state=OfferState.OPEN)
    there = Q(agent__status__presence="OnQueue", agent__status__last_seen__gte=now - GONE_AFTER)
    late = offers.exclude(there) | offers.filter(deadline__lt=now - timedelta(seconds=5))
    return [*(f"offer {offer} to somebody absent, or overdue" for offer in late), *_starved()]


def _starved() -> Iterator[str]:
    for queue in Queue.objects.filter(pk__in=Interaction.objects.waiting().values("queue")):
        members = QueueMember.objects.filter(queue=queue, joined=True).values("user")
        free = AgentStatus.objects.free().filter(user__in=members).filter(user__in=holders(ACCEPT, queue))
        if free.exists():
            yield f"{Interaction.objects.waiting_in(queue).count()} wait in {queue}, and {free.count()} agents are free"


# --- Messages in ----------------------------------------------------------------------------------------------------


def judge_inbound(tally: Tally, inbox: Inbox, accepted: Mapping[str, str], poisoned: int = 0) -> None:
    """Every accepted message is stored once, in a conversation of its customer; the poison is in quarantine."""
    stored = list(inbox_messages(inbox).values_list("external_id", "text"))
    times = Counter(external_id for external_id, _ in stored)
    tally.lost += [f"{external_id} was accepted" for external_id in accepted if not times[external_id]]
    tally.duplicated += [external_id for external_id, count in times.items() if count > 1]
    tally.violations += [
        f"{external_id} was never sent so: {text!r}"
        for external_id, text in stored
        if accepted.get(external_id) != text
    ]
    payloads = Counter(InboundPayload.objects.filter(inbox=inbox).values_list("state", flat=True))
    if payloads[PayloadState.STORED] or payloads[PayloadState.QUARANTINED] < poisoned:
        tally.violations.append(f"{poisoned} poisoned, and payloads are {dict(payloads)}")
    customers = Interaction.objects.filter(inbox=inbox).values("customer").annotate(count=Count("pk"))
    tally.violations += [f"customer {row['customer']} has {row['count']}" for row in customers.filter(count__gt=1)]


def inbox_messages(inbox: Inbox) -> "Iterable[Message]":
    """What customers have written to it."""
    return Message.objects.filter(inbox=inbox, direction=Direction.INBOUND)


# --- Messages out ---------------------------------------------------------------------------------------------------


def _pending(inbox: Inbox) -> list[str]:
    return [
        f"{each} since {each.created_at:%H:%M:%S}" for each in Delivery.objects.filter(inbox=inbox, state__in=PENDING)
    ]


def judge_outbound(tally: Tally, inbox: Inbox, platform: Counted, pressed: Iterable[str]) -> None:
    """Every press of Send that was taken is at the platform once; or it is not certain, and the agent is told so."""
    tally.violations += [f"still to be sent: {each}" for each in at_rest(lambda: _pending(inbox))]
    messages = {str(message.pk): message for message in Message.objects.filter(inbox=inbox, press__isnull=False)}
    presses = Counter(str(message.press) for message in messages.values())
    tally.lost += [f"press {key} was taken" for key in pressed if not presses[key]]
    tally.duplicated += [f"press {key}: {count} messages" for key, count in presses.items() if count > 1]
    tally.duplicated += [f"message {key} is shown twice" for key in platform.shown_twice if key in messages]
    shown = set(platform.keys)
    uncertain = {key for key, message in messages.items() if message.trouble == Trouble.UNCERTAIN}
    tally.lost += [
        f"message {key}, {message.status} {message.trouble}, is not shown"
        for key, message in messages.items()
        if key not in shown | uncertain
    ]
    tally.violations += [f"message {key} is shown, and not said to be" for key in _untold(messages, shown - uncertain)]
    tally.violations += out_of_order(inbox, platform)
    if uncertain:
        arrived = len(uncertain & shown)
        tally.notes.append(
            f"{len(uncertain)} not certain and shown so ({arrived} of them had arrived), none sent twice"
        )


def _untold(messages: Mapping[str, Message], shown: Iterable[str]) -> list[str]:
    return [key for key in shown if key in messages and (messages[key].is_lost or messages[key].status == "queued")]


def out_of_order(inbox: Inbox, platform: Counted) -> Iterator[str]:
    """Within a conversation, messages are shown in the order in which they were written."""
    place = {key: number for number, key in enumerate(platform.keys)}
    written = Delivery.objects.filter(inbox=inbox).exclude(state=DeliveryState.UNCERTAIN)
    rows = [
        (row, place[str(pk)])
        for row, pk in written.order_by("interaction", "id").values_list("interaction", "message")
        if str(pk) in place
    ]
    for (before, first), (after, second) in pairwise(rows):
        if before == after and first > second:
            yield f"interaction {after}: shown out of order"
