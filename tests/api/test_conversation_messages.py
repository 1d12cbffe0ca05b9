"""Messages over the API: reading them, replying in private and in public, typing."""

import uuid
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.permissions import REPLY_PUBLIC
from delivery.models import Delivery
from interactions import attachments, handling
from interactions.models import Attachment, Interaction, Message
from tests.api.conftest import Api
from tests.api.sdk import read_as
from tests.factories import MessageFactory, on_queue
from tests.scene import connected


@pytest.fixture
def work(alice: User, inbox: Any) -> Interaction:
    return connected(alice, inbox)


def at(interaction: Interaction, ending: str) -> str:
    part = interaction.handlings.get(ended_at__isnull=True).pk
    return f"conversations/messages/{interaction.pk}/communications/{part}/{ending}"


def attach(interaction: Interaction, **facts: Any) -> Attachment:
    return attachments.store(interaction, b"GIF89a", attachments.Kind("image/gif", "gif", 1, 1), "a.gif", **facts)


# ------------------------------------------------------------------ replying


def test_a_private_reply(as_alice: Api, alice: User, work: Interaction) -> None:
    told = as_alice.of("post", at(work, "messages"), {"textBody": "Hello", "messagingTemplate": None})
    read = read_as("MessageData", told)
    assert (read.direction, read.status, read.created_by.id) == ("outbound", "queued", str(alice.pk))
    normalized = read.normalized_message
    assert (normalized.text, normalized.channel.type, normalized.direction) == ("Hello", "Private", "Outbound")
    message = Message.objects.get(pk=told["id"])
    assert (message.visibility, message.text, message.agent) == ("private", "Hello", alice)
    assert Delivery.objects.get().message == message


def test_a_public_reply_to_a_chosen_post(as_alice: Api, work: Interaction) -> None:
    first = work.messages.get()
    MessageFactory(interaction=work)
    body = {"textBody": "In public", "inReplyToMessageId": str(first.pk)}
    told = as_alice.of("post", at(work, "socialmedia/messages"), body)
    read = read_as("SocialMediaMessageData", told)
    assert read.normalized_message.channel.type == "Public"
    assert read.normalized_message.channel.public_metadata.reply_to_id == first.external_id
    assert Message.objects.get(pk=told["id"]).in_reply_to == first
    wrong = as_alice.refused(400, "post", at(work, "socialmedia/messages"), {**body, "inReplyToMessageId": told["id"]})
    assert wrong["details"][0]["fieldName"] == "inReplyToMessageId"


def test_a_public_reply_is_meant_even_after_a_private_message(as_alice: Api, work: Interaction) -> None:
    Interaction.objects.filter(pk=work.pk).update(customer_visibility="private")
    assert as_alice.of("post", at(work, "socialmedia/messages"), {"textBody": "In public"})["status"] == "queued"


def test_public_needs_the_right(bob: User, inbox: Any) -> None:
    work = connected(bob, inbox)
    refused = Api(bob).refused(403, "post", at(work, "socialmedia/messages"), {"textBody": "In public"})
    assert refused["messageParams"] == {"permission": str(REPLY_PUBLIC)}
    assert refused["code"] == "missing.permission"
    Api(bob).of("post", at(work, "messages"), {"textBody": "In private"})


def test_one_file(as_alice: Api, alice: User, work: Interaction) -> None:
    file = attach(work, uploaded_by=alice)
    told = as_alice.of("post", at(work, "messages"), {"mediaIds": [str(file.pk)]})
    content = read_as("MessageData", told).normalized_message.content[0]
    assert (content.attachment.id, content.attachment.mime) == (str(file.pk), "image/gif")
    again = as_alice.refused(400, "post", at(work, "messages"), {"mediaIds": [str(file.pk)]})
    assert again["details"][0]["fieldName"] == "mediaIds"
    details = as_alice.of("get", f"conversations/messages/{work.pk}")["participants"][-1]["messages"][0]
    assert details["media"][0]["id"] == str(file.pk)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"textBody": " "},
        {"textBody": None, "mediaIds": []},
        {"textBody": "x", "mediaIds": [str(uuid.uuid4())]},
        {"mediaIds": [str(uuid.uuid4()), str(uuid.uuid4())]},
        {"mediaIds": [str(uuid.uuid4())]},
        {"mediaIds": "x"},
        {"textBody": {}},
        {"textBody": "x" * 20_000},
        {"textBody": "a\x00b"},
    ],
)
def test_what_cannot_be_sent(as_alice: Api, work: Interaction, body: Any) -> None:
    as_alice.refused(400, "post", at(work, "messages"), body)
    assert not Delivery.objects.exists()


def test_a_text_that_is_too_long_is_named(as_alice: Api, work: Interaction) -> None:
    wrong = as_alice.refused(400, "post", at(work, "messages"), {"textBody": "x" * 20_000})
    assert (wrong["code"], wrong["details"][0]["fieldName"]) == ("too.long", "textBody")


def test_only_who_has_it_writes(as_alice: Api, bob: User, charlie: User, work: Interaction) -> None:
    path = at(work, "messages")
    Api(bob).refused(403, "post", path, {"textBody": "Hello"})
    Api(charlie).refused(404, "post", path, {"textBody": "Hello"})
    other = f"conversations/messages/{work.pk}/communications/{uuid.uuid4()}/messages"
    as_alice.refused(404, "post", other, {"textBody": "Hello"})
    on_queue(bob)
    handling.end(work.owner, work.pk)  # type: ignore[arg-type]
    assert as_alice.refused(409, "post", path, {"textBody": "Hello"})["code"] == "not.open"


def test_the_same_key_sends_once(as_alice: Api, work: Interaction) -> None:
    path, key = at(work, "messages"), {"Idempotency-Key": "k1"}
    first, again = (as_alice.of("post", path, {"textBody": "Hello"}, **key) for _ in range(2))
    assert first == again
    assert as_alice.refused(409, "post", path, {"textBody": "Other"}, **key)["code"] == "idempotency.key.reused"
    assert Delivery.objects.count() == 1


# ------------------------------------------------------------------ typing


def test_typing(as_alice: Api, bob: User, work: Interaction) -> None:
    path = at(work, "typing")
    as_alice.of("post", path, {"typing": {"type": "On", "duration": 5000}})
    Api(bob).refused(403, "post", path, {"typing": {"type": "On"}})
    for body in ({}, {"typing": {"type": "Off"}}, {"typing": {"type": "On", "duration": -1}}):
        as_alice.refused(400, "post", path, body)


# ------------------------------------------------------------------ reading


def test_what_a_customer_wrote(as_alice: Api, work: Interaction) -> None:
    post = MessageFactory(interaction=work, url="https://x.example/1", thread="root")
    told = as_alice.of("get", f"conversations/messages/{work.pk}/messages/{post.pk}")
    read = read_as("MessageData", told)
    assert (read.direction, read.status, read.provider_message_id) == ("inbound", "received", post.external_id)
    assert (read.from_address, read.conversation_id) == (work.customer.external_id, str(work.pk))
    metadata = read.normalized_message.channel.public_metadata
    assert (metadata.root_id, metadata.url) == ("root", "https://x.example/1")
    assert read.normalized_receipts == []
    assert as_alice.of("get", f"conversations/messages/{post.pk}/details") == told


@pytest.mark.parametrize(
    ("status", "receipts"),
    [
        ("queued", []),
        ("sent", ["Sent"]),
        ("published", ["Sent", "Published"]),
        ("delivery-success", ["Sent", "Delivered"]),
        ("read", ["Sent", "Read"]),
        ("failed", ["Failed"]),
        ("delivery-failed", ["Sent", "Failed"]),
        ("removed", ["Sent", "Removed"]),
    ],
)
def test_receipts(as_alice: Api, alice: User, work: Interaction, status: str, receipts: list[str]) -> None:
    reason = "RateLimited" if "failed" in status else ""
    message = MessageFactory(interaction=work, agent=alice, status=status, reason=reason)
    told = as_alice.of("get", f"conversations/messages/{work.pk}/messages/{message.pk}")
    read = read_as("MessageData", told)
    assert [receipt.status for receipt in read.normalized_receipts] == receipts
    if reason:
        assert read.normalized_receipts[-1].reasons[0].code == "RateLimited"


def test_many_at_once(as_alice: Api, alice: User, charlie: User, work: Interaction, inbox: Any) -> None:
    path = f"conversations/messages/{work.pk}/messages/bulk"
    counts = []
    as_alice.of("post", path, [])
    for many in (2, 20):
        rows = [MessageFactory(interaction=work, agent=alice) for _ in range(many)]
        Attachment.objects.filter(pk=attach(work).pk).update(message=rows[0])
        ids = [str(row.pk) for row in rows] + [str(uuid.uuid4()), str(MessageFactory().pk)]
        with CaptureQueriesContext(connection) as queries:
            told = as_alice.of("post", path, ids)
        counts.append(len(queries))
        assert [each["id"] for each in told["entities"]] == [str(row.pk) for row in rows]
        read_as("TextMessageListing", told)
    assert counts[0] == counts[1]
    Api(charlie).refused(404, "post", path, ids)


@pytest.mark.parametrize("body", [{}, None, "x", ["x"], [None], [str(uuid.UUID(int=n)) for n in range(1001)]])
def test_what_is_no_bulk(as_alice: Api, work: Interaction, body: Any) -> None:
    as_alice.refused(400, "post", f"conversations/messages/{work.pk}/messages/bulk", body)


def test_messages_that_one_may_not_see(as_charlie: Api, work: Interaction) -> None:
    message = work.messages.get()
    as_charlie.refused(404, "get", f"conversations/messages/{work.pk}/messages/{message.pk}")
    as_charlie.refused(404, "get", f"conversations/messages/{message.pk}/details")
