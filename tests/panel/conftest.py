"""Somebody at the panel, and something to do there."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from interactions.models import Handling, Inbox, Interaction
from queues.models import WrapUpCode
from tests.factories import InteractionFactory, MessageFactory, WrapUpCodeFactory, on_queue


def signed_in(user: User) -> Client:
    """A browser in which `user` has signed in."""
    client = Client()
    client.force_login(user)
    return client


def connected(user: User, inbox: Inbox, **facts: Any) -> Interaction:
    """An interaction that `user` works on, with one public post of the customer."""
    interaction = InteractionFactory(inbox=inbox, owner=user, **facts)
    Handling.objects.create(interaction=interaction, agent=user, queue=interaction.queue)
    MessageFactory(interaction=interaction)
    return interaction


@pytest.fixture
def at_alice(alice: User) -> Client:
    """Alice's browser; she is on queue."""
    on_queue(alice, capacity=5)
    return signed_in(alice)


@pytest.fixture
def at_bob(bob: User) -> Client:
    on_queue(bob, capacity=5)
    return signed_in(bob)


@pytest.fixture
def at_sam(sam: User) -> Client:
    return signed_in(sam)


@pytest.fixture
def at_charlie(charlie: User) -> Client:
    return signed_in(charlie)


@pytest.fixture
def work(alice: User, inbox: Inbox, at_alice: Client) -> Interaction:
    """What Alice works on."""
    interaction = connected(alice, inbox)
    alice.status.refresh_from_db()
    type(alice.status).objects.filter(user=alice).update(load=1)
    return interaction


@pytest.fixture
def code(work: Interaction) -> WrapUpCode:
    """A wrap-up code of the queue."""
    made: WrapUpCode = WrapUpCodeFactory()
    made.queues.add(work.queue)
    return made


@pytest.fixture(autouse=True)
def _no_throttle() -> Iterator[None]:
    """Every test begins without attempts to sign in."""
    from django.core.cache import cache

    cache.clear()
    yield
    cache.clear()
