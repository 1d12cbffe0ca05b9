"""The rows of the API by which other software brings messages to an open inbox."""

import base64
import hashlib
import hmac
import io
import json
import threading
import uuid
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from oauth2_provider.models import AccessToken

from accounts.permissions import RECEIVE, REPLY_PRIVATE
from delivery.connectors.open_webhook import rule_id, topic_id
from interactions.models import Message
from socialcare.api.limits import LARGEST_BODY
from tests.factories import InteractionFactory, MessageFactory, UserFactory, grant

pytestmark = pytest.mark.django_db
SECRET = "a secret of more than sixteen"
MESSAGE = {"channel": {"messageId": "m-1", "from": {"id": "c-7", "nickname": "Maya"}}, "text": "Hello"}


@pytest.fixture
def open_inbox(webhook):
    webhook.secrets = {"signing_secret": SECRET}
    webhook.save()
    return webhook


@pytest.fixture
def machine(open_inbox):
    """A machine's user that may bring messages, and its token."""
    user = UserFactory(username="middleware")
    grant(user, RECEIVE, on=open_inbox)
    return token_of(user)


def token_of(user):
    out = io.StringIO()
    call_command("issue_token", user.username, stdout=out)
    return out.getvalue().strip()


def address(inbox, what="message"):
    return f"/api/v2/conversations/messages/{inbox.pk}/inbound/open/{what}"


def bulk(inbox):
    topic, rule = topic_id(str(inbox.pk)), rule_id(str(inbox.pk))
    return f"/api/v2/socialmedia/topics/{topic}/dataingestionrules/open/{rule}/messages/bulk"


def signed(body, secret=SECRET):
    digest = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
    return {"X-Hub-Signature-256": f"sha256={digest}"}


def post(client, url, data, *, token="", headers=None, content_type="application/json"):
    body = data if isinstance(data, bytes) else json.dumps(data).encode()
    if headers is None:
        headers = {"Authorization": f"Bearer {token}"} if token else signed(body)
    return client.post(url, body, content_type=content_type, headers=headers)


def assert_shape(answer, status, code=None, field=None):
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/json"
    body = answer.json()
    assert set(body) == {"status", "code", "message", "messageParams", "details", "contextId"}
    assert body["status"] == status
    assert uuid.UUID(body["contextId"])
    if code:
        assert body["code"] == code
    if field is not None:
        assert [detail["fieldName"] for detail in body["details"]] == [field]


# ------------------------------------------------------------------ a message


def test_a_private_message_is_stored_and_described(client, open_inbox, machine):
    answer = post(client, address(open_inbox), MESSAGE, token=machine)
    assert answer.status_code == 200
    stored = Message.objects.get()
    body = answer.json()
    assert body["id"] == str(stored.pk)
    assert body["conversationId"] == str(stored.interaction_id)
    assert (body["type"], body["text"]) == ("Text", "Hello")
    channel = body["channel"]
    assert (channel["platform"], channel["type"], channel["messageId"]) == ("Open", "Private", "m-1")
    assert (stored.visibility, stored.author.name, stored.interaction.queue) == ("private", "Maya", open_inbox.queue)


def test_a_repeat_answers_the_first_result(client, open_inbox, machine):
    first = post(client, address(open_inbox), MESSAGE, token=machine)
    second = post(client, address(open_inbox), {**MESSAGE, "text": "Changed on the way"}, token=machine)
    assert (second.status_code, second.json()) == (first.status_code, first.json())
    assert Message.objects.count() == 1


def test_a_replayed_signature_is_harmless(client, open_inbox):
    answers = [post(client, address(open_inbox), MESSAGE) for _ in range(3)]
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert Message.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_eight_at_once_are_one_message(open_inbox):
    from django.test import Client

    answers = []

    def bring():
        answers.append(post(Client(), address(open_inbox), MESSAGE))
        connection.close()

    threads = [threading.Thread(target=bring) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [200] * 8
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert Message.objects.count() == 1


@pytest.mark.parametrize("text", ["a\x00b", "\ud83d", "\u202eevil\u202c", "🌱" * 100_000, "👩🏽‍🚀" * 1000])
def test_odd_text_is_taken(client, open_inbox, text):
    body = json.dumps({**MESSAGE, "text": f"x{text}"[:100_000]}, ensure_ascii=False).encode("utf-8", "surrogatepass")
    if "\ud83d" in text:
        body = json.dumps({**MESSAGE, "text": f"x{text}"}).encode()
    answer = post(client, address(open_inbox), body)
    assert answer.status_code == 200
    assert Message.objects.get().text.startswith("x")


# ------------------------------------------------------------------ who may


@pytest.mark.parametrize("what", ["message", "receipt", "event"])
def test_without_credentials(client, open_inbox, what):
    answer = post(client, address(open_inbox, what), MESSAGE, headers={})
    assert_shape(answer, 401)
    assert answer["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("header", ["Bearer nonsense", "Bearer ", "Bearer", "Basic YTpi", "nonsense", "Bearer \x7f"])
def test_a_token_that_is_none(client, open_inbox, header):
    assert_shape(post(client, address(open_inbox), MESSAGE, headers={"Authorization": header}), 401, "bad.credentials")


def test_a_token_that_is_no_longer_good(client, open_inbox, machine):
    AccessToken.objects.update(expires=timezone.now() - timedelta(seconds=1))
    assert_shape(post(client, address(open_inbox), MESSAGE, token=machine), 401)


def test_a_token_of_somebody_who_has_left(client, open_inbox, machine):
    token = AccessToken.objects.get()
    token.user.is_active = False
    token.user.save()
    assert_shape(post(client, address(open_inbox), MESSAGE, token=machine), 401)


def test_a_right_that_is_taken_away_is_gone_at_once(client, open_inbox):
    user = UserFactory()
    token = token_of(user)
    assert_shape(post(client, address(open_inbox), MESSAGE, token=token), 404)
    grant(user, REPLY_PRIVATE, on=open_inbox)
    answer = post(client, address(open_inbox), MESSAGE, token=token)
    assert_shape(answer, 403, "missing.permission")
    assert "Conversation > Message > Receive" in answer.json()["message"]
    assert not Message.objects.exists()


def test_a_right_on_another_inbox_is_none_here(client, open_inbox, inbox):
    user = UserFactory()
    grant(user, RECEIVE, on=inbox)
    assert_shape(post(client, address(open_inbox), MESSAGE, token=token_of(user)), 404)


def test_a_wrong_signature(client, open_inbox):
    body = json.dumps(MESSAGE).encode()
    for headers in (signed(body, "another secret, also long"), signed(body + b" "), {"X-Hub-Signature-256": "x"}):
        assert_shape(post(client, address(open_inbox), body, headers=headers), 401, "invalid.signature")
    assert not Message.objects.exists()


def test_a_good_signature_does_not_save_a_bad_token(client, open_inbox):
    body = json.dumps(MESSAGE).encode()
    headers = {**signed(body), "Authorization": "Bearer nonsense"}
    assert_shape(post(client, address(open_inbox), body, headers=headers), 401)


def test_a_signed_in_browser_is_nobody_here(client, open_inbox, admin):
    client.force_login(admin)
    assert_shape(post(client, address(open_inbox), MESSAGE, headers={}), 401)


# ------------------------------------------------------------------ where, how much, of what type


def test_an_integration_that_does_not_exist(client, open_inbox, inbox, machine):
    for pk in (uuid.uuid4(), inbox.pk):
        url = address(open_inbox).replace(str(open_inbox.pk), str(pk))
        assert_shape(post(client, url, MESSAGE, token=machine), 404, "not.found")


def test_an_inbox_that_is_switched_off(client, open_inbox, machine):
    open_inbox.is_active = False
    open_inbox.save()
    assert_shape(post(client, address(open_inbox), MESSAGE, token=machine), 404)


@pytest.mark.parametrize(
    "path", ["/api/v2/nothing", "/api/v2/", "/api/v2/conversations/messages/no-uuid/inbound/open/message"]
)
def test_addresses_that_do_not_exist(client, path):
    assert_shape(client.get(path), 404)
    assert_shape(client.post(path), 404)


def test_only_post(client, open_inbox):
    answer = client.get(address(open_inbox))
    assert_shape(answer, 405)
    assert answer["Allow"] == "POST"


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
)
def test_another_content_type(client, open_inbox, content_type):
    assert_shape(post(client, address(open_inbox), b"{}", content_type=content_type), 415)


def test_a_charset_is_no_other_content_type(client, open_inbox):
    assert post(client, address(open_inbox), MESSAGE, content_type="application/json; charset=utf-8").status_code == 200


@pytest.mark.parametrize("size", [LARGEST_BODY + 1, 3 * 1024 * 1024])
def test_a_body_that_is_too_large(client, open_inbox, size):
    body = json.dumps(MESSAGE).encode()
    assert post(client, address(open_inbox), body + b" " * (LARGEST_BODY - len(body))).status_code == 200
    assert_shape(post(client, address(open_inbox), body + b" " * (size - len(body))), 413)


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"text": "x"}, "channel"),
        ({"channel": {"from": {"id": "c"}}, "text": "x"}, "channel.messageId"),
        ({"channel": {"messageId": "m", "from": {}}, "text": "x"}, "channel.from.id"),
        ({"channel": {"messageId": "m", "from": {"id": "c"}}}, "text"),
    ],
)
def test_a_malformed_message_is_named(client, open_inbox, data, field):
    assert_shape(post(client, address(open_inbox), data), 400, field=field)


@pytest.mark.parametrize("body", [b" ", b"{", b"null", b"[]", b"7", b"[" * 50_000])
def test_what_is_no_message(client, open_inbox, body):
    assert_shape(post(client, address(open_inbox), body), 400)


# ------------------------------------------------------------------ receipts and events


def test_a_receipt_moves_a_message_on_and_repeats_are_harmless(client, open_inbox, machine):
    interaction = InteractionFactory(inbox=open_inbox)
    ours = MessageFactory(interaction=interaction, inbox=open_inbox, direction="outbound", status="sent")
    news = {"id": str(ours.pk), "status": "Delivered", "channel": {"time": "2026-11-22T09:00:00Z"}}
    for _ in range(2):
        answer = post(client, address(open_inbox, "receipt"), news, token=machine)
        assert answer.status_code == 200
        assert (answer.json()["type"], answer.json()["status"]) == ("Receipt", "Delivered")
    ours.refresh_from_db()
    assert ours.status == "delivery-success"


def test_a_receipt_for_a_message_not_known_yet_is_kept(client, open_inbox, machine):
    news = {"id": str(uuid.uuid4()), "status": "Read"}
    assert post(client, address(open_inbox, "receipt"), news, token=machine).status_code == 200


def test_a_malformed_receipt(client, open_inbox):
    assert_shape(post(client, address(open_inbox, "receipt"), {"id": "x", "status": "Sneezed"}), 400, field="status")


def test_typing(client, open_inbox):
    event = {"channel": {"from": {"id": "c-7"}}, "events": [{"eventType": "Typing"}]}
    answer = post(client, address(open_inbox, "event"), event)
    assert (answer.status_code, answer.json()["type"]) == (200, "Event")
    assert_shape(post(client, address(open_inbox, "event"), {**event, "events": []}), 400, field="events")


# ------------------------------------------------------------------ public messages, in bulk


def public(number):
    metadata = {"rootId": "root", "url": f"https://x.example/{number}"}
    sender = {"id": f"c-{number}", "nickname": f"Customer {number}"}
    channel = {"type": "Public", "messageId": f"p-{number}", "from": sender, "publicMetadata": metadata}
    return {"channel": channel, "text": f"Post {number}", "type": "Text"}


def test_public_messages_in_bulk(client, open_inbox, machine):
    answer = post(client, bulk(open_inbox), [public(1), public(2), public(1)], token=machine)
    assert answer.status_code == 200
    body = answer.json()
    assert (body["total"], len(body["entities"])) == (3, 3)
    assert body["entities"][0] == body["entities"][2]
    assert body["entities"][1]["channel"]["publicMetadata"] == {"rootId": "root", "url": "https://x.example/2"}
    assert {(message.text, message.visibility) for message in Message.objects.all()} == {
        ("Post 1", "public"),
        ("Post 2", "public"),
    }


def test_one_malformed_message_is_named_and_none_is_taken(client, open_inbox):
    wrong = public(2)
    del wrong["channel"]["messageId"]
    assert_shape(post(client, bulk(open_inbox), [public(1), wrong]), 400, field="[1].channel.messageId")
    assert not Message.objects.exists()


@pytest.mark.parametrize("data", [{}, [public(1)] * 501, [None], ["x"]])
def test_what_is_no_bulk(client, open_inbox, data):
    assert_shape(post(client, bulk(open_inbox), data), 400)


def test_a_topic_or_rule_of_another_inbox(client, open_inbox, machine):
    url = bulk(open_inbox)
    for mine in (topic_id(str(open_inbox.pk)), rule_id(str(open_inbox.pk))):
        assert_shape(post(client, url.replace(str(mine), str(uuid.uuid4())), [public(1)], token=machine), 404)


# ------------------------------------------------------------------ by the wrong door


@pytest.mark.parametrize(
    ("field", "wrong"), [("type", "Nonsense"), ("direction", "Outbound"), ("channel.type", "Public")]
)
def test_what_is_no_private_message_does_not_come_in_as_one(client, open_inbox, machine, field, wrong):
    message = {**MESSAGE, "channel": {**MESSAGE["channel"]}}
    part, _, name = field.rpartition(".")
    (message[part] if part else message)[name] = wrong
    assert_shape(post(client, address(open_inbox), message, token=machine), 400, field=field)
    assert not Message.objects.exists()


def test_a_private_message_does_not_come_in_as_a_public_one(client, open_inbox, machine):
    private = public(1)
    private["channel"]["type"] = "Private"
    assert_shape(post(client, bulk(open_inbox), [private], token=machine), 400, field="[0].channel.type")
    assert not Message.objects.exists()
