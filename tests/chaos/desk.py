"""A brand on a counting platform: its queue, its channel, its agents, who act through the product's own doors."""

import json
import random
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.db.models import F

from accounts.models import User
from accounts.permissions import PULL
from delivery.connectors.open_webhook import SIGNATURE, signature
from interactions.models import Handling, Inbox, Interaction
from queues.models import AfterContactWork, AgentStatus, Queue
from tests.chaos.house import House
from tests.counting import KIND, Counted
from tests.factories import (
    InboxFactory,
    InteractionFactory,
    MessageFactory,
    QueueFactory,
    UserFactory,
    agent_of,
    grant,
    on_queue,
)

SECRET = "between-the-platform-and-us"
CSRF = "0123456789abcdefghijklmnopqrstuv"
TIMEOUT = httpx.Timeout(15)
BETWEEN_TRIES = 0.1
EACH = 4
"""Conversations in which an agent writes."""


class Desk:
    """One queue with one channel, and who works there."""

    def __init__(self, house: House, platform: Counted, agents: int = 3, capacity: int = 3) -> None:
        self.house, self.platform = house, platform
        self.queue: Queue = QueueFactory(acw_mode=AfterContactWork.AGENT_REQUESTED, absence_grace_seconds=3600)
        self.inbox: Inbox = InboxFactory(
            kind=KIND, queue=self.queue, settings=platform.settings, secrets={"signing_secret": SECRET}
        )
        self.agents = [Agent(house, self._hire(capacity)) for _ in range(agents)]

    def _hire(self, capacity: int) -> User:
        user = agent_of(UserFactory(password=None), self.queue, self.inbox)
        on_queue(grant(user, PULL, on=self.queue), capacity=capacity)
        return user

    def conversations(self, agent: "Agent", count: int) -> list[Interaction]:
        """Customers' posts that this agent is answering, with as much more room."""
        made = [self._conversation(agent) for _ in range(count)]
        connection.close()  # it may be that of a thread
        return made

    def _conversation(self, agent: "Agent") -> Interaction:
        interaction = InteractionFactory(inbox=self.inbox, owner=agent.user)
        Handling.objects.create(interaction=interaction, agent=agent.user, queue=self.queue)
        AgentStatus.objects.filter(user=agent.user).update(load=F("load") + 1, capacity=F("capacity") + 1)
        MessageFactory(interaction=interaction)
        return interaction

    def write(self, count: int, meanwhile: Callable[[], object] = lambda: None) -> list[str]:
        """All agents write, each in some conversations in turn. Gives the presses of Send that were taken."""
        share = count // len(self.agents)
        with ThreadPoolExecutor(len(self.agents)) as pool:
            work = [pool.submit(self._write, agent, share) for agent in self.agents]
            meanwhile()
            return [key for each in work for key in each.result()]

    def _write(self, agent: "Agent", count: int) -> list[str]:
        conversations, taken = self.conversations(agent, EACH), []
        for number in range(count):
            key = uuid.uuid4()
            if agent.send(conversations[number % EACH], f"Message {number}", key).is_success:
                taken.append(str(key))
        return taken

    def push(self, *items: dict[str, Any] | bytes, chance: random.Random) -> int:
        """Bring something as the platform does: signed, and again after every line that breaks. Gives the status."""
        body = items[0] if isinstance(items[0], bytes) else json.dumps(items).encode()
        headers = {"Content-Type": "application/json", SIGNATURE: signature(body, SECRET)}
        with httpx.Client(timeout=TIMEOUT) as line:
            return insist(
                self.house, chance, line, f"/hooks/{self.inbox.pk}/", content=body, headers=headers
            ).status_code


class Agent:
    """Somebody who has signed in, and presses again when a line breaks, as one press."""

    def __init__(self, house: House, user: User) -> None:
        self.house, self.user, self.chance = house, user, random.Random(str(user.pk))
        self.cookies = {"sessionid": session_of(user), "csrftoken": CSRF}

    def press(self, path: str, **fields: Any) -> httpx.Response:
        """Press a button of the panel."""
        headers = {"X-CSRFToken": CSRF, "Accept": "application/json"}
        with httpx.Client(timeout=TIMEOUT, cookies=self.cookies) as line:
            return insist(self.house, self.chance, line, f"/panel/{path}", data=fields, headers=headers)

    def send(self, interaction: Interaction, text: str, key: uuid.UUID | None = None) -> httpx.Response:
        """Write to the customer, in public."""
        fields = {"visibility": "public", "text": text, "key": str(key or uuid.uuid4())}
        return self.press(f"i/{interaction.pk}/reply/", **fields)


def insist(house: House, chance: random.Random, line: httpx.Client, path: str, **request: Any) -> httpx.Response:
    """POST, at one web process or the other, until one of them gives an answer that is not "later"."""
    for _ in range(1200):
        try:
            answer = line.post(chance.choice(house.urls) + path, **request)
        except httpx.TransportError:
            answer = None
        if answer is not None and answer.status_code < 500:
            return answer
        threading.Event().wait(BETWEEN_TRIES)
    raise RuntimeError(f"nobody takes {path}")


def session_of(user: User) -> str:
    """Sign somebody in."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "accounts.backends.PasswordBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return str(session.session_key)


def post(customer: str, number: int, text: str) -> dict[str, Any]:
    """A customer's post, in the normalized form. The same customer and number make the same post."""
    channel = {"messageId": f"{customer}-{number:04}", "type": "Public", "from": {"id": customer, "nickname": customer}}
    return {"text": text, "channel": channel}
