"""Direct messages through the real PDS: in and out, and never twice where nobody can tell."""

import uuid
from datetime import UTC, datetime

import pytest

from delivery.connectors.base import Author, Failure, File, Outbound, Post, Removal, SendError, Visibility
from tests.networks.bluesky.pictures import png


def private(customer, text="Your order is on its way.", **fields):
    given = {"key": str(uuid.uuid4()), "created_at": datetime.now(UTC), **fields}
    return Outbound(visibility=Visibility.PRIVATE, recipient=Author(customer.did), text=text, **given)


def said(chat, brand, customer):
    """All that stands in the conversation, as the customer sees it."""
    convo, convos = customer.chat_with(chat, brand)
    return [each.text for each in reversed(convos.get_messages({"convo_id": convo}).messages)]


def failure_of(brand, message):
    with pytest.raises(SendError) as caught:
        brand.connector().send(message)
    return caught.value


def test_a_message_comes_in(brand, customer, chat):
    told = customer.tell(chat, brand, "order 4711, please 👩‍👩‍👧")

    [got] = brand.hears(Post)

    assert got.visibility == Visibility.PRIVATE
    assert got.text == "order 4711, please 👩‍👩‍👧"
    assert (got.author.external_id, got.author.handle) == (customer.did, f"@{customer.handle}")
    assert got.external_id == f"{got.thread}/{told.id}"
    assert brand.poll() == []


def test_many_messages_come_in_once_each(brand, customer, chat):
    texts, got = [f"number {number}" for number in range(60)], []
    for text in texts:
        customer.tell(chat, brand, text)
        if text.endswith("5"):
            got += brand.poll(Post)
    got += brand.poll(Post)

    assert [post.text for post in got] == texts


def test_what_was_said_just_before_the_first_look_comes_in(brand, customer, chat):
    customer.tell(chat, brand, "anybody there?")
    brand.position = {}

    assert [post.text for post in brand.poll(Post)] == ["anybody there?"]
    assert brand.poll() == []


def test_an_answer_arrives(brand, customer, chat):
    customer.tell(chat, brand, "where is it?")
    brand.hears(Post)

    sent = brand.connector().send(private(customer))

    assert sent.published
    assert said(chat, brand, customer) == ["where is it?", "Your order is on its way."]
    assert brand.poll() == []


def test_a_private_answer_opens_a_conversation(brand, customer, chat):
    brand.connector().send(private(customer, f"Hello @{customer.handle}"))

    assert said(chat, brand, customer) == [f"Hello @{customer.handle}"]
    [[message]] = [chat.messages[convo] for convo in chat.messages if customer.did[-8:] in convo]
    assert message["facets"][0]["features"][0]["did"] == customer.did


def test_a_request_is_accepted_by_answering(brand, customer, chat):
    customer.tell(chat, brand, "may I?")
    chat.status = "request"

    brand.connector().send(private(customer, "Of course."))

    assert any(did == brand.did for did, _ in chat.accepted)
    assert said(chat, brand, customer) == ["may I?", "Of course."]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("BlockedActor", "RecipientOptedOut"),
        ("MessagesDisabled", "RecipientOptedOut"),
        ("NotFollowedBySender", "MessageNotAllowed"),
        ("RecipientNotFound", "InvalidDestination"),
    ],
)
def test_who_takes_no_messages_cannot_be_reached(brand, customer, chat, name, reason):
    chat.closed[customer.did] = name

    error = failure_of(brand, private(customer))

    assert (error.failure, error.reason) == (Failure.RECIPIENT, reason)


def test_files_do_not_go_out_in_private(brand, customer):
    error = failure_of(brand, private(customer, "", file=File("a.png", "image/png", png())))

    assert (error.failure, error.reason) == (Failure.REJECTED, "MediaTypeNotAllowed")


def test_more_than_ten_thousand_bytes_are_refused(brand, customer):
    assert failure_of(brand, private(customer, "é" * 5001)).failure == Failure.REJECTED


@pytest.mark.parametrize("weather", ["lost", "cut"])
def test_what_was_stored_in_spite_of_the_error_is_sent(brand, customer, chat, weather):
    """The service says 502, or nothing at all, but our message stands in the conversation."""
    chat.weather = weather

    assert brand.connector().send(private(customer)).published
    assert len(said(chat, brand, customer)) == 1


def test_what_was_refused_may_be_tried_again(brand, customer, chat):
    chat.weather = "refused"
    message = private(customer)

    assert failure_of(brand, message).failure == Failure.SERVER
    brand.connector().send(message)
    assert len(said(chat, brand, customer)) == 1


def test_what_may_still_arrive_is_not_certain(brand, customer, chat):
    chat.weather = "late"

    assert failure_of(brand, private(customer)).failure == Failure.UNCERTAIN
    assert not brand.connector().idempotent_for(Visibility.PRIVATE)


def test_a_line_cut_after_the_request_is_looked_into(brand, customer, chat, cutting):
    connector = brand.connector(service=cutting.url)
    connector.check()
    cutting.cut = b"chat.bsky.convo.sendMessage"

    assert connector.send(private(customer)).published

    assert cutting.swallowed == 1
    assert len(said(chat, brand, customer)) == 1


def test_a_line_that_stays_cut_is_not_certain(brand, customer, chat, cutting, monkeypatch):
    connector = brand.connector(service=cutting.url)
    connector.check()
    cutting.cut = b"chat.bsky.convo.sendMessage"
    get = connector.api.get

    def down(method, **params):
        if method.endswith("getMessages"):
            raise SendError(Failure.NETWORK)
        return get(method, **params)

    monkeypatch.setattr(connector.api, "get", down)
    with pytest.raises(SendError) as caught:
        connector.send(private(customer))

    assert caught.value.failure == Failure.UNCERTAIN


def test_a_second_try_finds_what_the_first_brought(brand, customer, chat):
    message = private(customer)
    first = brand.connector().send(message)
    again = private(customer, key=message.key, created_at=message.created_at, attempt=2)

    assert brand.connector().send(again).external_id == first.external_id
    assert len(said(chat, brand, customer)) == 1


def test_the_same_words_again_are_a_new_message(brand, customer, chat):
    for _ in range(2):
        brand.connector().send(private(customer, "ok"))

    assert said(chat, brand, customer) == ["ok", "ok"]


def test_a_deleted_message_is_told(brand, customer, chat):
    told = customer.tell(chat, brand, "oops")
    [got] = brand.hears(Post)
    convo, convos = customer.chat_with(chat, brand)
    convos.delete_message_for_self({"convo_id": convo, "message_id": told.id})

    assert [gone.external_id for gone in brand.hears(Removal)] == [got.external_id]


def test_without_its_chat_service_the_public_side_goes_on(brand, customer):
    brand.chat_did = "did:web:localhost%3A24598"
    customer.mention(brand, "hello")

    assert len(brand.hears(Post)) == 1
