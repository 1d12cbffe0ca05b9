"""The open webhook's connector: normalized and signed out, normalized and signed in."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime

import pytest

from delivery.connectors.base import (
    Account,
    Author,
    BadPayload,
    BadSignature,
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
from delivery.connectors.open_webhook import OpenWebhookConnector, further_headers, rule_id, topic_id
from tests.line import answers, hangs_up, listening

INBOX = "6b1f7a52-6a0e-4b0c-9a51-0d3c5c2c2f11"
SECRET = "a secret of more than sixteen"
AT = datetime(2026, 11, 22, 9, 12, 30, 123456, tzinfo=UTC)
MESSAGE = Outbound("key-1", Visibility.PRIVATE, Author("c-7", "@maya", "Maya"), "Hello 🌱", created_at=AT)


@pytest.fixture(autouse=True)
def _loopback_is_allowed(settings):
    settings.ALLOW_PRIVATE_WEBHOOKS = True


def connector(url="", headers="", older="", **settings):
    secrets = {"signing_secret": SECRET, "headers": headers, "signing_secret_older": older}
    return OpenWebhookConnector(Account(INBOX, {"webhook_url": url, **settings}, secrets))


def sent(message, **options):
    """The request as it arrived: headers with lower-case names, and the body's exact bytes."""
    with listening(answers(200)) as line:
        connector(line.url + "/in?x=1", **options).send(message)
    head, _, body = line.requests[0].partition(b"\r\n\r\n")
    rows = [row.partition(": ") for row in head.decode().split("\r\n")]
    return {name.lower(): value for name, _, value in rows}, body


def signed(body, secret=SECRET):
    digest = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
    return {"x-hub-signature-256": f"sha256={digest}"}


def parsed(data):
    body = json.dumps(data).encode() if not isinstance(data, bytes) else data
    return connector().parse(body, signed(body))


# ------------------------------------------------------------------ out


def test_a_private_message_in_full():
    _, body = sent(MESSAGE)
    assert json.loads(body) == {
        "id": "key-1",
        "type": "Text",
        "direction": "Outbound",
        "originatingEntity": "Human",
        "text": "Hello 🌱",
        "channel": {
            "id": INBOX,
            "platform": "Open",
            "type": "Private",
            "messageId": "key-1",
            "to": {"id": "c-7", "idType": "Opaque", "nickname": "Maya"},
            "from": {"id": INBOX, "idType": "Opaque"},
            "time": "2026-11-22T09:12:30.123Z",
        },
    }


def test_a_public_answer_says_what_it_answers():
    _, body = sent(Outbound("k", Visibility.PUBLIC, Author("c"), "Hi", target=Target("post-9", "root-1")))
    channel = json.loads(body)["channel"]
    assert channel["type"] == "Public"
    assert channel["publicMetadata"] == {"rootId": "root-1", "replyToId": "post-9"}


def test_a_file_is_an_address():
    file = File("lid.png", "image/png", b"bytes", alt="A lid", url="https://care.example.org/files/x")
    _, body = sent(Outbound("k", Visibility.PRIVATE, Author("c"), file=file))
    whole = json.loads(body)
    assert "text" not in whole
    assert whole["content"] == [
        {
            "contentType": "Attachment",
            "attachment": {
                "mediaType": "Image",
                "url": "https://care.example.org/files/x",
                "mime": "image/png",
                "filename": "lid.png",
                "text": "A lid",
                "sha256": hashlib.sha256(b"bytes").hexdigest(),
            },
        }
    ]


def test_the_signature_is_over_the_exact_bytes_and_every_try_is_the_same():
    headers, body = sent(MESSAGE)
    assert headers["x-hub-signature-256"] == signed(body)["x-hub-signature-256"]
    assert headers["idempotency-key"] == "key-1"
    assert headers["content-type"] == "application/json"
    assert sent(MESSAGE)[1] == body


def test_further_headers_go_along():
    headers, _ = sent(MESSAGE, headers="X-Api-Key: abc; X-Team: care\nAuthorization: Basic Zm9vOmJhcg==")
    assert (headers["x-api-key"], headers["x-team"], headers["authorization"]) == ("abc", "care", "Basic Zm9vOmJhcg==")


@pytest.mark.parametrize(
    "text",
    [
        "no colon",
        "X: a\x0bb",
        "X-Bad Name: 1",
        "Host: evil",
        "Content-Length: 0",
        "X-Hub-Signature-256: x",
        ": x",
        "X: é",
    ],
)
def test_headers_that_cannot_be_added(text):
    with pytest.raises(ValueError):  # noqa: PT011 - its text is the header's name
        further_headers(text)


def test_2xx_is_sent_and_our_key_is_its_id():
    with listening(answers(204, b"")) as line:
        done = connector(line.url).send(MESSAGE)
    assert (done.external_id, done.published) == ("key-1", False)


@pytest.mark.parametrize(
    ("status", "failure"),
    [
        (500, Failure.SERVER),
        (429, Failure.QUOTA),
        (400, Failure.REJECTED),
        (401, Failure.ACCOUNT),
        (302, Failure.REJECTED),
    ],
)
def test_other_answers(status, failure):
    with listening(answers(status, Retry_After="9")) as line, pytest.raises(SendError) as caught:
        connector(line.url).send(MESSAGE)
    assert caught.value.failure is failure


def test_a_broken_line_is_uncertain_and_repeated_where_repeats_are_ignored():
    with listening(hangs_up) as line, pytest.raises(SendError) as caught:
        connector(line.url).send(MESSAGE)
    assert caught.value.failure is Failure.UNCERTAIN
    assert connector().idempotent_for(Visibility.PRIVATE)
    assert not connector(ignores_repeats=False).idempotent_for(Visibility.PRIVATE)


def test_private_addresses_are_refused_unless_allowed(settings):
    settings.ALLOW_PRIVATE_WEBHOOKS = False
    with listening(answers(200)) as line, pytest.raises(SendError) as caught:
        connector(line.url).send(MESSAGE)
    assert (caught.value.failure, line.requests) == (Failure.REJECTED, [])


def test_check_delivers_nothing():
    with listening(answers(405)) as line:
        assert "405" in connector(line.url).check()
    assert line.requests[0].startswith(b"GET ")


def test_settings_that_are_wrong_are_named():
    assert not OpenWebhookConnector.problems({"webhook_url": "https://x.example/in"}, {"signing_secret": SECRET})
    wrong = OpenWebhookConnector.problems(
        {"webhook_url": "javascript:1"}, {"signing_secret": "short", "headers": "Host: x"}
    )
    assert set(wrong) == {"webhook_url", "signing_secret", "headers"}


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/", "http://localhost:99/", "http://2130706433/", "https://[::1]/x", "http://a.localhost."]
)
def test_an_address_in_our_own_network_is_refused_when_it_is_entered(url, settings):
    secrets = {"signing_secret": SECRET}
    assert not OpenWebhookConnector.problems({"webhook_url": url}, secrets)
    settings.ALLOW_PRIVATE_WEBHOOKS = False
    assert set(OpenWebhookConnector.problems({"webhook_url": url}, secrets)) == {"webhook_url"}
    assert not OpenWebhookConnector.problems({"webhook_url": "https://93.184.215.14/"}, secrets)


# ------------------------------------------------------------------ two secrets

OLDER = "the secret that was here before"


def test_a_new_secret_makes_the_one_there_the_older():
    first = OpenWebhookConnector.renewed({}, {"signing_secret": OLDER})
    assert first == {"signing_secret": OLDER}
    assert OpenWebhookConnector.renewed(first, {"signing_secret": OLDER}) == first, "the same is no new one"
    both = OpenWebhookConnector.renewed(first, {"signing_secret": SECRET, "headers": "A: b"})
    assert both == {"signing_secret": SECRET, "signing_secret_older": OLDER, "headers": "A: b"}
    third = OpenWebhookConnector.renewed(both, {"signing_secret": "a third one, as long as it is"})
    assert third["signing_secret_older"] == SECRET


def test_both_sign_what_goes_out_the_newest_in_the_header_everybody_knows():
    headers, body = sent(MESSAGE, older=OLDER)
    assert headers["x-hub-signature-256"] == signed(body)["x-hub-signature-256"]
    assert headers["x-hub-signature-256-older"] == signed(body, OLDER)["x-hub-signature-256"]
    assert "x-hub-signature-256-older" not in sent(MESSAGE)[0]


def test_what_comes_in_may_be_signed_with_either():
    body = json.dumps(INBOUND).encode()
    for secret in (SECRET, OLDER):
        assert connector(older=OLDER).parse(body, signed(body, secret))
    for secret in ("", "another"):
        with pytest.raises(BadSignature):
            connector(older=OLDER).parse(body, signed(body, secret))
    with pytest.raises(BadSignature):
        connector().parse(body, signed(body, OLDER))


def test_no_secret_is_among_the_words_that_may_be_shown():
    hidden = connector(headers="Authorization: Bearer abc.def\nX-Api-Key: xyz", older=OLDER).hidden_words()
    assert {SECRET, OLDER, "abc.def", "xyz"} <= hidden


def test_the_built_in_topic_and_rule_are_always_the_same():
    assert topic_id(INBOX) == topic_id(INBOX)
    assert len({topic_id(INBOX), rule_id(INBOX), topic_id(INBOX[:-1] + "2")}) == 3


# ------------------------------------------------------------------ in

INBOUND = {
    "id": "ignored",
    "channel": {
        "messageId": "m-1",
        "from": {"id": "c-7", "idType": "Opaque", "firstName": "Maya", "lastName": "Lopez", "nickname": "@maya"},
        "time": "2026-11-22T09:12:30Z",
        "metadata": {"customAttributes": {"x": "y"}},
    },
    "text": "Hello",
    "somethingNew": [1, 2],
}


def changed(path, value):
    """INBOUND with one thing changed; `...` removes it."""
    data = json.loads(json.dumps(INBOUND))
    *way, last = path.split(".")
    inner = data
    for name in way:
        inner = inner.setdefault(name, {})
    if value is ...:
        del inner[last]
    else:
        inner[last] = value
    return data


def test_a_message_with_unknown_fields():
    (post,) = parsed(INBOUND)
    assert isinstance(post, Post)
    assert (post.external_id, post.text, post.visibility) == ("m-1", "Hello", Visibility.PRIVATE)
    assert (post.author.external_id, post.author.name, post.author.handle) == ("c-7", "Maya Lopez", "@maya")
    assert post.sent_at == datetime(2026, 11, 22, 9, 12, 30, tzinfo=UTC)


def test_a_public_message():
    data = changed("channel.type", "Public")
    data["channel"]["publicMetadata"] = {"rootId": "r", "replyToId": "p", "url": "https://x.example/p/1"}
    (post,) = parsed(data)
    assert (post.visibility, post.thread, post.reply_to, post.url) == (
        Visibility.PUBLIC,
        "r",
        "p",
        "https://x.example/p/1",
    )


def test_a_message_of_one_file():
    attachment = {"mediaType": "Image", "url": "https://x.example/a.png", "mime": "image/png", "filename": "a.png"}
    data = changed("text", ...)
    data["content"] = [{"contentType": "Attachment", "attachment": attachment}, {"contentType": "Reactions"}]
    (post,) = parsed(data)
    assert [(media.url, media.name) for media in post.media] == [("https://x.example/a.png", "a.png")]


def test_a_receipt_and_an_event_and_all_in_one():
    receipt = {"id": "k", "status": "Failed", "channel": {}, "reasons": [{"code": "RateLimited", "message": "slow"}]}
    event = {"channel": {"from": {"id": "c-7"}}, "events": [{"eventType": "Typing"}]}
    news, post = parsed([receipt, event, INBOUND])
    assert isinstance(news, Receipt)
    assert (news.external_id, news.kind, news.reason, news.detail) == ("k", ReceiptKind.FAILED, "RateLimited", "slow")
    assert post.external_id == "m-1"


def test_what_no_database_keeps_is_left_out_everywhere():
    body = json.dumps(changed("text", "a\x00b\ud83dc\u202e\u200f")).replace('"Maya"', '"Ma\\u0000ya\\udc00"').encode()
    (post,) = parsed(body)
    assert post.text == "abc\u202e\u200f"
    assert post.author.name == "Maya Lopez"


def test_a_hundred_thousand_emoji():
    body = json.dumps(changed("text", "🌱" * 100_000), ensure_ascii=False).encode()
    (post,) = parsed(body)
    assert len(post.text) == 100_000


def test_a_time_still_to_come_is_now():
    (post,) = parsed(changed("channel.time", "2999-01-01T00:00:00Z"))
    assert post.sent_at <= datetime.now(UTC)


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        ("channel", ..., "channel"),
        ("channel", "x", "channel"),
        ("channel", [], "channel"),
        ("channel.messageId", ..., "channel.messageId"),
        ("channel.messageId", 7, "channel.messageId"),
        ("channel.messageId", " ", "channel.messageId"),
        ("channel.messageId", "x" * 256, "channel.messageId"),
        ("channel.from", ..., "channel.from"),
        ("channel.from.id", None, "channel.from.id"),
        ("channel.from.image", "javascript:alert(1)", "channel.from.image"),
        ("channel.from.image", "http://[", "channel.from.image"),
        ("channel.type", "Secret", "channel.type"),
        ("channel.time", "noon", "channel.time"),
        ("channel.time", "2026-13-45T00:00:00Z", "channel.time"),
        ("channel.time", "0001-01-01T00:00:00+14:00", "channel.time"),
        ("channel.publicMetadata.url", "ftp://x/", "channel.publicMetadata.url"),
        ("text", "", "text"),
        ("text", {"a": 1}, "text"),
        ("text", "x" * 100_001, "text"),
        ("content", {}, "content"),
        ("content", [1], "content[0]"),
        ("content", [{}], "content[0].attachment"),
        ("content", [{"attachment": {}}], "content[0].attachment.url"),
        ("content", [{"attachment": {"url": "data:text/html,x"}}], "content[0].attachment.url"),
        ("content", [{"contentType": "Reactions"}] * 26, "content"),
    ],
)
def test_what_is_wrong_is_named(path, value, field):
    with pytest.raises(BadPayload) as caught:
        parsed(changed(path, value))
    assert caught.value.field == field


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff\xfe", b"null", b"7", b'"x"', b"[1]", b"[" * 100_000, b"{}", b'{"a":' + b"9" * 5000 + b"}"],
)
def test_what_is_no_message_at_all(body):
    with pytest.raises(BadPayload):
        parsed(body)


@pytest.mark.parametrize(
    "data",
    [
        {"id": "k", "status": "Fancied"},
        {"id": "k", "status": "Pending"},
        {"status": "Sent"},
        {"id": "", "status": "Sent"},
        {"id": "k", "status": "Sent", "reasons": "x"},
        {"channel": {"from": {"id": "c"}}, "events": []},
        {"channel": {"from": {"id": "c"}}, "events": [{"eventType": "Sneeze"}]},
        {"events": [{"eventType": "Typing"}]},
    ],
)
def test_receipts_and_events_that_are_wrong(data):
    with pytest.raises(BadPayload):
        parsed(data)


def test_only_the_exact_bytes_are_signed():
    body = json.dumps(INBOUND).encode()
    again = json.dumps(INBOUND, indent=1).encode()
    assert json.loads(body) == json.loads(again)
    for headers in ({}, signed(again), {"x-hub-signature-256": "sha256="}, {"x-hub-signature-256": "é"}):
        with pytest.raises(BadSignature):
            connector().parse(body, headers)


def test_without_a_secret_nothing_is_signed():
    body = b"{}"
    digest = base64.b64encode(hmac.new(b"", body, hashlib.sha256).digest()).decode()
    with pytest.raises(BadSignature):
        OpenWebhookConnector(Account(INBOX, {}, {})).parse(body, {"x-hub-signature-256": f"sha256={digest}"})
