"""From nothing to the first answered message: what is done already, and what to do next."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.permissions import ACCEPT, REPLY_PRIVATE, REPLY_PUBLIC
from interactions.models import Direction, Inbox, InboxGroupPermission, Interaction, Message, MessageStatus
from queues.models import AgentStatus, Presence, Queue, QueueGroupPermission, QueueMember


@dataclass(frozen=True)
class Step:
    """One thing to do, why, and where."""

    title: Any
    why: Any
    where: str
    action: Any
    done: bool


def steps() -> list[Step]:
    """All steps in order. Each asks only whether one such row exists."""
    return [_queue(), _people(), _members(), _channel(), _rights(), _on_queue(), _message(), _answer()]


def _queue() -> Step:
    why = _("Interactions wait in a queue until an agent answers. One is enough to begin with.")
    return Step(_("Make a queue"), why, reverse("admin:queues_queue_add"), _("Add a queue"), Queue.objects.exists())


def _people() -> Step:
    from accounts.models import User

    why = _("Each agent signs in with an account of their own. Give it the role Agent.")
    done = User.objects.filter(groups__isnull=False).exists()
    return Step(_("Add your people"), why, reverse("admin:accounts_user_add"), _("Add somebody"), done)


def _members() -> Step:
    why = _("Open the queue, and choose its members under “Members”. Only members are offered its interactions.")
    where = _one_or_list(Queue, "queues_queue", "#memberships-group")
    return Step(_("Say who works in the queue"), why, where, _("Choose members"), QueueMember.objects.exists())


def _channel() -> Step:
    why = _("A channel is your account on a platform. To try things out, take the practice network. Then test it.")
    done = Inbox.objects.filter(is_active=True, trouble="").exists()
    return Step(_("Connect a channel"), why, reverse("admin:interactions_inbox_add"), _("Add a channel"), done)


def _rights() -> Step:
    why = _("Under “Who may do what here” of the queue and of the channel, let the role Agent answer and reply.")
    accept = QueueGroupPermission.objects.filter(permission__codename=ACCEPT.codename)
    replies = [REPLY_PUBLIC.codename, REPLY_PRIVATE.codename]
    reply = InboxGroupPermission.objects.filter(permission__codename__in=replies)
    where = _one_or_list(Queue, "queues_queue", "")
    return Step(_("Give the rights"), why, where, _("Open the queue"), accept.exists() and reply.exists())


def _on_queue() -> Step:
    why = _("An agent opens the panel and presses “On queue”. You may do it yourself, if you are a member.")
    done = AgentStatus.objects.filter(presence=Presence.ON_QUEUE).exists() or _answered()
    return Step(_("Go on queue"), why, reverse("panel:home"), _("Open the panel"), done)


def _message() -> Step:
    why = _("Write to your brand as a customer would: on the platform, or on the practice network.")
    done = Interaction.objects.exists()
    return Step(
        _("Receive a message"), why, reverse("admin:interactions_inbox_changelist"), _("Look at the channels"), done
    )


def _answer() -> Step:
    why = _("The agent presses “Answer”, writes, and sends. The tick under the message says that it has arrived.")
    return Step(_("Answer it"), why, reverse("panel:home"), _("Open the panel"), _answered())


def _answered() -> bool:
    arrived = (MessageStatus.SENT, MessageStatus.PUBLISHED, MessageStatus.DELIVERED, MessageStatus.READ)
    return Message.objects.filter(direction=Direction.OUTBOUND, status__in=arrived).exists()


def _one_or_list(model: Any, name: str, tab: str) -> str:
    """The page of the only one, or the list where there are more."""
    found = list(model.objects.values_list("pk", flat=True)[:2])
    if len(found) == 1:
        return reverse(f"admin:{name}_change", args=found) + tab
    return reverse(f"admin:{name}_changelist")
