"""The parts that processes play in the races: `python -m tests.races.actors PART FACTS`."""

import json
import os
import random
import signal
import sys
import time
import uuid
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import django

if __name__ == "__main__":
    django.setup()

from django.utils import timezone

from accounts.models import User
from delivery import due, ending, outbox
from delivery.connectors.open_webhook import OpenWebhookConnector
from delivery.outbox import deliver
from delivery.receiving import receive_post
from delivery.replying import reply
from interactions import handling, offers, shifts, wrapup
from interactions.models import Handling, Inbox, Interaction, Offer, OfferState, State
from interactions.routing import route
from interactions.upkeep import expire_due, return_work_of_absent, withdraw_from_absent
from queues.models import AgentStatus, Queue
from socialcare.errors import DomainError
from tests.network import post


class Shift:
    """A process in which anything happens that agents, customers and the clock may do, at random by its seed."""

    def __init__(self, seed: int, seconds: float, customers: int, ends: int = 0) -> None:
        self.chance, self.until, self.customers = random.Random(seed), time.monotonic() + seconds, customers
        self.ends, self.tries = ends, 0
        self.queues, self.inbox = list(Queue.objects.all()), Inbox.objects.get()
        self.agents = list(User.objects.filter(status__isnull=False).order_by("username"))
        self.done: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.errors: list[str] = []

    def play(self) -> dict[str, Any]:
        """Do one thing after the other until the time is over, or `ends` conversations have ended."""
        weighted: dict[Callable[[], object], int] = {
            self.route: 6,
            self.answer: 8,
            self.decline: 2,
            self.end: 5,
            self.come_back: 3,
            self.park_or_resume: 2,
            self.hand_over: 2,
            self.pull: 1,
            self.write: 4,
            self.go_away: 1,
            self.keep_up: 1,
        }
        while not self.over():
            self.tries += 1
            [action] = self.chance.choices(list(weighted), list(weighted.values()))
            try:
                action()
                self.done[action.__name__] += 1
            except DomainError as error:
                self.refused[f"{action.__name__}: {error.code}"] += 1
            except Exception as error:
                self.errors.append(f"{action.__name__}: {error!r}")
        return {"done": self.done, "refused": self.refused, "errors": self.errors}

    def over(self) -> bool:
        """Whether it is enough."""
        if time.monotonic() > self.until:
            return True
        now_and_then = self.ends and self.tries % 20 == 0
        return bool(now_and_then and Handling.objects.filter(ended_at__isnull=False).count() >= self.ends)

    def some(self, rows: Any) -> Any:
        found = list(rows[:20])
        return self.chance.choice(found) if found else None

    def route(self) -> None:
        route(self.chance.choice(self.queues).pk)

    def answer(self) -> None:
        if offer := self.some(Offer.objects.filter(state=OfferState.OPEN).select_related("agent").order_by("?")):
            offers.accept(offer.agent, offer.pk)

    def decline(self) -> None:
        if offer := self.some(Offer.objects.filter(state=OfferState.OPEN).select_related("agent").order_by("?")):
            offers.decline(offer.agent, offer.pk)

    def mine(self, *states: str) -> Interaction | None:
        rows = Interaction.objects.filter(state__in=states).select_related("owner").order_by("?")
        found: Interaction | None = self.some(rows)
        return found

    def end(self) -> None:
        if interaction := self.mine(State.CONNECTED, State.PARKED):
            handling.end(interaction.owner, interaction.pk, acw=self.chance.random() < 0.3)
        elif interaction := self.mine(State.WRAP_UP):
            wrapup.finish_wrap_up(interaction.owner, interaction.pk)

    def come_back(self) -> None:
        agent = self.chance.choice(self.agents)
        shifts.come_back(agent)
        shifts.go_on_queue(agent)

    def go_away(self) -> None:
        agent = self.chance.choice(self.agents)
        if self.chance.random() < 0.3:
            shifts.go_off_queue(agent)
        else:
            AgentStatus.objects.filter(user=agent).update(last_seen=timezone.now() - timedelta(minutes=10))

    def park_or_resume(self) -> None:
        if interaction := self.mine(State.CONNECTED, State.PARKED):
            act = handling.park if interaction.state == State.CONNECTED else handling.resume
            act(interaction.owner, interaction.pk)

    def hand_over(self) -> None:
        if interaction := self.mine(State.CONNECTED, State.PARKED):
            if self.chance.random() < 0.7:
                handling.transfer_to_agent(interaction.owner, interaction.pk, self.chance.choice(self.agents).pk)
            else:
                handling.transfer_to_queue(interaction.owner, interaction.pk, self.chance.choice(self.queues).pk)

    def pull(self) -> None:
        handling.pull(self.chance.choice(self.agents), self.chance.choice(self.queues).pk)

    def write(self) -> None:
        customer = f"customer-{self.chance.randrange(self.customers)}"
        receive_post(self.inbox, post("And another thing", author=customer, external_id=uuid.uuid4().hex))

    def keep_up(self) -> None:
        for step in (expire_due, withdraw_from_absent, return_work_of_absent, wrapup.end_overdue):
            step()


def shift(**facts: Any) -> dict[str, Any]:
    """A shift at random."""
    return Shift(**facts).play()


def press_send(agent: str, interaction: str, key: str) -> dict[str, Any]:
    """One of several identical presses of Send."""
    user = User.objects.get(pk=agent)
    messages = reply(user, interaction, visibility="public", text="Hello", key=uuid.UUID(key))
    return {"messages": [str(message.pk) for message in messages]}


def first_messages(inbox: str, process: int, count: int) -> dict[str, Any]:
    """Many first messages of one customer, in this process as in others."""
    rows = [
        receive_post(Inbox.objects.get(pk=inbox), post(author="dana", external_id=f"{process}-{n}"))[0].interaction_id
        for n in range(count)
    ]
    return {"interactions": sorted({str(pk) for pk in rows})}


STEPS = (
    "before the claim",
    "after the claim",
    "after the platform accepted",
    "before the end is committed",
    "after the end is committed",
)


def send_and_die(delivery: int, step: str, lease: float) -> dict[str, Any]:
    """Send, and be killed at a step of it."""
    due.LEASE = timedelta(seconds=lease)

    def die(*_args: Any, **_kwargs: Any) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    if step == "after the platform accepted":
        send = OpenWebhookConnector.send

        def send_then_die(self: Any, message: Any) -> Any:
            send(self, message)
            die()

        OpenWebhookConnector.send = send_then_die  # type: ignore[method-assign]
    else:
        names = {
            "before the claim": (outbox, "claim"),
            "after the claim": (outbox, "_send"),
            "before the end is committed": (ending, "show_in_queue"),
            "after the end is committed": (ending, "wake_next"),
        }
        setattr(*names[step], die)
    deliver(delivery)
    return {"survived": True}


def send_all_and_die(lane: int, calls: int, lease: float) -> dict[str, Any]:
    """Send what is due in a lane, and be killed after so many calls: when the next is claimed, and not called yet."""
    due.LEASE = timedelta(seconds=lease)
    send, made = outbox._send, [0]

    def send_or_die(delivery: Any) -> Any:
        if made[0] == calls:
            os.kill(os.getpid(), signal.SIGKILL)
        made[0] += 1
        return send(delivery)

    outbox._send = send_or_die
    outbox.deliver_lane(lane)
    return {"survived": True}


PARTS: dict[str, Callable[..., dict[str, Any]]] = {
    part.__name__: part for part in (shift, press_send, first_messages, send_and_die, send_all_and_die)
}

if __name__ == "__main__":
    play, facts = PARTS[sys.argv[1]], json.loads(sys.argv[2])
    User.objects.exists()  # connected
    print("ready", flush=True)
    sys.stdin.readline()
    print(json.dumps(play(**facts)))
