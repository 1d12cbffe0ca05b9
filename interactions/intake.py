"""What customers say, coming in: it joins the running conversation, reopens the last one, or starts a new one."""

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

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
from interactions.queueing import enqueue
from interactions.routing import begin, looking_for_anybody
from interactions.screens import THREAD, said, show_in_queue, show_thread, show_work, showing_thread, showing_work
from interactions.shifts import close_handling
from interactions.wrapup import take_up_again
from queues.models import Queue, Skill
from socialcare.asking import Question, ask
from socialcare.kept import Kept
from socialcare.rows import Insertion
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
    inbox: Inbox,
    customer_id: str,
    profile: dict[str, Any],
    incoming: Incoming,
    into: Destination | None = None,
    *,
    alone_with: Sequence[Question] | None = None,
    more_follows: bool = False,
) -> tuple[Message, bool]:
    """Store a customer's message once and put it where it belongs. Gives it, and whether it is new.

    Messages of one customer are taken one after the other, however many processes receive them. A conversation that
    begins with it, or begins again, waits `into`; one that runs stays where it is. With `alone_with`, which is written
    with a new message, the transaction does nothing else: a conversation that begins is then offered at once where that
    is easily done, and an agent stays locked until the commit. The commit goes with what is written, unless
    `more_follows`: something that belongs to the message is still to be written.
    """
    last, into = alone_with is not None and not more_follows, into or Destination()
    with transaction.atomic(savepoint=False):
        customer, known = _find(inbox, customer_id, incoming)
        looks_in = _queue_for_anybody(inbox, into) if alone_with is not None and not known else None
        met, found = (None, []) if customer or known else _meet(inbox, customer_id, profile, looks_in)
        if not (customer or known or met):
            customer, known = _find(inbox, customer_id, incoming)  # another process has met them at the same moment
        renamed = bool(customer and _rename(customer, profile))
        if known:
            return known, False
        before = _LAST_CONVERSATION.first(customer=customer.pk, inbox=inbox.pk) if customer else None
        customer = customer or met
        stood = before.state if before else None
        if before and _goes_on(before, inbox, into):
            message = _message(before, customer, incoming)
            shown = _showing(before, message, incoming, all_of_it=renamed or before.state != stood)
            ask(Insertion(message), *(alone_with or ()), *shown, last=last)
        else:
            how = _How(alone_with, found, last=last)
            message = _start(inbox, customer, incoming, into, before, how)
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
    interaction.skill_key = key_of(skills)
    Interaction.objects.filter(pk=interaction.pk).update(skill_key=interaction.skill_key)


def key_of(skills: Iterable[Skill]) -> str:
    """The same for all that ask for the same skills."""
    return ",".join(sorted(str(skill.pk) for skill in skills))


# ------------------------------------------------------------------ questions asked for every message

_HANDLE = Kept(
    lambda network, name: Handle.objects.filter(network=network, external_id=name).select_for_update(no_key=True),
    network=str,
    name=str,
)
_MESSAGE = Kept(lambda inbox, name: Message.objects.filter(inbox=inbox, external_id=name), inbox=uuid.UUID, name=str)
_LAST_CONVERSATION = Kept(
    lambda customer, inbox: (
        Interaction.objects.filter(customer=customer, inbox=inbox)
        .select_for_update(no_key=True)
        .order_by(RUNNING_FIRST, "-ended_at")[:1]
    ),
    customer=int,
    inbox=uuid.UUID,
)
_NEEDS = Kept(lambda inbox: Skill.objects.filter(inboxes=inbox), inbox=uuid.UUID)


def _find(inbox: Inbox, customer_id: str, incoming: Incoming) -> tuple[Handle | None, Message | None]:
    """The customer, locked until the end of the transaction; and the message, if we know it.

    The customer first: a message that others stored while we waited for the lock is seen. Their conversation is locked
    only by who has locked them; else two who both meet a new customer would wait in a circle.
    """
    customers, messages = ask(
        _HANDLE.question(network=inbox.network, name=customer_id),
        _MESSAGE.question(inbox=inbox.pk, name=incoming.external_id),
    )
    return next(iter(customers), None), next(iter(messages), None)


# ------------------------------------------------------------------ moves


def _meet(
    inbox: Inbox, external_id: str, profile: dict[str, Any], looks_in: uuid.UUID | None
) -> tuple[Handle | None, list[Any]]:
    """A new customer, and who is free for them in the queue `looks_in`, if in one (for `begin`).

    None where another process has just met them; then nobody has been looked for.
    """
    contact = Contact(name=clean_name(profile.get("name", "")))
    customer = Handle(contact=contact, network=inbox.network, external_id=external_id, **_of_handle(profile))
    looking = looking_for_anybody(looks_in, contact.pk) if looks_in else ()
    _yes, new, *found = ask(Insertion(contact), Insertion(customer, unless_there=True), *looking)
    if not new:
        contact.delete()
        return None, []
    return customer, found


def _queue_for_anybody(inbox: Inbox, into: Destination) -> uuid.UUID | None:
    """Where a conversation that begins waits; None if it needs somebody in particular."""
    if into.skills or inbox.asks_for_skills:
        return None
    return into.queue.pk if into.queue else inbox.queue_id


def _rename(customer: Handle, profile: dict[str, Any]) -> bool:
    """Write down what has changed of a known customer; whether something has."""
    facts = {name: value for name, value in _of_handle(profile).items() if value and getattr(customer, name) != value}
    if facts:
        Handle.objects.filter(pk=customer.pk).update(**facts)
        for name, value in facts.items():
            setattr(customer, name, value)
    return bool(facts)


def _of_handle(profile: dict[str, Any]) -> dict[str, Any]:
    names = ("handle", "name", "profile_url", "avatar_url", "followers", "verified")
    known = {name: profile[name] for name in names if name in profile}
    return known | {name: clean_name(known[name]) for name in ("handle", "name") if name in known}


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


class _How(NamedTuple):
    """How a conversation is to be stored: as `receive_message` was told, and who has been found free for it."""

    alone_with: Sequence[Question] | None
    found: Sequence[Any]
    last: bool


def _start(
    inbox: Inbox,
    customer: Handle | None,
    incoming: Incoming,
    into: Destination,
    before: Interaction | None,
    how: _How,
) -> Message:
    """A new conversation, with its first message. Its queue may ask first who spoke with the customer in the last."""
    needs = list(into.skills or (_NEEDS.rows(inbox=inbox.pk) if inbox.asks_for_skills else ()))
    interaction = Interaction(
        inbox=inbox,
        customer=customer,
        queue_id=into.queue.pk if into.queue else inbox.queue_id,
        last_agent_id=before.last_agent_id if before else None,
        priority=inbox.priority if into.priority is None else into.priority,
        skill_key=key_of(needs),
        subject=_one_line(incoming.text),
        version=1,
        **_last_said(incoming),
    )
    interaction.rank = rank_of(interaction.queued_at, interaction.priority)
    message = _message(interaction, customer, incoming)
    with_it = (Insertion(message), *(how.alone_with or ()))
    at_once, last = how.alone_with is not None, how.last and not needs
    begin(interaction, *with_it, at_once=at_once, found=how.found, last=last)
    if needs:
        interaction.skills.set(needs)
    show_in_queue(interaction.queue_id, interaction.pk)
    return message


def _message(interaction: Interaction, customer: Handle | None, incoming: Incoming) -> Message:
    answered = incoming.reply_to and _MESSAGE.first(inbox=interaction.inbox_id, name=incoming.reply_to)
    return Message(
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


def _showing(interaction: Interaction, message: Message, incoming: Incoming, *, all_of_it: bool) -> Iterator[Question]:
    """What the customer has said last is written to the conversation, and shown to whoever has it before them."""
    seen_at_once = 0 if interaction.state in {State.WAITING, State.ALERTING} else 1
    unread = interaction.unread + seen_at_once
    parts = THREAD if all_of_it else said(message.pk)
    yield showing_thread(interaction, *parts, **_last_said(incoming), public_confirmed=False, unread=unread)
    if interaction.state == State.ALERTING:
        offered = interaction.offers.filter(state=OfferState.OPEN).values_list("agent", flat=True).first()
        yield from showing_work(offered, "offers")
    yield from showing_work(interaction.owner_id, *(() if all_of_it else ("active",)))


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
