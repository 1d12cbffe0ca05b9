"""What a message costs on its way out, and its receipt on its way in: as many statements, however much there is."""

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.permissions import ACCEPT, REPLY_PRIVATE
from delivery.connectors.open_webhook import signature
from delivery.models import Delivery, InboundPayload
from delivery.outbox import deliver
from delivery.replying import reply
from interactions.models import Inbox, Interaction, Message, Offer
from interactions.offers import accept
from socialcare import postgresql
from tests.factories import MessageFactory, grant
from tests.line import answers, listening
from tests.scene import connected, on_queue, waiting

pytestmark = pytest.mark.django_db
SECRET = "a-secret-that-signs"
PRESSED, SENT, TOLD = 13, 9, 8
"""At most, BEGIN and COMMIT among them: a press of Send, the worker's part, a receipt."""
NEW, FOLLOW_UP, PAGE = 14, 10, 15
"""The same: a message of a new customer, offered to somebody; one of a known customer; the page of a conversation."""
TRIPS_OF_NEW, TRIPS_OF_FOLLOW_UP, TRIPS_OF_REPEAT, TRIPS_OF_PRESS = 4, 4, 3, 3
"""How often PostgreSQL is asked and waited for, by the same messages, by one that comes again, by a press of Send."""


@pytest.fixture
def channel(alice: Any, webhook: Inbox, settings: Any) -> Any:
    """An open webhook whose other side takes everything."""
    settings.ALLOW_PRIVATE_WEBHOOKS = True
    grant(alice, REPLY_PRIVATE, on=webhook)
    with listening(answers(200)) as line:
        webhook.settings, webhook.secrets = {"webhook_url": line.url}, {"signing_secret": SECRET}
        webhook.save()
        yield webhook


@pytest.fixture(params=["little", "much"])
def interaction(request: Any, alice: Any, channel: Inbox) -> Interaction:
    interaction = connected(alice, channel)
    if request.param == "much":
        for _ in range(5):
            send(alice, connected(alice, channel))
        for _ in range(5):
            waiting(channel)
            MessageFactory(interaction=interaction)
            send(alice, interaction)
    return interaction


def send(agent: Any, interaction: Interaction) -> Message:
    [message] = reply(agent, interaction.pk, visibility="private", text="Hello", key=uuid.uuid4())
    assert deliver(message.deliveries.get().pk)
    return message


def test_a_message_goes_out_in_few_statements(
    interaction: Interaction, alice: Any, client: Client, django_assert_max_num_queries: Any
) -> None:
    client.force_login(alice)
    form = {"visibility": "private", "text": "Hello", "key": str(uuid.uuid4())}
    with django_assert_max_num_queries(PRESSED):
        answer = client.post(f"/panel/i/{interaction.pk}/reply/", form, headers={"Accept": "application/json"})
    assert answer.status_code == 200
    pk = Delivery.objects.latest("pk").pk
    with django_assert_max_num_queries(SENT):
        assert deliver(pk)
    assert Message.objects.latest("created_at").status == "sent"


def test_a_receipt_comes_in_with_few_statements(
    interaction: Interaction, alice: Any, channel: Inbox, client: Client, django_assert_max_num_queries: Any
) -> None:
    message = send(alice, interaction)
    said = {"id": str(message.pk), "status": "Read", "channel": {"time": timezone.now().isoformat()}}
    body = json.dumps(said).encode()
    headers = {"X-Hub-Signature-256": signature(body, SECRET)}
    with django_assert_max_num_queries(TOLD):
        answer = client.post(f"/hooks/{channel.pk}/", body, content_type="application/json", headers=headers)
    assert answer.status_code < 300
    message.refresh_from_db()
    assert message.status == "read"


def test_a_wake_up_that_comes_twice_costs_one_round_trip(
    interaction: Interaction, alice: Any, django_assert_num_queries: Any
) -> None:
    message = send(alice, interaction)
    pk = message.deliveries.get().pk
    with django_assert_num_queries(2):  # the claim, and why there is none: asked together
        assert not deliver(pk)


def said(channel: Inbox, customer: str) -> dict[str, Any]:
    """A signed webhook with one private message, as the test's client posts it."""
    sender = {"id": customer, "nickname": customer, "firstName": "Ada", "lastName": "Byron"}
    told = {"type": "Private", "messageId": uuid.uuid4().hex, "from": sender, "time": timezone.now().isoformat()}
    body = json.dumps({"type": "Text", "direction": "Inbound", "text": "Hello", "channel": told}).encode()
    headers = {"X-Hub-Signature-256": signature(body, SECRET)}
    return {"path": f"/hooks/{channel.pk}/", "data": body, "content_type": "application/json", "headers": headers}


def test_a_message_comes_in_and_is_offered_with_few_statements(
    interaction: Interaction, bob: Any, channel: Inbox, client: Client, django_assert_max_num_queries: Any
) -> None:
    Interaction.objects.filter(state="waiting").update(state="ended", ended_at=timezone.now())
    grant(bob, ACCEPT, on=channel.queue)
    on_queue(bob)
    with django_assert_max_num_queries(NEW):
        assert client.post(**said(channel, "dana")).status_code == 200
    accept(bob, Offer.objects.latest("made_at").pk)
    with django_assert_max_num_queries(FOLLOW_UP):
        assert client.post(**said(channel, "dana")).status_code == 200


@pytest.fixture
def trips(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What was put to PostgreSQL, each time that it was waited for."""
    trips: list[str] = []
    hear, commit = postgresql._heard, connection._commit

    def counted(line: Any, spoken: Any, *more: Any, **how: Any) -> Any:
        trips.append(", ".join(prepared.text.decode() for prepared, _values in spoken))
        return hear(line, spoken, *more, **how)

    def said(execute: Any, text: Any, *more: Any) -> Any:
        trips.append(str(text))
        return execute(text, *more)

    def committed() -> None:
        if connection.connection.info.transaction_status:
            trips.append("COMMIT")
        commit()

    monkeypatch.setattr(postgresql, "_heard", counted)
    monkeypatch.setattr(connection, "_commit", committed)
    with connection.execute_wrapper(said):
        yield trips


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_message_comes_in_and_is_offered_in_few_round_trips(
    alice: Any, channel: Inbox, client: Client, trips: list[str]
) -> None:
    def cost(message: dict[str, Any]) -> int:
        trips.clear()
        assert client.post(**message).status_code == 200
        return len(trips)

    on_queue(alice)
    first = said(channel, "dana")
    cost(said(channel, "cleo"))  # it finds the content types, and nobody who is free any more
    for state in ("waiting", "alerting"):
        assert cost(said(channel, state)) == TRIPS_OF_NEW, trips
        assert Interaction.objects.latest("queued_at").state == state
        assert cost(said(channel, state)) == TRIPS_OF_FOLLOW_UP + (state == "alerting"), trips
        Interaction.objects.filter(state="waiting").update(state="ended", ended_at=timezone.now())
        alice.status.__class__.objects.update(load=0)
    accept(alice, Offer.objects.latest("made_at").pk)
    assert cost(first) == TRIPS_OF_NEW
    assert cost(first) == TRIPS_OF_REPEAT, trips
    assert cost(said(channel, "alerting")) == TRIPS_OF_FOLLOW_UP, trips
    assert InboundPayload.objects.filter(state="processed").count() == InboundPayload.objects.count() == 8


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_press_of_send_takes_few_round_trips(alice: Any, channel: Inbox, client: Client, trips: list[str]) -> None:
    interaction = connected(alice, channel)
    client.force_login(alice)
    for costs in (None, TRIPS_OF_PRESS):  # the first one finds out what is known of whom
        trips.clear()
        form = {"visibility": "private", "text": "Hello", "key": str(uuid.uuid4())}
        answer = client.post(f"/panel/i/{interaction.pk}/reply/", form, headers={"Accept": "application/json"})
        assert answer.status_code == 200
        assert costs is None or len(trips) == costs, trips
    assert Delivery.objects.filter(message__text="Hello").count() == 2


def test_the_page_of_a_conversation_takes_few_statements(
    interaction: Interaction, alice: Any, client: Client, django_assert_max_num_queries: Any
) -> None:
    client.force_login(alice)
    with django_assert_max_num_queries(PAGE):
        assert client.get(f"/panel/i/{interaction.pk}/").status_code == 200
