"""Losing a right takes effect at once: screens are told, offers are taken back."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import transaction

from accounts import permissions as may
from accounts.models import User
from accounts.roles import AGENT, grant, group_of, revoke
from interactions.models import Inbox, Offer, OfferState, State
from interactions.routing import route
from queues.models import AgentStatus, Queue, QueueMember
from socialcare import events
from tests.factories import AGENTS_QUEUE, InteractionFactory, on_queue


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The groups of screens that were told something."""
    groups: list[str] = []
    monkeypatch.setattr(events, "_send", lambda group, message: groups.append(group))
    return groups


def by_role(user: User, queue: Queue) -> None:
    user.groups.add(group_of(AGENT))
    grant(AGENT, may.ACCEPT, on=queue)


CHANGES: dict[str, Callable[[User, Queue, Inbox], Any]] = {
    "a role is taken from a person": lambda user, queue, inbox: user.groups.clear(),
    "a person is put out of a role": lambda user, queue, inbox: group_of(AGENT).user_set.remove(user),
    "a role loses a right": lambda user, queue, inbox: revoke(AGENT, may.GO_ON_QUEUE),
    "a role loses a right on a queue": lambda user, queue, inbox: revoke(AGENT, may.ACCEPT, on=queue),
    "a person is given a right": lambda user, queue, inbox: grant(user, may.VIEW),
    "a person loses a right on a channel": lambda user, queue, inbox: revoke(user, may.REPLY_PUBLIC, on=inbox),
    "a person is shut out": lambda user, queue, inbox: shut_out(user),
    "a member goes": lambda user, queue, inbox: QueueMember.objects.get(user=user).delete(),
    "a role goes": lambda user, queue, inbox: Group.objects.get(name="Agent").delete(),
}


def shut_out(user: User) -> None:
    user.is_active = False
    user.save()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("what", CHANGES)
def test_every_change_of_rights_is_announced(
    what: str, alice: User, queue: Queue, inbox: Inbox, told: list[str]
) -> None:
    by_role(alice, queue)
    told.clear()
    with transaction.atomic():
        CHANGES[what](alice, queue, inbox)
    assert told.count(events.EVERYONE) == 1


@pytest.mark.django_db(transaction=True)
def test_what_is_no_right_disturbs_nobody(alice: User, queue: Queue, told: list[str]) -> None:
    told.clear()
    with transaction.atomic():
        alice.language = "fr"
        alice.save(update_fields=["language"])
        queue.save()
    assert events.EVERYONE not in told


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("lost", ["the right on the queue", "the account"])
def test_a_live_offer_goes_with_the_right(
    lost: str, alice: User, queue: Queue, inbox: Inbox, tasks_at_once: None
) -> None:
    interaction = InteractionFactory(inbox=inbox)
    on_queue(alice)
    route(queue.pk)
    offer = Offer.objects.get(interaction=interaction, state=OfferState.OPEN)
    if lost == "the account":
        shut_out(alice)
    else:
        revoke(alice, *AGENTS_QUEUE, on=queue)
    offer.refresh_from_db()
    interaction.refresh_from_db()
    assert (offer.state, interaction.state) == (OfferState.WITHDRAWN, State.WAITING)
    assert AgentStatus.objects.get(user=alice).load == 0
