"""Rows for tests: each valid by itself, with what a test does not mention chosen for it."""

from typing import Any

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory
from guardian.shortcuts import assign_perm

from accounts import permissions
from accounts.models import User
from accounts.permissions import REMEMBERED, Permission
from delivery.listening.configuring import save_ingestion_rule
from delivery.listening.models import EscalationRule, IngestionRule, Topic
from interactions.models import (
    CannedLibrary,
    CannedResponse,
    Contact,
    Direction,
    Handle,
    Inbox,
    Interaction,
    Message,
    MessageStatus,
    State,
    Visibility,
)
from queues.models import AgentStatus, Presence, Queue, QueueMember, Skill, WrapUpCode

PASSWORD = "demo"
AGENTS_QUEUE = (permissions.ACCEPT, permissions.VIEW, permissions.PARK, permissions.TRANSFER)


def grant(user: User, *rights: Permission, on: Any = None) -> User:
    """Give `user` these permissions, on one object or for all; drops what Django remembers of them."""
    for right in rights:
        assign_perm(right.name, user, on)
    for remembered in ("_perm_cache", "_user_perm_cache", "_group_perm_cache", REMEMBERED):
        user.__dict__.pop(remembered, None)
    return user


def agent_of(user: User, queue: Queue, *inboxes: Inbox, public: bool = True) -> User:
    """Make `user` an agent of `queue`, who may reply through `inboxes`, in public or only in private."""
    QueueMemberFactory(user=user, queue=queue)
    grant(user, permissions.GO_ON_QUEUE)
    grant(user, *AGENTS_QUEUE, on=queue)
    for inbox in inboxes:
        grant(user, permissions.REPLY_PRIVATE, *([permissions.REPLY_PUBLIC] if public else []), on=inbox)
    return user


def on_queue(user: User, *, capacity: int = 1, **facts: Any) -> AgentStatus:
    """Put `user` on queue, seen just now, without going through the use case."""
    now = timezone.now()
    facts = {"presence": Presence.ON_QUEUE, "missed": "", "last_seen": now, "idle_since": now, **facts}
    return AgentStatus.objects.update_or_create(user=user, defaults={"capacity": capacity, **facts})[0]


class UserFactory(DjangoModelFactory[User]):
    class Meta:
        model = User

    username = factory.Sequence("person{}".format)
    first_name = factory.LazyAttribute(lambda user: user.username.capitalize())
    email = factory.LazyAttribute(lambda user: f"{user.username}@example.org")

    @classmethod
    def _create(cls, model_class: type[User], *args: Any, password: str = PASSWORD, **fields: Any) -> User:
        return User.objects.create_user(*args, password=password, **fields)


class QueueFactory(DjangoModelFactory[Queue]):
    class Meta:
        model = Queue

    name = factory.Sequence("Queue {}".format)


class QueueMemberFactory(DjangoModelFactory[QueueMember]):
    class Meta:
        model = QueueMember
        django_get_or_create = ("queue", "user")

    queue = factory.SubFactory(QueueFactory)
    user = factory.SubFactory(UserFactory)


class SkillFactory(DjangoModelFactory[Skill]):
    class Meta:
        model = Skill

    name = factory.Sequence("Skill {}".format)


class WrapUpCodeFactory(DjangoModelFactory[WrapUpCode]):
    class Meta:
        model = WrapUpCode

    name = factory.Sequence("Code {}".format)


class InboxFactory(DjangoModelFactory[Inbox]):
    class Meta:
        model = Inbox

    name = factory.Sequence("Channel {}".format)
    kind = "practice"
    account_id = factory.Sequence("brand-{}".format)
    account_handle = factory.Sequence("@brand{}".format)
    queue = factory.SubFactory(QueueFactory)


class ContactFactory(DjangoModelFactory[Contact]):
    class Meta:
        model = Contact

    name = factory.Sequence("Customer {}".format)


class HandleFactory(DjangoModelFactory[Handle]):
    class Meta:
        model = Handle

    contact = factory.SubFactory(ContactFactory)
    network = "practice"
    external_id = factory.Sequence("customer-{}".format)
    handle = factory.Sequence("@customer{}".format)
    name = factory.SelfAttribute("contact.name")


class InteractionFactory(DjangoModelFactory[Interaction]):
    """Waiting in the queue of its inbox; `owner=` makes it connected to them."""

    class Meta:
        model = Interaction

    inbox = factory.SubFactory(InboxFactory)
    queue = factory.SelfAttribute("inbox.queue")
    customer = factory.LazyAttribute(lambda new: HandleFactory(network=new.inbox.network))
    owner = None
    state = factory.LazyAttribute(lambda new: State.CONNECTED if new.owner else State.WAITING)
    customer_visibility = Visibility.PUBLIC


class MessageFactory(DjangoModelFactory[Message]):
    """A public post of the customer; `agent=` makes it a reply that has been published."""

    class Meta:
        model = Message

    interaction = factory.SubFactory(InteractionFactory)
    inbox = factory.SelfAttribute("interaction.inbox")
    agent = None
    direction = factory.LazyAttribute(lambda new: Direction.OUTBOUND if new.agent else Direction.INBOUND)
    author = factory.LazyAttribute(lambda new: None if new.agent else new.interaction.customer)
    visibility = Visibility.PUBLIC
    text = factory.Sequence("Where is my parcel {}?".format)
    external_id = factory.Sequence("post-{}".format)
    status = factory.LazyAttribute(lambda new: MessageStatus.PUBLISHED if new.agent else MessageStatus.RECEIVED)


class CannedLibraryFactory(DjangoModelFactory[CannedLibrary]):
    class Meta:
        model = CannedLibrary

    name = factory.Sequence("Library {}".format)


class CannedResponseFactory(DjangoModelFactory[CannedResponse]):
    class Meta:
        model = CannedResponse

    library = factory.SubFactory(CannedLibraryFactory)
    name = factory.Sequence("Response {}".format)
    text = "Hello {{CUSTOMER_NAME}}, {{AGENT_NAME}} here."


class TopicFactory(DjangoModelFactory[Topic]):
    class Meta:
        model = Topic

    name = factory.Sequence("Topic {}".format)


class IngestionRuleFactory(DjangoModelFactory[IngestionRule]):
    """An open source of a topic; `inbox=` makes it capture what comes in through a channel of its platform."""

    class Meta:
        model = IngestionRule

    topic = factory.SubFactory(TopicFactory)
    inbox = None
    platform = factory.LazyAttribute(lambda new: new.inbox.kind if new.inbox else "open")
    name = factory.Sequence("Source {}".format)

    @classmethod
    def _create(cls, model_class: type[IngestionRule], *args: Any, **fields: Any) -> IngestionRule:
        return save_ingestion_rule(IngestionRule(*args, **fields))


class EscalationRuleFactory(DjangoModelFactory[EscalationRule]):
    class Meta:
        model = EscalationRule

    name = factory.Sequence("Rule {}".format)
    position = factory.Sequence(int)
