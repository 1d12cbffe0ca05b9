"""Writing to the customer: a reply, in public or in private, and sending a failed one again."""

import uuid
from collections.abc import Sequence

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import User
from accounts.permissions import REPLY_PRIVATE, REPLY_PUBLIC, require
from delivery.connectors import connector_class
from delivery.connectors.base import Visibility as Reader
from delivery.lanes import wake_delivery, wake_written
from delivery.models import PENDING, Delivery
from delivery.platforms import VisibilityRules, measure, rules
from interactions.cleaning import clean
from interactions.drafts import forgetting
from interactions.finding import Id, by_id, find_locked_with, find_own, lock, own
from interactions.models import (
    Attachment,
    Direction,
    Inbox,
    Interaction,
    Message,
    MessageStatus,
    Visibility,
)
from interactions.screens import entry, show_in_queue, show_list, show_thread
from queues.models import AgentStatus
from socialcare.asking import Question, ask
from socialcare.errors import Conflict, Invalid, NotFound
from socialcare.events import Publication, tell
from socialcare.kept import Kept
from socialcare.rows import Change, Insertion, insert_row
from socialcare.states import transition

_RIGHT = {Visibility.PUBLIC: REPLY_PUBLIC, Visibility.PRIVATE: REPLY_PRIVATE}


def reply(
    user: User,
    interaction_id: Id,
    *,
    visibility: str,
    text: str = "",
    attachment_ids: Sequence[Id] = (),
    in_reply_to_id: Id | None = None,
    key: uuid.UUID,
    confirmed: bool = False,
) -> list[Message]:
    """Send a text and files to the customer, each as a message of its own, in order.

    `key` names one press of Send: the same key again gives the same messages and sends nothing. `confirmed` says that
    the agent means to answer in public although the customer wrote in private last.

    Raises NotFound, NotPermitted (Conversation > Socialmedia > Create, or > Message > Create), Invalid for an empty or
    too long text, and Conflict where the conversation is not open or a public answer is to be confirmed first.
    """
    with transaction.atomic():
        interaction, (sent, newest) = find_locked_with(
            user,
            interaction_id,
            lambda pk: (
                _PRESSED.question(interaction=pk, key=key),
                _NEWEST.question(interaction=pk, visibility=visibility),
            ),
        )
        if sent:
            return list(sent)
        own(user, interaction)
        chosen = _check(user, interaction, visibility, confirmed)
        target = _target(interaction, chosen, in_reply_to_id, next(iter(newest), None))
        text = clean(text).strip()
        check_length(interaction, chosen, text)
        files = _files(user, interaction, chosen, attachment_ids)
        if not text and not files:
            raise Invalid(_("Write something, or attach a file."), field="text", code="empty")
        parts: list[Attachment | str] = [*([text] if text else []), *files]
        messages = [_part(user, interaction, chosen, target, key, number, part) for number, part in enumerate(parts)]
        done_with = forgetting(user, interaction, chosen, in_reply_to_id)
        _write(messages, done_with, confirmed=confirmed, last=not files)
        for message, part in zip(messages, parts, strict=True):
            if isinstance(part, Attachment):
                Attachment.objects.filter(pk=part.pk).update(message=message)
    return messages


def resend(user: User, message_id: Id) -> Message:
    """Send a message again that has failed, or of which nobody is certain. Only this one part is sent.

    Raises NotFound, NotPermitted, and Conflict where it has not failed or the interaction is not with the agent.
    """
    with transaction.atomic():
        message = by_id(Message.objects.visible_to(user).filter(direction=Direction.OUTBOUND), message_id)
        if not message:
            raise NotFound
        interaction = find_own(user, message.interaction_id)
        require(user, _RIGHT[Visibility(message.visibility)], interaction.inbox)
        send_again(message)
    return message


def send_again(message: Message) -> Delivery:
    """Put a failed message into the outbox once more; the platform knows it by the same key. Raises Conflict."""
    with transaction.atomic():
        lock(message.interaction)
        message.refresh_from_db(fields=["status"])
        if not message.is_lost or message.deliveries.filter(state__in=PENDING).exists():
            raise Conflict(_("Only a message that has failed can be sent again."), code="not.failed")
        transition(message, MessageStatus.QUEUED, field="status", trouble="", reason="", detail="", retry_at=None)
        delivery = insert_row(_delivery(message))
        wake_delivery(delivery.pk)
        show_thread(message.interaction, *entry(message.pk))
        show_list(message.interaction.owner_id)
    return delivery


def check_length(interaction: Interaction, visibility: Visibility, text: str) -> None:
    """Raise Invalid, saying by how much, where the text is too long for this platform and visibility."""
    measured = measure(text, rule_of(interaction.inbox, visibility))
    if measured.too_long:
        over = -measured.remaining
        words = ngettext("%(over)s character too many.", "%(over)s characters too many.", over) % {"over": over}
        raise Invalid(words, field="text", code="too.long", over=over)


def rule_of(inbox: Inbox, visibility: str) -> VisibilityRules:
    """What this channel lets us write. Raises NotOffered where its platform has no messages of this visibility."""
    own = {**inbox.settings, "text_limit": inbox.text_limit}
    return rules(connector_class(inbox.kind).platform).visibility(visibility, own)


# ------------------------------------------------------------------ steps


def _check(user: User, interaction: Interaction, visibility: str, confirmed: bool) -> Visibility:
    if visibility not in Visibility.values:
        raise Invalid(_("Choose public or private."), field="visibility")
    chosen = Visibility(visibility)
    require(user, _RIGHT[chosen], interaction.inbox)
    if Reader(chosen) not in connector_class(interaction.inbox.kind).visibilities:
        raise Invalid(_("This platform has no messages of this kind."), field="visibility", code="no.such.visibility")
    if not interaction.is_open:
        raise Conflict(_("This conversation has ended; answering it needs to be opened again."), code="not.open")
    if needs_confirmation(interaction) and chosen == Visibility.PUBLIC and not confirmed:
        words = _("%(customer)s wrote to you in private last. Answer in public?")
        raise Conflict(words % {"customer": interaction.customer}, code="confirm.public")
    return chosen


def needs_confirmation(interaction: Interaction) -> bool:
    """Whether a public answer is to be confirmed: the customer wrote in private last, and it was not asked before."""
    return interaction.customer_visibility == Visibility.PRIVATE and not interaction.public_confirmed


def _pressed(interaction: uuid.UUID, key: uuid.UUID) -> QuerySet[Message]:
    return Message.objects.filter(interaction=interaction, press=key).order_by("part")


def _newest(interaction: uuid.UUID, visibility: str) -> QuerySet[Message]:
    theirs = Message.objects.filter(interaction=interaction, direction=Direction.INBOUND, visibility=visibility)
    return theirs.exclude(status=MessageStatus.REMOVED).order_by("-created_at", "-id")[:1]


_PRESSED = Kept(_pressed, interaction=uuid.UUID, key=uuid.UUID)
_NEWEST = Kept(_newest, interaction=uuid.UUID, visibility=str)


def _target(
    interaction: Interaction, visibility: Visibility, message_id: Id | None, newest: Message | None
) -> Message | None:
    """The customer's message that is answered: the one chosen, or the newest of this visibility."""
    if message_id:
        theirs = interaction.messages.filter(direction=Direction.INBOUND, visibility=visibility)
        if chosen := by_id(theirs, message_id):
            return chosen
    if message_id and visibility == Visibility.PUBLIC:
        raise Invalid(_("The post that you answer is not in this conversation."), field="in_reply_to")
    if visibility == Visibility.PUBLIC and not newest:
        raise Invalid(_("There is no public post of this customer to answer."), field="in_reply_to", code="no.post")
    return newest


def _files(user: User, interaction: Interaction, visibility: Visibility, ids: Sequence[Id]) -> list[Attachment]:
    """The unsent files, in the order in which they were named."""
    if not ids:
        return []
    mine = Attachment.objects.filter(interaction=interaction, uploaded_by=user, message__isnull=True)
    files = [by_id(mine, pk) for pk in dict.fromkeys(map(str, ids))]
    takes = rule_of(interaction.inbox, visibility).attachments
    for file in files:
        if not file:
            raise Invalid(_("One of the files is not here any more; attach it again."), field="attachments")
        if file.size > takes.max_bytes(file.content_type):
            words = _("“%(name)s” cannot be sent here: the platform does not take this type, or not this size.")
            raise Invalid(words % {"name": file.name}, field="attachments", code="media.not.allowed")
    return [file for file in files if file]


def _part(
    user: User,
    interaction: Interaction,
    visibility: Visibility,
    target: Message | None,
    key: uuid.UUID,
    number: int,
    part: Attachment | str,
) -> Message:
    return Message(
        interaction=interaction,
        inbox=interaction.inbox,
        direction=Direction.OUTBOUND,
        visibility=visibility,
        agent=user,
        text=part if isinstance(part, str) else "",
        in_reply_to=target,
        press=key,
        part=number,
        status=MessageStatus.QUEUED,
        created_at=timezone.now(),
    )


def _write(messages: Sequence[Message], forgetting: Question, *, confirmed: bool, last: bool) -> None:
    """Store what is sent, with its deliveries, and show it; in one round trip, with the commit where it is the last."""
    interaction, agent = messages[-1].interaction, AgentStatus(pk=messages[-1].agent_id)
    deliveries = [_delivery(message) for message in messages]
    rows = [Insertion(row) for pair in zip(messages, deliveries, strict=True) for row in pair]
    seen = Change(AgentStatus, agent.pk, {}, count_up="version")
    wake_written(deliveries)  # before the screens are told: painting them takes longer than to bring it out
    forgotten, version, *_yes = ask(forgetting, seen, *rows, _shown(messages, confirmed=confirmed), last=last)
    agent.version = version or 0
    tell(agent, "active", *(["compose-state"] if forgotten else []))
    show_in_queue(interaction.queue_id, interaction.pk)


def _delivery(message: Message) -> Delivery:
    return Delivery(message=message, interaction_id=message.interaction_id, inbox_id=message.inbox_id)


def _shown(messages: Sequence[Message], *, confirmed: bool) -> Publication:
    last = messages[-1]
    interaction = last.interaction
    return Publication(
        interaction,
        *entry(*(message.pk for message in messages)),
        "compose-state",
        preview=" ".join(last.text.split())[:200],
        preview_visibility=last.visibility,
        last_message_at=last.created_at,
        replied_at=interaction.replied_at or last.created_at,
        public_confirmed=interaction.public_confirmed or (confirmed and last.visibility == Visibility.PUBLIC),
    )
