"""Public replies on the real network: in the right place, once, seen or told why not."""

import uuid
from datetime import UTC, datetime

import httpx
import pytest

from delivery.connectors.base import (
    Author,
    Failure,
    File,
    Outbound,
    Post,
    Receipt,
    ReceiptKind,
    SendError,
    Target,
    Visibility,
)
from delivery.connectors.bluesky import posts
from tests.networks.bluesky.people import eventually
from tests.networks.bluesky.pictures import noise, png


def answer(post, text="We are on it.", **fields):
    """An outbound public reply to a post that came in."""
    given = {"key": str(uuid.uuid4()), "created_at": datetime.now(UTC), "text": text, **fields}
    return Outbound(
        visibility=Visibility.PUBLIC,
        recipient=post.author,
        target=Target(post.external_id, post.thread, post.extra),
        **given,
    )


def stored(brand):
    """All posts in our repository."""
    return brand.person.client.com.atproto.repo.list_records(
        {"repo": brand.did, "collection": "app.bsky.feed.post"}
    ).records


@pytest.fixture
def mention(brand, customer):
    """A mention as it came in."""
    customer.mention(brand, "my zoetrope is broken")
    [post] = brand.hears(Post)
    return post


def failure_of(brand, message, **settings):
    with pytest.raises(SendError) as caught:
        brand.connector(**settings).send(message)
    return caught.value


def test_the_reply_stands_in_the_thread_and_is_told_as_published(brand, customer, mention):
    sent = brand.connector().send(answer(mention))

    assert not sent.published
    seen = eventually(lambda: customer.thread(mention.external_id).replies)
    assert [each.post.uri for each in seen] == [sent.external_id]
    assert sent.url.endswith(sent.external_id.rsplit("/", 1)[1])
    [receipt] = brand.hears(Receipt)
    assert (receipt.external_id, receipt.kind) == (sent.external_id, ReceiptKind.PUBLISHED)
    assert brand.poll(Receipt) == []
    notified = customer.client.app.bsky.notification.list_notifications().notifications
    assert [(each.reason, each.uri) for each in notified] == [("reply", sent.external_id)]


def test_an_answer_deep_in_a_thread_keeps_its_root(brand, customer, mention):
    root = mention.external_id
    first = brand.connector().send(answer(mention, "Which one?"))
    shown = eventually(lambda: customer.thread(root).replies)[0].post
    customer.reply("The red one", customer.thread(root).post, parent=shown)
    [second] = brand.hears(Post)
    assert (second.thread, second.reply_to, second.original.text) == (root, first.external_id, "Which one?")

    sent = brand.connector().send(answer(second, "Thank you."))

    [record] = [each for each in stored(brand) if each.uri == sent.external_id]
    assert (record.value.reply.root.uri, record.value.reply.parent.uri) == (root, second.external_id)


def test_links_mentions_and_tags_are_marked_at_their_bytes(brand, customer, mention):
    text = f"👩‍👩‍👧 é @{customer.handle}, see https://example.test/a_(b)?x=1&y=ü. @nobody.test #hélp #1"
    sent = brand.connector().send(answer(mention, text))

    [post] = eventually(lambda: customer.client.get_posts([sent.external_id]).posts)
    raw = text.encode()
    marked = {
        raw[each.index.byte_start : each.index.byte_end].decode(): each.features[0] for each in post.record.facets
    }
    assert list(marked) == [f"@{customer.handle}", "https://example.test/a_(b)?x=1&y=ü", "#hélp"]
    assert marked[f"@{customer.handle}"].did == customer.did
    assert marked["https://example.test/a_(b)?x=1&y=ü"].uri == "https://example.test/a_(b)?x=1&y=ü"
    assert marked["#hélp"].tag == "hélp"


def test_a_picture_goes_out_with_its_alternative_text(brand, customer, mention):
    picture = File("strip.png", "image/png", png(64, 48), alt="a pink strip")
    sent = brand.connector().send(answer(mention, "", file=picture))

    [post] = eventually(lambda: customer.client.get_posts([sent.external_id]).posts)
    [image] = post.embed.images
    assert (image.alt, image.aspect_ratio.width, image.aspect_ratio.height) == ("a pink strip", 64, 48)
    assert httpx.get(image.fullsize).headers["content-type"].startswith("image/")
    cid = post.record.embed.images[0].image.ref.link
    assert customer.client.com.atproto.sync.get_blob({"did": brand.did, "cid": cid}) == png(64, 48)


def test_a_picture_that_is_too_large_goes_out_smaller(brand, customer, mention):
    large = noise(900, 700)
    assert len(large) > 1_500_000
    sent = brand.connector().send(answer(mention, "", file=File("noise.png", "image/png", large)))

    [post] = eventually(lambda: customer.client.get_posts([sent.external_id]).posts)
    assert post.record.embed.images[0].image.size <= 1_000_000
    assert post.record.embed.images[0].image.mime_type == "image/jpeg"


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        (File("a.pdf", "application/pdf", b"%PDF-1.7"), "MediaTypeNotAllowed"),
        (File("a.png", "image/png", b"\x89PNG\r\n\x1a\nnothing"), "InvalidMediaContentLength"),
    ],
)
def test_what_is_no_picture_is_refused(brand, mention, file, reason):
    error = failure_of(brand, answer(mention, "", file=file))

    assert (error.failure, error.reason) == (Failure.REJECTED, reason)
    assert stored(brand) == []


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("a" * 300, True),
        ("a" * 301, False),
        ("👩‍👩‍👧" * 160, True),
        (("a" + "\u0301" * 4) * 300, True),
        (("a" + "\u0301" * 5) * 300, False),
    ],
    ids=["300", "301", "160 families", "2700 bytes", "3300 bytes"],
)
def test_the_platforms_limit_is_graphemes_and_bytes(brand, mention, text, taken):
    if taken:
        assert brand.connector().send(answer(mention, text)).external_id
    else:
        error = failure_of(brand, answer(mention, text))
        assert (error.failure, error.reason) == (Failure.REJECTED, "InvalidMessageStructure")


def test_the_same_delivery_twice_is_one_post(brand, mention):
    message = answer(mention)
    first = brand.connector().send(message)
    second = brand.connector().send(message)

    assert first == second
    assert len(stored(brand)) == 1


def test_a_line_cut_between_request_and_answer_gives_one_post(brand, mention, cutting):
    message = answer(mention)
    brand.connector(service=cutting.url).api.session  # noqa: B018 signed in before
    cutting.cut = b"com.atproto.repo.putRecord"

    error = failure_of(brand, message, service=cutting.url)

    assert cutting.swallowed == 1
    assert error.failure == Failure.NETWORK
    assert brand.connector().idempotent_for(Visibility.PUBLIC)
    assert len(stored(brand)) == 1
    brand.connector(service=cutting.url).send(message)
    assert len(stored(brand)) == 1


def test_two_deliveries_of_one_text_are_two_posts(brand, mention):
    at = datetime.now(UTC)
    for _ in range(2):
        brand.connector().send(answer(mention, "Done.", created_at=at))

    assert len(stored(brand)) == 2


def test_one_who_has_blocked_us_is_not_answered(brand, customer, mention):
    customer.record("app.bsky.graph.block", subject=brand.did)
    eventually(lambda: not brand.person.client.get_posts([mention.external_id]).posts)

    error = failure_of(brand, answer(mention))

    assert (error.failure, error.reason) == (Failure.RECIPIENT, "RecipientOptedOut")
    assert stored(brand) == []


def close_replies(customer, uri):
    customer.record("app.bsky.feed.threadgate", rkey=uri.rsplit("/", 1)[1], post=uri, allow=[])


def test_closed_replies_are_not_answered(brand, customer, mention):
    close_replies(customer, mention.external_id)
    eventually(lambda: brand.person.client.get_posts([mention.external_id]).posts[0].viewer.reply_disabled)

    error = failure_of(brand, answer(mention))

    assert (error.failure, error.reason) == (Failure.RECIPIENT, "MessageNotAllowed")
    assert stored(brand) == []


def test_a_deleted_post_is_not_answered(brand, customer, mention):
    customer.client.delete_post(mention.external_id)
    eventually(lambda: not brand.person.client.get_posts([mention.external_id]).posts)

    error = failure_of(brand, answer(mention))

    assert (error.failure, error.reason) == (Failure.RECIPIENT, "UnknownMessage")


@pytest.fixture
def unlooking(monkeypatch):
    """As if what hides the reply came between the look and the sending."""

    def place(api, target):
        view = api.get("app.bsky.feed.getPosts", uris=[target.external_id])["posts"]
        strong = {"uri": target.external_id, "cid": view[0]["cid"] if view else target.extra["cid"]}
        return {"root": strong, "parent": strong}

    monkeypatch.setattr(posts, "_place", place)


@pytest.mark.usefixtures("unlooking")
@pytest.mark.parametrize("hidden_by", ["block", "threadgate"])
def test_a_reply_that_the_network_hides_is_told_as_failed(brand, customer, mention, hidden_by):
    if hidden_by == "block":
        customer.record("app.bsky.graph.block", subject=brand.did)
    else:
        close_replies(customer, mention.external_id)
        eventually(lambda: brand.person.client.get_posts([mention.external_id]).posts[0].viewer.reply_disabled)
    sent = brand.connector().send(answer(mention))

    [receipt] = brand.hears(Receipt)

    assert (receipt.external_id, receipt.kind) == (sent.external_id, ReceiptKind.FAILED)
    assert receipt.reason == {"block": "RecipientOptedOut", "threadgate": "MessageNotAllowed"}[hidden_by]


def test_our_own_post_removed_is_told(brand, mention):
    sent = brand.connector().send(answer(mention))
    brand.hears(Receipt)
    brand.person.client.delete_post(sent.external_id)

    [receipt] = brand.hears(Receipt)

    assert (receipt.external_id, receipt.kind) == (sent.external_id, ReceiptKind.REMOVED)
    assert brand.poll(Receipt) == []


def test_a_public_message_to_no_post_is_refused(brand):
    recipient = Author("did:plc:nobody")
    error = failure_of(brand, Outbound("k", Visibility.PUBLIC, recipient, "hello", target=Target("convo/message")))

    assert (error.failure, error.reason) == (Failure.RECIPIENT, "InvalidDestination")
