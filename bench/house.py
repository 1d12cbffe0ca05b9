"""The house that is measured: one queue, one open webhook, and as many agents as a scenario wants.

Made through the product's own models; needs Django set up on the bench's database.
"""

import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import OperationalError, connection, transaction
from django.utils import timezone
from oauth2_provider.models import AccessToken, set_token_value

from accounts import permissions as may
from accounts.models import User
from accounts.roles import AGENT, HANDLING, REPLYING, grant, group_of, make_roles
from bench.marks import new_mark
from delivery.connectors.open_webhook import signature
from interactions.models import CannedLibrary, CannedResponse, Inbox, Message
from queues.models import AfterContactWork, AgentStatus, Presence, Queue, QueueMember, WrapUpCode

SECRET = "a-secret-that-signs-webhooks"
TOKEN = "a-bench-s-own-token-0123456789"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
"""Of the first agent's program."""
BOSS_TOKEN = "the-token-of-one-who-sees-everything"
_EMPTIED = ("interactions_interaction", "interactions_handle", "interactions_contact", "delivery_inboundpayload")


@dataclass(frozen=True)
class Agent:
    """Somebody who has signed in."""

    user: User
    session: str

    @property
    def cookie(self) -> str:
        """As the browser sends it."""
        return f"{settings.SESSION_COOKIE_NAME}={self.session}"


@dataclass(frozen=True)
class House:
    """The queue, the channel and the agents."""

    queue: Queue
    inbox: Inbox
    agents: list[Agent]
    boss: Agent
    """Who may see everything, and takes no work."""

    @property
    def hook(self) -> str:
        """Where the platform posts."""
        return f"/hooks/{self.inbox.pk}/"

    def webhook(self, customer: str, text: str, *, message_id: str = "") -> tuple[bytes, dict[str, str]]:
        """A signed webhook with one private message: its body, and its headers."""
        return signed(json.dumps(self.said(customer, text, message_id)).encode())

    def webhook_of(self, *texts: str) -> tuple[bytes, dict[str, str]]:
        """One webhook with many messages, each of a new customer."""
        return signed(json.dumps([self.said(new_mark(), text) for text in texts]).encode())

    def receipt(self, message_id: str, status: str) -> tuple[bytes, dict[str, str]]:
        """A signed webhook that tells what became of a message of the house."""
        said = {"id": message_id, "status": status, "channel": {"time": timezone.now().isoformat()}}
        return signed(json.dumps(said).encode())

    def said(self, customer: str, text: str, message_id: str = "", **post: str) -> dict[str, Any]:
        """What a customer has said, as the platform tells it: in private, or in public with what is known of a post."""
        sender = {"id": customer, "nickname": customer, "firstName": "Ada", "lastName": "Byron"}
        now = timezone.now().isoformat()
        channel: dict[str, Any] = {
            "type": "Private",
            "messageId": message_id or new_mark(),
            "from": sender,
            "time": now,
        }
        if post:
            channel |= {"type": "Public", "publicMetadata": post}
        return {"type": "Text", "direction": "Inbound", "text": text, "channel": channel}

    def on_duty(self, number: int, capacity: int = 25) -> list[Agent]:
        """Put so many agents on queue, all others off; they are there for as long as a bench takes."""
        chosen = self.agents[:number]
        there = timezone.now() + timedelta(days=1)
        AgentStatus.objects.update(presence=Presence.OFFLINE, load=0, missed="")
        AgentStatus.objects.filter(user__in=[agent.user.pk for agent in chosen]).update(
            presence=Presence.ON_QUEUE, capacity=capacity, load=0, last_seen=there
        )
        return chosen

    def stored(self, external_id: str) -> int:
        """How many messages there are of this id; for a thread of its own."""
        try:
            return Message.objects.filter(inbox=self.inbox, external_id=external_id).count()
        finally:
            connection.close()

    def empty(self) -> None:
        """No interaction, and nobody has anything to do."""
        for _again in range(600):
            with suppress(OperationalError), transaction.atomic(), connection.cursor() as cursor:
                # It gives way before the database finds a deadlock, of which a panel might be the victim
                cursor.execute("SET LOCAL lock_timeout = '50ms'")
                cursor.execute(f"TRUNCATE {', '.join(_EMPTIED)} CASCADE")
                AgentStatus.objects.update(load=0, missed="")
                return
        raise RuntimeError("the house could not be emptied")


def signed(body: bytes) -> tuple[bytes, dict[str, str]]:
    """The body, and the headers of a webhook that carries it."""
    return body, {"X-Hub-Signature-256": signature(body, SECRET)}


def build(agents: int, platform: str) -> House:
    """Make the house, with so many agents, whose replies go to this address."""
    make_roles()
    queue = Queue.objects.create(
        name="Bench", alerting_seconds=3600, acw_mode=AfterContactWork.OPTIONAL, absence_grace_seconds=36_000
    )
    queue.wrap_up_codes.add(WrapUpCode.objects.create(name="Solved"))
    inbox = Inbox.objects.create(
        name="Bench", kind="open", account_id="bench", account_handle="Bench", queue=queue,
        settings={"webhook_url": platform, "ignores_repeats": True}, secrets={"signing_secret": SECRET},
    )  # fmt: skip
    grant(AGENT, *HANDLING, on=queue)
    grant(AGENT, *REPLYING, may.RECEIVE, on=inbox)
    people = [_agent(number, queue) for number in range(agents)]
    boss = _signed_in(User(username="boss", first_name="Boss", is_staff=True, is_superuser=True))
    for person, word in ((people[0], TOKEN), (boss, BOSS_TOKEN)):
        token = AccessToken(user=person.user, expires=timezone.now() + timedelta(days=1), scope="read write")
        set_token_value(token, word)
        token.save()
    library = CannedLibrary.objects.create(name="Bench")
    CannedResponse.objects.bulk_create(
        CannedResponse(library=library, name=f"Answer {number}", text=f"Dear customer, this is answer {number}.")
        for number in range(200)
    )
    return House(queue, inbox, people, boss)


def _agent(number: int, queue: Queue) -> Agent:
    agent = _signed_in(User(username=f"agent{number}", first_name="Agent", last_name=str(number)))
    agent.user.groups.add(group_of(AGENT))
    QueueMember.objects.create(queue=queue, user=agent.user)
    AgentStatus.objects.create(user=agent.user, capacity=25)
    return agent


def _signed_in(user: User) -> Agent:
    user.set_unusable_password()  # hashing one for each would take minutes
    user.save()
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "accounts.backends.PasswordBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return Agent(user, session.session_key or "")
