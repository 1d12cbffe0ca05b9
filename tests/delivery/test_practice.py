"""The connector of the practice network, over real HTTP, in every weather."""

import base64
import hashlib
import hmac
import io
import json
from datetime import UTC, datetime

import pytest
from PIL import Image

from delivery.connectors.base import (
    Author,
    BadPayload,
    BadSignature,
    Edit,
    Failure,
    File,
    Original,
    Post,
    Receipt,
    ReceiptKind,
    Removal,
    SendError,
    Visibility,
)
from socialcare.practice import models as practice
from socialcare.practice import playing, weather
from socialcare.practice.models import Arrival, Push, Weather
from tests.practice.stage import INBOX

pytestmark = pytest.mark.django_db(transaction=True)
AT = datetime(2026, 11, 22, 9, 12, tzinfo=UTC)


def picture(kind="PNG"):
    data = io.BytesIO()
    Image.new("RGB", (3, 2), "teal").save(data, kind)
    return data.getvalue()


def failing(stage, message):
    with pytest.raises(SendError) as caught:
        stage.connector().send(message)
    return caught.value


def webhook(stage, event, secret=None):
    """The items that the connector makes of one event."""
    body = json.dumps(event).encode()
    digest = hmac.new((secret or stage.credentials.signing_secret).encode(), body, hashlib.sha256).digest()
    return stage.connector().parse(body, {"x-hub-signature-256": "sha256=" + base64.b64encode(digest).decode()})


def pushed(stage):
    """What the connector understands of everything the network has to tell."""
    return [item for push in Push.objects.all() for item in webhook(stage, push.event)]


# ------------------------------------------------------------------ out


def test_a_public_answer_stands_in_the_thread(stage):
    post = playing.write(stage.maya, "@acme my lid is broken")
    sent = stage.connector().send(stage.public(post))
    answer = practice.Post.objects.get(reference=sent.external_id)
    assert (answer.text, answer.answers, answer.root, answer.is_private) == ("Sorry, Maya!", post, post, False)
    assert sent.url.endswith(f"/practice/#post-{sent.external_id}")


def test_a_private_message_reaches_one_customer(stage):
    sent = stage.connector().send(stage.private())
    message = practice.Post.objects.get(reference=sent.external_id)
    assert (message.persona, message.is_private, message.by_brand) == (stage.maya, True, True)
    assert message.delivered_at


def test_a_picture_goes_with_its_words(stage):
    file = File("lid.png", "image/png", picture(), alt="A broken lid")
    sent = stage.connector().send(stage.private(text="", file=file))
    kept = practice.Post.objects.get(reference=sent.external_id).picture
    assert (kept.content_type, kept.alt, kept.name) == ("image/png", "A broken lid", "lid.png")
    assert stage.connector().fetch(f"{stage.front.url}/media/{kept.pk}") == picture()


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"%PDF-1.7 no picture", "MediaTypeNotAllowed"), (b"x" * (25 * 2**20 + 1), "InvalidMediaContentLength")],
)
def test_a_file_that_the_network_does_not_take(stage, content, reason):
    error = failing(stage, stage.private(text="", file=File("a.png", "image/png", content)))
    assert (error.failure, error.reason) == (Failure.REJECTED, reason)


def test_the_same_key_twice_gives_one_message(stage):
    connector = stage.connector()
    assert connector.send(stage.private()) == connector.send(stage.private(attempt=2))
    assert practice.Post.objects.count() == 1
    arrival = Arrival.objects.get()
    assert (arrival.received, arrival.published) == (2, 1)
    assert connector.idempotent_for(Visibility.PRIVATE)


def test_a_network_that_forgets_keys_publishes_twice_and_says_so(stage):
    weather.habits(remembers_keys=False, untidy=False)
    connector = stage.connector()
    assert not connector.idempotent_for(Visibility.PRIVATE)
    connector.send(stage.private())
    connector.send(stage.private())
    assert practice.Post.objects.count() == 2
    assert Arrival.objects.get().published == 2


# ------------------------------------------------------------------ weather


def test_a_server_error_may_be_tried_again(stage):
    weather.change(Weather.ERROR)
    error = failing(stage, stage.private())
    assert (error.failure, error.reason) == (Failure.SERVER, "ServerError")


def test_a_refusal_says_why(stage):
    weather.change(Weather.REFUSAL, reason="No links, please.")
    error = failing(stage, stage.private())
    assert (error.failure, error.reason) == (Failure.REJECTED, "DataFiltered")
    assert "No links, please." in error.detail


def test_a_rate_limit_says_until_when(stage):
    weather.change(Weather.LIMIT, seconds=90)
    error = failing(stage, stage.private())
    assert (error.failure, error.reason) == (Failure.QUOTA, "RateLimited")
    assert error.retry_after == pytest.approx(90, abs=3)


def test_unreachable_means_that_nobody_listens_and_the_port_is_kept(stage):
    weather.change(Weather.UNREACHABLE)
    assert failing(stage, stage.private()).failure is Failure.NETWORK
    weather.change(Weather.FAIR)
    assert stage.connector().send(stage.private())
    assert Arrival.objects.get().received == 1, "the first never arrived"


def test_an_answer_lost_is_not_certain_and_a_second_try_finds_the_first(stage):
    weather.change(Weather.LOST, requests=1)
    assert failing(stage, stage.private()).failure is Failure.UNCERTAIN
    sent = stage.connector().send(stage.private(attempt=2))
    assert practice.Post.objects.get().reference == sent.external_id
    arrival = Arrival.objects.get()
    assert (arrival.received, arrival.published) == (2, 1)


def test_slow_is_still_in_time(stage, monkeypatch):
    monkeypatch.setattr(weather, "SLOW", 0.3)
    weather.change(Weather.SLOW)
    assert stage.connector().send(stage.private())


def test_weather_for_two_requests_clears_up(stage):
    weather.change(Weather.ERROR, requests=2)
    for _ in range(2):
        assert failing(stage, stage.private()).failure is Failure.SERVER
    assert stage.connector().send(stage.private())


# ------------------------------------------------------------------ errors of other kinds


def test_a_wrong_token_is_a_matter_of_the_account(stage):
    with pytest.raises(SendError) as caught:
        stage.connector(token="wrong").send(stage.private())
    assert caught.value.failure is Failure.ACCOUNT


def test_a_customer_who_takes_no_messages(stage):
    playing.take_messages(stage.maya, take=False)
    error = failing(stage, stage.private())
    assert (error.failure, error.reason) == (Failure.RECIPIENT, "RecipientOptedOut")


def test_a_customer_who_is_not_there(stage):
    error = failing(stage, stage.private(recipient=Author("person:nobody")))
    assert (error.failure, error.reason) == (Failure.RECIPIENT, "InvalidDestination")


def test_a_post_that_was_deleted_cannot_be_answered(stage):
    post = playing.write(stage.maya, "@acme hello")
    playing.remove(post)
    error = failing(stage, stage.public(post))
    assert (error.failure, error.reason) == (Failure.REJECTED, "UnknownMessage")


@pytest.mark.parametrize("text", ["", "   ", "x" * 1001, "👨‍👩‍👧" * 1001])
def test_an_empty_or_too_long_text_is_rejected(stage, text):
    error = failing(stage, stage.private(text=text))
    assert (error.failure, error.reason) == (Failure.REJECTED, "InvalidMessageStructure")


def test_check_signs_in_and_asks_for_webhooks(stage, settings):
    settings.PUBLIC_URL = "https://care.example.org"
    line = stage.connector().check()
    stage.brand.refresh_from_db()
    assert stage.brand.hook_url == f"https://care.example.org/hooks/{INBOX}/"
    assert "@acme" in line


# ------------------------------------------------------------------ in


def test_a_public_post_with_everything(stage):
    first = playing.write(stage.jonas, "@acme who packs your parcels?")
    Push.objects.all().delete()
    playing.write(stage.maya, "Mine too!", answers=first)
    (post,) = pushed(stage)
    assert isinstance(post, Post)
    assert post.visibility is Visibility.PUBLIC
    assert post.author.external_id == "person:maya"
    assert (post.author.name, post.author.handle, post.author.followers) == ("Maya Lopez", "@maya", 214)
    assert post.reply_to == post.thread == first.reference
    assert isinstance(post.original, Original)
    assert (post.original.author, post.original.text) == ("Jonas Weber", "@acme who packs your parcels?")


def test_a_private_message_an_edit_and_a_removal(stage):
    post = playing.write(stage.maya, "My order is AC-1", private_to=stage.brand)
    playing.edit(post, "My order is AC-2")
    playing.remove(post)
    message, edited, removed = pushed(stage)
    assert (message.visibility, message.text) == (Visibility.PRIVATE, "My order is AC-1")
    assert (type(edited), edited.external_id, edited.text) == (Edit, post.reference, "My order is AC-2")
    assert (type(removed), removed.external_id) == (Removal, post.reference)


def test_a_picture_comes_as_an_address(stage, django_db_blocker):
    from django.core.files.uploadedfile import SimpleUploadedFile

    playing.write(stage.maya, "", private_to=stage.brand, picture=SimpleUploadedFile("x.png", picture()))
    (post,) = pushed(stage)
    assert stage.connector().fetch(post.media[0].url) == picture()


def test_receipts_tell_how_far_a_message_has_come(stage):
    playing.go_offline(stage.maya)
    sent = stage.connector().send(stage.private())
    playing.come_online(stage.maya)
    playing.read(stage.maya)
    kinds = [item.kind for item in pushed(stage) if isinstance(item, Receipt) and item.external_id == sent.external_id]
    assert kinds == [ReceiptKind.PENDING, ReceiptKind.DELIVERED, ReceiptKind.READ]


def test_what_the_brand_wrote_itself_is_not_news(stage):
    weather.habits(remembers_keys=True, untidy=True)
    stage.connector().send(stage.private())
    assert Push.objects.filter(event__type="post").exists()
    assert {type(item) for item in pushed(stage)} == {Receipt}


def test_news_of_a_kind_not_known_is_passed_over(stage):
    assert webhook(stage, {"type": "anniversary", "id": "1"}) == []


def test_a_wrong_signature_is_refused(stage):
    with pytest.raises(BadSignature):
        webhook(stage, {"type": "removal", "id": "1", "at": AT.isoformat()}, secret="guess")
    with pytest.raises(BadSignature):
        stage.connector().parse(b"{}", {})
    with pytest.raises(BadSignature):
        stage.connector().parse(b"{}", {"x-hub-signature-256": "ünïcode"})


@pytest.mark.parametrize(
    "event",
    [{}, [], "x", None, {"type": "edit"}, {"type": "edit", "id": 1, "text": "x", "at": "noon"},
     {"type": "post", "post": None}, {"type": "receipt", "id": "1", "kind": "Fancied", "at": AT.isoformat()}],
)  # fmt: skip
def test_a_malformed_event_is_a_bad_payload(stage, event):
    with pytest.raises(BadPayload):
        webhook(stage, event)
