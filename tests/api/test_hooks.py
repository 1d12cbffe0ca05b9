"""The addresses to which platforms push."""

import json
import uuid

import pytest

from delivery.models import InboundPayload
from interactions.models import Message
from tests.api.test_open_messages import MESSAGE, SECRET, assert_shape, post, signed

pytestmark = pytest.mark.django_db


@pytest.fixture
def hook(webhook):
    webhook.secrets = {"signing_secret": SECRET}
    webhook.save()
    return f"/hooks/{webhook.pk}/"


def test_a_signed_webhook_is_stored_and_processed(client, hook):
    assert post(client, hook, MESSAGE).status_code == 200
    assert Message.objects.get().text == "Hello"
    assert InboundPayload.objects.get().state == "processed"


def test_a_replayed_webhook_is_harmless(client, hook):
    assert {post(client, hook, MESSAGE).status_code for _ in range(3)} == {200}
    assert Message.objects.count() == 1


def test_a_wrong_signature_keeps_nothing(client, hook):
    body = json.dumps(MESSAGE).encode()
    for headers in (signed(body, "another secret, also long"), signed(body[:-1]), {}):
        assert_shape(post(client, hook, body, headers=headers), 401, "invalid.signature")
    assert not InboundPayload.objects.exists()


def test_a_malformed_webhook_is_quarantined(client, hook):
    assert_shape(post(client, hook, {"text": "no channel"}), 400, field="channel")
    assert InboundPayload.objects.get().state == "quarantined"


def test_an_inbox_that_does_not_exist(client, hook):
    assert_shape(post(client, f"/hooks/{uuid.uuid4()}/", MESSAGE), 404)
    assert_shape(post(client, "/hooks/no-uuid/", MESSAGE), 404)


def test_an_inbox_whose_platform_does_not_push(client, queue):
    from tests.factories import InboxFactory

    inbox = InboxFactory(name="Bluesky", kind="bluesky", queue=queue)
    assert_shape(post(client, f"/hooks/{inbox.pk}/", MESSAGE), 404)


def test_size_type_and_method(client, hook):
    assert_shape(post(client, hook, b" " * 512_001), 413)
    assert_shape(post(client, hook, b"{}", content_type="text/plain"), 415)
    assert_shape(client.get(hook), 405)


def test_a_webhook_passes_by_what_serves_people(client, hook):
    answer = post(client, hook, MESSAGE)
    assert not answer.cookies
    assert "Content-Language" not in answer.headers
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Request-ID"]
    assert answer.headers["Content-Length"] == str(len(answer.content))
    assert_shape(client.post(hook, {}, content_type="application/json", headers={"host": "elsewhere.example"}), 400)
