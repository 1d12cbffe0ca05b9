"""What comes in: stored, processed, put aside where it cannot be, and nothing held up."""

from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from delivery import receiving
from delivery.connectors.base import (
    BadPayload,
    BadSignature,
    Edit,
    Failure,
    Inbound,
    Media,
    Post,
    Receipt,
    ReceiptKind,
    Removal,
    SendError,
)
from delivery.models import InboundPayload, MediaFetch, PayloadState, Position
from delivery.polling import due_inboxes, poll
from delivery.receiving import Undigested, accept_payload, process_again, process_stored, receive
from interactions.models import Interaction, Message, Offer
from socialcare.errors import InvalidTransition
from tests.factories import on_queue
from tests.network import PICTURE, FakeConnector, Network, post
from tests.scene import load

pytestmark = pytest.mark.django_db


@pytest.fixture
def poison(monkeypatch):
    """Whatever says “poison” cannot be taken."""
    take = receiving.receive_post

    def take_unless_poison(inbox, item, **how):
        if item.text == "poison":
            raise ValueError("poison")
        return take(inbox, item, **how)

    monkeypatch.setattr(receiving, "receive_post", take_unless_poison)
    return lambda: monkeypatch.setattr(receiving, "receive_post", take)


def texts() -> list[str]:
    return list(Message.objects.order_by("created_at").values_list("text", flat=True))


def waited(**time: float) -> None:
    InboundPayload.objects.update(received_at=timezone.now() - timedelta(**time))


def test_a_payload_is_kept_byte_for_byte_and_processed(inbox, network: Network) -> None:
    network.inbound = [post("Hi")]
    payload = accept_payload(inbox, b'{"a": "\x80"}', {"content-type": "application/json", "cookie": "secret"})
    payload.refresh_from_db()
    assert (bytes(payload.body), payload.headers, payload.state) == (
        b'{"a": "\x80"}',
        {"content-type": "application/json"},
        PayloadState.PROCESSED,
    )
    assert texts() == ["Hi"]


def test_a_repeated_payload_changes_nothing(inbox, network: Network) -> None:
    network.inbound = [post("Hi")]
    accept_payload(inbox, b"{}", {})
    accept_payload(inbox, b"{}", {})
    assert texts() == ["Hi"]
    assert not InboundPayload.objects.exclude(state=PayloadState.PROCESSED).exists()


PICTURE_THERE = Media("https://n.example/a", name="a.png", alt="A")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "items",
    [
        [post("Hi")],
        [post("Hi", author="known")],
        [post("Hi", author="the-brand")],
        [post("Look", media=[PICTURE])],
        [post("Look", media=[PICTURE_THERE]), post("And there", media=[PICTURE_THERE])],
        [post("Look", media=[PICTURE_THERE])],
        [post("Look", author="known", media=[PICTURE_THERE, PICTURE_THERE])],
        [post("Hi"), post("Hello", author="known")],
        [Edit("first", "Hello", timezone.now())],
        [Removal("first", timezone.now())],
        [Receipt("unheard-of", ReceiptKind.READ, timezone.now())],
        [],
    ],
)
@pytest.mark.parametrize("on_duty", [True, False])
def test_what_comes_in_is_committed_as_one_with_its_payload(
    items: list[Inbound], *, on_duty: bool, alice, inbox, network: Network, caplog
) -> None:
    caplog.set_level("INFO", logger="delivery.receiving")
    inbox.account_id = "the-brand"
    receive(inbox, [post("First", external_id="first", author="known")])
    Interaction.objects.update(state="ended", ended_at=timezone.now() - timedelta(days=9))
    on_queue(alice, capacity=5 if on_duty else 0)
    network.inbound = items
    payloads = [accept_payload(inbox, b"{}", {}), accept_payload(inbox, b"{}", {})]
    assert {payload.pk for payload in payloads} == set(InboundPayload.objects.values_list("pk", flat=True))
    assert not InboundPayload.objects.exclude(state=PayloadState.PROCESSED).exists()
    assert "one by one" not in caplog.text
    new = [item for item in items if isinstance(item, Post) and item.author.external_id != "the-brand"]
    assert texts()[1:] == [item.text for item in new]
    assert MediaFetch.objects.count() == sum(bool(media.url) for item in new for media in item.media)
    alone = on_duty and len(items) == 1 and PICTURE not in [media for item in new for media in item.media]
    assert Offer.objects.count() == load(alice) == (len(new) if alone else 0)


def test_a_wrong_signature_leaves_nothing(inbox, network: Network, monkeypatch) -> None:
    def refuse(*_args: object) -> None:
        raise BadSignature

    monkeypatch.setattr(FakeConnector, "parse", refuse)
    with pytest.raises(BadSignature):
        accept_payload(inbox, b"{}", {})
    assert not InboundPayload.objects.exists()


def test_what_is_malformed_is_put_aside_and_refused(inbox, network: Network) -> None:
    with pytest.raises(BadPayload):
        accept_payload(inbox, b"malformed", {})
    payload = InboundPayload.objects.get()
    assert (payload.state, bytes(payload.body), payload.error) == (PayloadState.QUARANTINED, b"malformed", "malformed")


def test_poison_holds_up_nothing_that_came_with_it(inbox, network: Network, poison) -> None:
    network.inbound = [post("one"), post("poison"), post("two")]
    payload = accept_payload(inbox, b"{}", {})
    assert texts() == ["one", "two"]
    payload.refresh_from_db()
    assert (payload.state, payload.attempts) == (PayloadState.STORED, 1)
    assert "poison" in payload.error


def test_poison_ends_in_quarantine_after_five_tries_ever_further_apart(inbox, network: Network, poison) -> None:
    network.inbound = [post("poison"), post("good")]
    payload = accept_payload(inbox, b"{}", {})
    for seconds in (10, 20, 40, 80):
        waited(seconds=seconds - 2)
        assert process_stored() == 0
        waited(seconds=seconds + 1)
        assert process_stored() == 1
    payload.refresh_from_db()
    assert (payload.state, payload.attempts) == (PayloadState.QUARANTINED, 5)
    waited(hours=9)
    assert process_stored() == 0
    assert texts() == ["good"]


def test_what_was_put_aside_can_be_tried_again(inbox, network: Network, poison) -> None:
    network.inbound = [post("poison")]
    payload = accept_payload(inbox, b"{}", {})
    with pytest.raises(InvalidTransition):
        process_again(payload)
    InboundPayload.objects.update(state=PayloadState.QUARANTINED)
    poison()
    process_again(InboundPayload.objects.get())
    payload.refresh_from_db()
    assert (payload.state, payload.error) == (PayloadState.PROCESSED, "")
    assert texts() == ["poison"]


def test_what_a_dead_process_left_is_processed_by_the_clock(inbox, network: Network) -> None:
    network.inbound = [post("Hi")]
    InboundPayload.objects.create(inbox=inbox, body=b"{}")
    assert process_stored() == 0  # somebody may be at it
    waited(seconds=6)
    assert process_stored() == 1
    assert texts() == ["Hi"]


def test_two_who_process_one_payload_do_no_harm(inbox, network: Network) -> None:
    network.inbound = [post("Hi")]
    payload = InboundPayload.objects.create(inbox=inbox, body=b"{}")
    twin = InboundPayload.objects.get()
    receiving.process(payload)
    receiving.process(twin)
    assert InboundPayload.objects.get().state == PayloadState.PROCESSED
    assert InboundPayload.objects.get().attempts == 0
    assert texts() == ["Hi"]


def test_duplicates_shuffled_with_poison_among_them(inbox, network: Network, poison) -> None:
    import random

    chance = random.Random(3)
    posts = [post(f"{n}", author=f"c{n % 7}") for n in range(30)]
    stream = [*posts, *chance.sample(posts, 10), *(post("poison") for _ in range(3))]
    chance.shuffle(stream)
    with pytest.raises(Undigested) as error:
        receive(inbox, stream)
    assert len(error.value.failed) == 3
    assert sorted(texts(), key=int) == [str(n) for n in range(30)]
    assert Interaction.objects.count() == 7


# --- Polling --------------------------------------------------------------------------------------------------------


def test_polling_stores_and_moves_on(inbox, network: Network) -> None:
    network.inbound = [post("Hi")]
    assert due_inboxes() == [inbox]
    assert poll(inbox) == 1
    position = Position.objects.get()
    assert (position.value, position.lease_until, position.failures) == ({"asked": 1}, None, 0)
    assert due_inboxes() == []
    assert texts() == ["Hi"]


def test_two_never_ask_at_once(inbox, network: Network) -> None:
    Position.objects.create(inbox=inbox, lease_until=timezone.now() + timedelta(seconds=30))
    network.inbound = [post("Hi")]
    assert (poll(inbox), texts()) == (0, [])
    Position.objects.update(lease_until=timezone.now())
    assert poll(inbox) == 1


def test_poison_in_a_poll_is_put_aside_and_the_next_is_read(inbox, network: Network, poison) -> None:
    network.inbound = [post("one"), post("poison"), post("two")]
    poll(inbox)
    assert texts() == ["one", "two"]
    [aside] = InboundPayload.objects.all()
    assert (aside.state, b"poison" in bytes(aside.body)) == (PayloadState.QUARANTINED, True)
    assert Position.objects.get().value == {"asked": 1}


def test_a_database_that_is_away_is_no_poison(inbox, network: Network, monkeypatch) -> None:
    def away(*_args: object, **_how: object) -> None:
        raise OperationalError("away")

    monkeypatch.setattr(receiving, "receive_post", away)
    network.inbound = [post("one")]
    with pytest.raises(Undigested):
        poll(inbox)
    assert Position.objects.get().value == {}
    assert not InboundPayload.objects.exists()


def test_a_platform_that_does_not_answer_is_asked_ever_less_often(inbox, network: Network, monkeypatch) -> None:
    def out_of_order(*_args: object) -> None:
        raise SendError(Failure.SERVER)

    monkeypatch.setattr(FakeConnector, "poll", out_of_order)
    waits = []
    for _ in range(4):
        Position.objects.update(due_at=timezone.now())
        assert poll(inbox) == 0
        waits.append((Position.objects.get().due_at - timezone.now()).total_seconds())
    assert waits == sorted(waits)
    assert Position.objects.get().failures == 4


def test_a_refused_account_is_told_and_not_asked_again(inbox, network: Network, monkeypatch) -> None:
    def refused(*_args: object) -> None:
        raise SendError(Failure.ACCOUNT, detail="password changed")

    monkeypatch.setattr(FakeConnector, "poll", refused)
    poll(inbox)
    inbox.refresh_from_db()
    assert inbox.trouble == "password changed"
    Position.objects.update(due_at=timezone.now())
    assert due_inboxes() == []


# --- Files that must be fetched -------------------------------------------------------------------------------------


def test_a_file_is_fetched_once(inbox, network: Network, monkeypatch) -> None:
    from delivery.media import fetch_due, fetch_one
    from tests.network import PNG

    fetched: list[str] = []

    def fetch(_self: object, url: str) -> bytes:
        fetched.append(url)
        return PNG

    monkeypatch.setattr(FakeConnector, "fetch", fetch, raising=False)
    [message] = receive(inbox, [post(media=[Media("https://n.example/a", name="a.png", alt="A")])])
    [wanted] = MediaFetch.objects.all()
    fetch_due()
    fetch_one(wanted.pk)
    assert fetched == ["https://n.example/a"]
    assert message.attachments.get().content_type == "image/png"
    assert not MediaFetch.objects.exists()
