"""What one can be told of, and who may be told."""

import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from accounts.models import User
from accounts.permissions import VIEW, Permission, objects_for
from queues.models import Queue
from socialcare.errors import DomainError, Invalid, NotFound, NotPermitted

CONVERSATIONS, STATUS, PRESENCE = "conversations.messages", "routingStatus", "presence"
PERSON, QUEUE = "users", "routing.queues"
ALWAYS = ("channel.metadata", "v2.system.socket_closing")
"""Told to everybody; who asks for them gets them no more often."""
_ID = r"([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})"
_OF_PERSON = re.compile(rf"v2\.(users)\.{_ID}\.(conversations\.messages|routingStatus|presence)")
_OF_QUEUE = re.compile(rf"v2\.(routing\.queues)\.{_ID}\.(conversations\.messages)")


@dataclass(frozen=True)
class Topic:
    """A topic's name, and what it says: something of a person or a queue."""

    name: str
    subject: str
    id: uuid.UUID
    kind: str


@dataclass(frozen=True)
class Judged:
    """A topic that was asked for, and why it is refused; None where it is granted."""

    name: str
    refusal: DomainError | None = None
    missing: Permission | None = None


def parse(name: str) -> Topic | None:
    """The topic of this name, in small letters; None where there is none."""
    found = _OF_PERSON.fullmatch(name) or _OF_QUEUE.fullmatch(name)
    return Topic(name_of(found[1], found[2], found[3]), found[1], uuid.UUID(found[2]), found[3]) if found else None


def name_of(subject: str, pk: uuid.UUID | str, kind: str) -> str:
    """How a topic is written."""
    return f"v2.{subject}.{str(pk).lower()}.{kind}"


def judge(user: User, names: Iterable[str]) -> list[Judged]:
    """Which of these topics `user` may follow; the same few queries however many they are.

    What a colleague is doing is for everybody to see. Their conversations may follow who may view those of a queue, and
    is told of those alone; a queue's conversations, who may view them.
    """
    asked = list(names)
    topics = [topic for name in asked if (topic := parse(name))]
    people = {topic.id for topic in topics if topic.subject == PERSON}
    queues = {topic.id for topic in topics if topic.subject == QUEUE}
    known = set(User.objects.filter(pk__in=people, is_active=True).values_list("pk", flat=True))
    known |= set(Queue.objects.visible_to(user).filter(pk__in=queues).values_list("pk", flat=True))
    viewable = objects_for(user, VIEW, Queue)
    of_queues = set(viewable.filter(pk__in=queues).values_list("pk", flat=True)) if queues else set()
    of_others = bool(people - {user.pk}) and viewable.exists()

    def one(name: str) -> Judged:
        topic = parse(name)
        if topic is None:
            return Judged(name) if name in ALWAYS else Judged(name, Invalid(f"“{name}” is not a topic.", field="id"))
        if topic.id not in known:
            return Judged(name, NotFound())
        own = topic.kind != CONVERSATIONS or topic.id == user.pk
        if own or topic.id in of_queues or (topic.subject == PERSON and of_others):
            return Judged(name)
        return Judged(name, NotPermitted(str(VIEW)), VIEW)

    return [one(name) for name in asked]
