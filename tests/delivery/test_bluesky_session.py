"""One session for many calls: signing in, refreshing, quotas, and what a broken line means."""

import json

import pytest

from delivery.connectors.base import Failure, SendError
from delivery.connectors.bluesky import xrpc
from delivery.connectors.bluesky.xrpc import Xrpc, forget_sessions
from delivery.connectors.http import Answer

DID_DOCUMENT = {"service": [{"type": "AtprotoPersonalDataServer", "serviceEndpoint": "https://pds.example"}]}


class Server:
    """Answers as told; knows which tokens it takes."""

    def __init__(self):
        self.asked, self.good, self.next, self.answers, self.document = [], set(), 0, {}, None

    def call(self, verb, url, *, headers, content, limit, allow_private):
        host, _, method = url.partition("/xrpc/")
        method = method.partition("?")[0]
        name = method.rsplit(".", 1)[1]
        self.asked.append((host, name))
        if name in self.answers:
            answer = self.answers[name]
            if isinstance(answer, SendError):
                raise answer
            return answer
        token = headers.get("authorization", "").removeprefix("Bearer ")
        if name in {"createSession", "refreshSession"}:
            return self.session() if name == "createSession" or token in self.good else said(400, "ExpiredToken")
        return said(200) if token in self.good else said(400, "ExpiredToken")

    def session(self):
        self.next += 1
        access, refresh = f"access{self.next}", f"refresh{self.next}"
        self.good |= {access, refresh}
        body = {"did": "did:plc:us", "handle": "us.example", "accessJwt": access, "refreshJwt": refresh}
        return Answer(200, {}, json.dumps({**body, "didDoc": self.document}).encode())

    @property
    def names(self):
        return [name for _, name in self.asked]


def said(status, name="", **headers):
    body = {"error": name, "message": "words"} if name else {}
    return Answer(status, {key.replace("_", "-"): value for key, value in headers.items()}, json.dumps(body).encode())


@pytest.fixture
def server(monkeypatch):
    forget_sessions()
    server = Server()
    monkeypatch.setattr(xrpc, "call", server.call)
    yield server
    forget_sessions()


def api(password="pw"):
    return Xrpc("https://bsky.example/", "us.example", password, "did:web:chat.example")


def failure(call):
    with pytest.raises(SendError) as caught:
        call()
    return caught.value


def test_one_sign_in_serves_many_calls(server):
    for _ in range(3):
        api().get("a.b.read")

    assert server.names == ["createSession", "read", "read", "read"]


def test_another_password_is_another_session(server):
    api().get("a.b.read")
    api("new").get("a.b.read")

    assert server.names.count("createSession") == 2


def test_a_worn_out_token_is_refreshed(server):
    api().get("a.b.read")
    server.good.remove("access1")
    api().get("a.b.read")
    api().get("a.b.read")

    assert server.names == ["createSession", "read", "read", "refreshSession", "read", "read"]


def test_a_worn_out_session_signs_in_again(server):
    api().get("a.b.read")
    server.good.clear()
    api().get("a.b.read")

    assert server.names == ["createSession", "read", "read", "refreshSession", "createSession", "read"]


def test_what_is_refused_twice_is_an_account_failure(server):
    server.answers["read"] = said(400, "InvalidToken")

    assert failure(lambda: api().get("a.b.read")).failure == Failure.ACCOUNT
    assert server.names.count("read") == 2


def test_no_chat_right_concerns_the_message_alone(server):
    server.answers["sendMessage"] = said(400, "InvalidToken")

    error = failure(lambda: api().post("c.sendMessage", {}, chat=True, safe=False))
    assert (error.failure, error.reason) == (Failure.REJECTED, "MessageNotAllowed")
    assert server.names.count("sendMessage") == 1


def test_a_quota_is_kept_for_its_method_alone(server):
    server.answers["write"] = said(429, "RateLimitExceeded", retry_after="60")
    assert failure(lambda: api().post("a.b.write", {})).retry_after == 60
    again = failure(lambda: api().post("a.b.write", {}))
    api().get("a.b.read")

    assert again.failure == Failure.QUOTA
    assert 55 < again.retry_after <= 60
    assert server.names.count("write") == 1


@pytest.mark.parametrize("failed", [Failure.NETWORK, Failure.UNCERTAIN])
@pytest.mark.parametrize("safe", [True, False])
def test_a_broken_line_is_uncertain_only_where_a_repeat_would_harm(server, failed, safe):
    server.answers["write"] = SendError(failed)

    told = failure(lambda: api().post("a.b.write", {}, safe=safe)).failure
    assert told == (Failure.NETWORK if safe else failed)


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'"x"'])
def test_a_strange_answer_is_tried_again(server, body):
    server.answers["read"] = Answer(200, {}, body)

    assert failure(lambda: api().get("a.b.read")).failure == Failure.NETWORK


@pytest.mark.parametrize(
    ("document", "host"),
    [
        (DID_DOCUMENT, "https://pds.example"),
        ({"service": [{"type": "AtprotoPersonalDataServer", "serviceEndpoint": "http://pds.example"}]}, None),
        ({"service": [{"type": "Other", "serviceEndpoint": "https://other.example"}]}, None),
        (None, None),
    ],
)
def test_the_account_is_asked_at_its_own_server(server, document, host):
    server.document = document
    api().get("a.b.read")

    assert server.asked[-1] == (host or "https://bsky.example", "read")
