"""A whole day by the front doors: customers write, agents answer, reply and end, whatever happens to the house."""

import random
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from django.db import Error, connection

from interactions.models import Interaction, Message, Offer, OfferState, State
from queues.models import AgentStatus
from tests.chaos import havoc
from tests.chaos.desk import Agent, Desk, post
from tests.chaos.house import House
from tests.chaos.invariants import judge_inbound, judge_outbound, unsettled, unsound
from tests.chaos.panels import Panel, Panels
from tests.chaos.tally import PATIENCE, Tally, at_rest
from tests.counting import counting_network

PAUSE = 0.05


class Traffic:
    """Customers who each write once, and agents who answer each of them once."""

    def __init__(self, desk: Desk, chance: random.Random, customers: int) -> None:
        self.desk, self.chance = desk, chance
        self.posts = [post(f"customer-{number}", 1, f"Where is parcel {number}?") for number in range(customers)]
        self.accepted: dict[str, str] = {}
        self.pressed: set[str] = set()
        self.enough = threading.Event()

    @property
    def progress(self) -> float:
        """How much is done, from 0 to 1."""
        try:
            ended = Interaction.objects.filter(inbox=self.desk.inbox, state=State.ENDED).count()
        except Error:
            connection.close()
            return 0.0
        return ended / len(self.posts)

    def play(self, meanwhile: Callable[[], object]) -> None:
        """Go on until every customer has been answered."""
        with ThreadPoolExecutor(len(self.desk.agents) + 1) as pool:
            work = [pool.submit(self._write), *(pool.submit(self._work, agent) for agent in self.desk.agents)]
            try:
                meanwhile()
                at_rest(lambda: ["not all have been answered"] if self.progress < 1 else [], PATIENCE * 3)
            finally:
                self.enough.set()
            for each in work:
                each.result()

    def _write(self) -> None:
        for item in self.posts:
            if self.enough.is_set():
                return
            if self.desk.push(item, chance=self.chance) == 200:
                self.accepted[item["channel"]["messageId"]] = item["text"]

    def _work(self, agent: Agent) -> None:
        while not self.enough.wait(PAUSE):
            try:
                self._step(agent)
            except Error:  # the database has gone: look again
                pass
            finally:
                connection.close()

    def _step(self, agent: Agent) -> None:
        if AgentStatus.objects.filter(user=agent.user).exclude(missed="").exists():
            agent.press("back/")
        for offer in Offer.objects.filter(agent=agent.user, state=OfferState.OPEN):
            agent.press(f"offers/{offer.pk}/accept/")
        for interaction in Interaction.objects.filter(owner=agent.user, state=State.CONNECTED):
            key = uuid.uuid5(interaction.pk, "the one answer")
            answered = (
                str(key) in self.pressed or agent.send(interaction, f"On its way, {interaction.pk}", key).is_success
            )
            if answered:
                self.pressed.add(str(key))
                agent.press(f"i/{interaction.pk}/end/")


def play(house: House, chance: random.Random, tally: Tally, customers: int, faults: list[Callable[[], object]]) -> None:
    """A day with these faults along it, and all that must be true after it."""
    with counting_network(idempotent=True) as platform:
        desk = Desk(house, platform)
        traffic = Traffic(desk, chance, customers)
        with Panels(
            [Panel(house.sockets, agent, "", random.Random(chance.random())) for agent in desk.agents]
        ) as panels:
            traffic.play(lambda: havoc.along(chance, faults, lambda: traffic.progress))
            rest = [*at_rest(unsettled), *at_rest(panels.unlike)]
        tally.violations += rest + unsound()
        judge_inbound(tally, desk.inbox, traffic.accepted)
        judge_outbound(tally, desk.inbox, platform, traffic.pressed)
        unanswered = Interaction.objects.filter(inbox=desk.inbox).exclude(state=State.ENDED)
        tally.lost += [f"interaction {each.pk} is {each.state}" for each in unanswered]
        replies = Message.objects.filter(inbox=desk.inbox, press__isnull=False).count()
        tally.notes.append(f"{len(traffic.accepted)} customers, {replies} replies, {len(faults)} faults")
