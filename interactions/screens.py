"""What changes on which screens: the parts that a change of an interaction concerns."""

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from accounts.models import User
from interactions.models import Interaction
from queues.models import AgentStatus
from socialcare.asking import Question
from socialcare.events import Publication, announce, publish

WORK = ("me", "offers", "active")
THREAD = ("head", "thread", "context", "wrapup", "compose-state")
_ENTRY = "thread."


def entry(*message_ids: uuid.UUID) -> tuple[str, ...]:
    """The parts of the thread that are these messages: they have come, or something about them has changed.

    With the thread, which is all that a server of the version before understands: while a new version is brought in,
    both are there.
    """
    return "thread", *(f"{_ENTRY}{message_id}" for message_id in message_ids)


def narrowed(announced: Iterable[str]) -> set[str]:
    """What is to be shown of what is announced: of the thread no more than the messages, where they are named."""
    parts = set(announced)
    return parts - {"thread"} if entries_in(parts) else parts


def entries_in(parts: Iterable[str]) -> dict[str, uuid.UUID]:
    """Which of these parts are single messages of the thread, and which messages they are."""
    return {part: uuid.UUID(part.removeprefix(_ENTRY)) for part in sorted(parts) if part.startswith(_ENTRY)}


def said(message_id: uuid.UUID) -> tuple[str, ...]:
    """What of the thread, and around it, changes when somebody only says something."""
    return "head", *entry(message_id), "compose-state"


def show_work(agent: User | uuid.UUID | None, *parts: str) -> None:
    """The agent's status, offers or list have changed, or some of them."""
    for question in showing_work(agent, *parts):
        question.answer()


def showing_work(agent: User | uuid.UUID | None, *parts: str) -> Sequence[Question]:
    """The same, to be written together with other things."""
    return [Publication(AgentStatus(pk=getattr(agent, "pk", agent)), *(parts or WORK))] if agent else []


def show_list(agent: User | uuid.UUID | None) -> None:
    """What the agent's list says of an interaction has changed, and nothing of the agent's status or offers."""
    if agent:
        publish(AgentStatus(pk=getattr(agent, "pk", agent)), "active")


def show_thread(interaction: Interaction, *parts: str, **changes: Any) -> None:
    """The thread, or what stands around it, has changed; and these facts of the interaction, which are written here."""
    showing_thread(interaction, *parts, **changes).answer()


def showing_thread(interaction: Interaction, *parts: str, **changes: Any) -> Question:
    """The same, to be written together with other things."""
    show_in_queue(interaction.queue_id, interaction.pk)
    return Publication(interaction, *(parts or THREAD), **changes)


def show_in_queue(queue_id: object, interaction_id: object) -> None:
    """An interaction of a queue has changed, or has left it: for those who follow the queue as a whole."""
    group = f"queue.{queue_id}.interactions"
    announce(group, {"type": "in_queue", "queue": str(queue_id), "interaction": str(interaction_id)})


def show_waiting(queue_id: object) -> None:
    """The number of those who wait in a queue has changed."""
    announce(f"queue.{queue_id}", {"type": "changed", "audience": f"queue.{queue_id}", "parts": ["waiting"]})
