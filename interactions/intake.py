"""What customers say, coming in: it joins the running conversation, reopens the last one, or starts a new one."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from interactions.cleaning import clean, clean_name
from interactions.finding import lock
from interactions.models import (
    Contact,
    Direction,
    Handle,
    Inbox,
    Interaction,
    Message,
    MessageStatus,
    OfferState,
    State,
)
from interactions.models.interaction import RUNNING_FIRST, rank_of
from interactions.models.offers import EndedBy
from interactions.queueing import enqueue, wake_routing
from interactions.screens import SAID, THREAD, show_in_queue, show_thread, show_work
from interactions.shifts import close_handling
from interactions.wrapup import take_up_again
from queues.models import Queue, Skill
from socialcare.kept import Kept
from socialcare.rows import insert_new_row, insert_row
from socialcare.states import transition

TEXT_LENGTH = 100_000
_PREVIEW = 200


@dataclass(frozen=True)
class Incoming:
    """A customer's message as any platform's connector gives it, in this product's own words."""

    external_id: str
    visibility: str
    text: str
    sent_at: datetime
    url: str = ""
    thread: str = ""
    reply_to: str = ""
    language: str = ""
    original: dict[str, Any] | None = None
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Destination:
    """Where a new conversation waits, where that is not as its inbox has it. None and empty: as the inbox."""

    queue: Queue | None = None
    priority: int | None = None
    skills: Sequence[Skill] = ()


def receive_message(
    inbox: Inbox, customer_id: str, profile: dict[str, Any], incoming: Incoming, into: Destination | None = None
) -> tuple[Message, bool]:
    """Store a customer's message once and put it where it belongs. Gives it, and whether it is new.

    Messages of one customer are taken one after the other, however many processes receive them. A conversation that
    begins with it, or begins again, waits `into`; one that runs stays where it is.
    """
    with transaction.atomic(savepoint=False):
        customer, met, renamed = _customer(inbox, customer_id, profile)
        known = _MESSAGE.first(inbox=inbox.pk, name=incoming.external_id)
        if known:
            return known, False
        before = None if met else _last_conversation(inbox, customer)
        stood = before.state if before else None
        if before and _goes_on(before, inbox, into or Destination()):
            message = _store(before, customer, incoming)
            _show(before, incoming, all_of_it=renamed or before.state != stood)
        else:
            message = _start(inbox, customer, incoming, into or Destination(), before=before)
    return message, True


def edit_message(inbox: Inbox, external_id: str, text: str, at: datetime) -> bool:
    """The text of a message has changed on its platform. False if we do not know the message (yet)."""
    with transaction.atomic():
        message = _known(inbox, external_id)
        if not message:
            return False
        if not message.edited_at or message.edited_at < at:
            Message.objects.filter(pk=message.pk).update(text=clean(text)[:TEXT_LENGTH], edited_at=at)
            _preview_again(message.interaction)
    return True


def remove_message(inbox: Inbox, external_id: str, at: datetime) -> bool:
    """A message is gone from its platform. False if we do not know it (yet)."""
    with transaction.atomic():
        message = _known(inbox, external_id)
        if not message:
            return False
        if message.status != MessageStatus.REMOVED:
            transition(message, MessageStatus.REMOVED, field="status", removed_at=at)
            began = Interaction.objects.filter(pk=message.interaction_id, subject=_one_line(message.text))
            began.update(subject="")
            _preview_again(message.interaction)
    return True


def set_needs(interaction: Interaction, skills: list[Skill]) -> None:
    """Write which skills the interaction asks for."""
    interaction.skills.set(skills)
    interaction.skill_key = ",".join(sorted(str(skill.pk) for skill in skills))
    Interaction.objects.filter(pk=interaction.pk).update(skill_key=interaction.skill_key)


# ------------------------------------------------------------------ questions asked for every message

_HANDLE = Kept(
    lambda network, name: Handle.objects.filter(network=network, external_id=name).select_for_update(no_key=True),
    network=str,
    name=str,
)
_MESSAGE = Kept(lambda inbox, name: Message.objects.filter(inbox=inbox, external_id=name), inbox=uuid.UUID, name=str)
_NEEDS = Kept(lambda inbox: Skill.objects.filter(inboxes=inbox), inbox=uuid.UUID)
_LAST_CONVERSATION = Kept(
    lambda customer, inbox: (
        Interaction.objects.filter(customer=customer, inbox=inbox)
        .select_for_update(no_key=True)
        .order_by(RUNNING_FIRST, "-ended_at")[:1]
    ),
    customer=int,
    inbox=uuid.UUID,
)


# ------------------------------------------------------------------ moves


def _customer(inbox: Inbox, external_id: str, profile: dict[str, Any]) -> tuple[Handle, bool, bool]:
    """The customer, locked until the end of the transaction; whether they are new, and whether their profile is."""
    handle = _HANDLE.first(network=inbox.network, name=external_id)
    if not handle:
        contact = insert_row(Contact(name=clean_name(profile.get("name", ""))))
        new = Handle(contact=contact, network=inbox.network, external_id=external_id, **_of_handle(profile))
        if insert_new_row(new):
            return new, True, True
        contact.delete()  # another process has met this customer at the same moment
        [handle] = _HANDLE.rows(network=inbox.network, name=external_id)
    changed = {name: value for name, value in _of_handle(profile).items() if value and getattr(handle, name) != value}
    if changed:
        Handle.objects.filter(pk=handle.pk).update(**changed)
        for name, value in changed.items():
            setattr(handle, name, value)
    return handle, False, bool(changed)


def _of_handle(profile: dict[str, Any]) -> dict[str, Any]:
    names = ("handle", "name", "profile_url", "avatar_url", "followers", "verified")
    known = {name: profile[name] for name in names if name in profile}
    return known | {name: clean_name(known[name]) for name in ("handle", "name") if name in known}


def _last_conversation(inbox: Inbox, customer: Handle) -> Interaction | None:
    """The running conversation, or the last one; locked."""
    return _LAST_CONVERSATION.first(customer=customer.pk, inbox=inbox.pk)


def _goes_on(found: Interaction, inbox: Inbox, into: Destination) -> bool:
    """Let the conversation go on, reopened if it ended not long ago; False where a new one is to begin."""
    since = timezone.now() - timedelta(hours=inbox.reopen_hours)
    if found.state == State.ENDED and found.ended_at and found.ended_at <= since:
        return False
    if found.state == State.ENDED:
        enqueue(found, queue=into.queue or found.queue)
    elif found.state == State.WRAP_UP and not take_up_again(found):
        former = found.owner_id
        enqueue(found, queue=found.queue)
        close_handling(found, EndedBy.AGENT)
        show_work(former)
    return True


def _start(
    inbox: Inbox, customer: Handle, incoming: Incoming, into: Destination, *, before: Interaction | None
) -> Message:
    """A new conversation, with its first message. Its queue may ask first who spoke with the customer in the last."""
    queue_id = into.queue.pk if into.queue else inbox.queue_id
    interaction = Interaction(
        inbox=inbox,
        customer=customer,
        queue_id=queue_id,
        last_agent_id=before.last_agent_id if before else None,
        priority=inbox.priority if into.priority is None else into.priority,
        subject=_one_line(incoming.text),
        version=1,
        **_last_said(incoming),
    )
    interaction.rank = rank_of(interaction.queued_at, interaction.priority)
    insert_row(interaction)
    if needs := list(into.skills or _NEEDS.rows(inbox=inbox.pk)):
        set_needs(interaction, needs)
    show_in_queue(queue_id, interaction.pk)
    wake_routing(queue_id)
    return _store(interaction, customer, incoming)


def _store(interaction: Interaction, customer: Handle, incoming: Incoming) -> Message:
    answered = incoming.reply_to and _MESSAGE.first(inbox=interaction.inbox_id, name=incoming.reply_to)
    message = Message(
        interaction=interaction,
        inbox_id=interaction.inbox_id,
        direction=Direction.INBOUND,
        visibility=incoming.visibility,
        author=customer,
        text=clean(incoming.text)[:TEXT_LENGTH],
        language=incoming.language[:16],
        in_reply_to=answered or None,
        external_id=incoming.external_id,
        thread=incoming.thread,
        url=incoming.url,
        original=incoming.original,
        extra=incoming.extra,
        status=MessageStatus.RECEIVED,
        sent_at=incoming.sent_at,
        created_at=timezone.now(),
    )
    return insert_row(message)


def _show(interaction: Interaction, incoming: Incoming, *, all_of_it: bool) -> None:
    """What the customer has said last is written to the conversation, and shown to whoever has it before them."""
    seen_at_once = 0 if interaction.state in {State.WAITING, State.ALERTING} else 1
    unread = interaction.unread + seen_at_once
    parts = THREAD if all_of_it else SAID
    show_thread(interaction, *parts, **_last_said(incoming), public_confirmed=False, unread=unread)
    if interaction.state == State.ALERTING:
        offered = interaction.offers.filter(state=OfferState.OPEN).values_list("agent", flat=True)
        show_work(offered.first(), "offers")
    show_work(interaction.owner_id, *(() if all_of_it else ("active",)))


def _last_said(incoming: Incoming) -> dict[str, Any]:
    return {
        "preview": _one_line(incoming.text),
        "preview_visibility": incoming.visibility,
        "customer_visibility": incoming.visibility,
        "last_message_at": timezone.now(),
    }


def _known(inbox: Inbox, external_id: str) -> Message | None:
    """The message of that id, with its interaction locked."""
    message = Message.objects.filter(inbox=inbox, external_id=external_id).select_related("interaction").first()
    if message:
        lock(message.interaction)
        message.refresh_from_db(fields=["status", "edited_at"])
    return message


def _preview_again(interaction: Interaction) -> None:
    last = interaction.messages.order_by("created_at", "id").last()
    if last:
        gone = last.status == MessageStatus.REMOVED
        Interaction.objects.filter(pk=interaction.pk).update(preview="" if gone else _one_line(last.text))
    show_thread(interaction, "thread")
    show_work(interaction.owner_id)


def _one_line(text: str) -> str:
    return " ".join(clean(text).split())[:_PREVIEW]
