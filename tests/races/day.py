"""A day at random: the house in which it is played, and how it is brought to an end."""

from contextlib import suppress
from datetime import timedelta

from django.db.models import Count
from django.utils import timezone

from accounts.permissions import PULL
from interactions import handling, offers, wrapup
from interactions.models import Interaction, Offer, OfferState, State
from interactions.models.interaction import OWNED
from interactions.routing import route
from interactions.upkeep import keep_up
from queues.models import AfterContactWork, AgentStatus, Queue
from socialcare.errors import DomainError
from tests.factories import InboxFactory, InteractionFactory, QueueFactory, UserFactory, agent_of, grant, on_queue


def open_house(agents: int, interactions: int) -> list[Queue]:
    """Two queues with agents of capacity 1 to 5, and many customers waiting."""
    queues = [
        QueueFactory(
            alerting_seconds=1, acw_mode=AfterContactWork.AGENT_REQUESTED, acw_seconds=1, absence_grace_seconds=60
        )
        for _ in range(2)
    ]
    inbox = InboxFactory(queue=queues[0])
    for number in range(agents):
        agent = UserFactory(username=f"agent{number:03}", password=None)
        for queue in queues:
            grant(agent_of(agent, queue), PULL, on=queue)
        on_queue(agent, capacity=number % 5 + 1)
    for _ in range(interactions):
        InteractionFactory(inbox=inbox)
    return queues


def finish_everything(queues: list[Queue]) -> int:
    """Go on until nothing is left to do. Gives the number of rounds."""
    Queue.objects.update(alerting_seconds=600)
    everyone = [status.user for status in AgentStatus.objects.select_related("user")]
    rounds = 0
    while left := Interaction.objects.exclude(state=State.ENDED).count():
        rounds += 1
        assert rounds < 200 + left, dict(Interaction.objects.values_list("state").annotate(Count("pk")))
        for agent in everyone:
            on_queue(agent, capacity=AgentStatus.objects.get(user=agent).capacity)
        keep_up()
        for queue in queues:
            route(queue.pk)
        for offer in Offer.objects.filter(state=OfferState.OPEN, deadline__gt=timezone.now() + timedelta(seconds=60)):
            offers.accept(offer.agent, offer.pk)
        for mine in Interaction.objects.filter(state__in=OWNED).select_related("owner"):
            with suppress(DomainError):  # a worker may have been faster
                _end(mine)
    return rounds


def _end(mine: Interaction) -> None:
    if mine.state == State.WRAP_UP:
        wrapup.finish_wrap_up(mine.owner, mine.pk)
    else:
        handling.end(mine.owner, mine.pk)
