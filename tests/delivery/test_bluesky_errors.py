"""What the platform answers, and what it means here."""

import json
import time

import pytest

from delivery.connectors.base import Failure
from delivery.connectors.bluesky.errors import refusal
from delivery.connectors.http import Answer


def judged(status, name="", headers=None):
    body = json.dumps({"error": name, "message": "words"}).encode() if name else b"<html>"
    return refusal(Answer(status, headers or {}, body))


@pytest.mark.parametrize(
    ("status", "name", "failure", "reason"),
    [
        (401, "AuthenticationRequired", Failure.ACCOUNT, "MessageNotAllowed"),
        (401, "AccountDeactivated", Failure.ACCOUNT, "MessageNotAllowed"),
        (401, "AccountTakedown", Failure.ACCOUNT, "MessageNotAllowed"),
        (400, "InvalidToken", Failure.ACCOUNT, "MessageNotAllowed"),
        (401, "", Failure.ACCOUNT, "MessageNotAllowed"),
        (400, "BlockedActor", Failure.RECIPIENT, "RecipientOptedOut"),
        (400, "MessagesDisabled", Failure.RECIPIENT, "RecipientOptedOut"),
        (400, "NotFollowedBySender", Failure.RECIPIENT, "MessageNotAllowed"),
        (400, "RecipientNotFound", Failure.RECIPIENT, "InvalidDestination"),
        (400, "NotFound", Failure.RECIPIENT, "UnknownMessage"),
        (400, "InvalidRequest", Failure.REJECTED, "InvalidMessageStructure"),
        (413, "PayloadTooLarge", Failure.REJECTED, "InvalidMediaContentLength"),
        (403, "", Failure.REJECTED, "MessageNotAllowed"),
        (400, "SomethingNew", Failure.REJECTED, "GeneralError"),
        (500, "InternalServerError", Failure.SERVER, "ServerError"),
        (502, "UpstreamFailure", Failure.SERVER, "ServerError"),
        (503, "", Failure.SERVER, "ServerError"),
        (429, "RateLimitExceeded", Failure.QUOTA, "RateLimited"),
    ],
)
def test_each_answer_has_its_class(status, name, failure, reason):
    error = judged(status, name)

    assert (error.failure, error.reason, error.name) == (failure, reason, name)


@pytest.mark.parametrize(
    ("headers", "least", "most"),
    [
        ({"retry-after": "7"}, 7, 7),
        ({"retry-after": "0"}, 1, 1),
        ({"ratelimit-reset": "12"}, 1, 1),
        ({"retry-after": "7", "ratelimit-reset": "99999999999"}, 7, 7),
    ],
)
def test_the_quota_says_when(headers, least, most):
    assert least <= judged(429, "RateLimitExceeded", headers).retry_after <= most


def test_a_quota_may_not_say_when():
    assert judged(429, "RateLimitExceeded", {"ratelimit-reset": "soon"}).retry_after is None


@pytest.mark.parametrize("body", [b"", b"[]", b'"x"', b"null", b'{"error": null, "message": 3}', b"\xff\xfe"])
def test_an_odd_answer_is_still_an_error(body):
    assert refusal(Answer(400, {}, body)).failure == Failure.REJECTED


def test_the_quota_says_until_what_moment():
    headers = {"ratelimit-reset": str(int(time.time()) + 100)}
    assert 0 < judged(429, "RateLimitExceeded", headers).retry_after <= 101
