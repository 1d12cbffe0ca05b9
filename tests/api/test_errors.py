"""One shape of errors, and limits that say when to come back."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from tests.api.conftest import Api


def test_paths_that_nobody_knows_and_methods_that_are_not(as_alice: Api, alice: User) -> None:
    as_alice.refused(404, "get", "no/such/thing")
    as_alice.refused(404, "get", "users/not-a-uuid/routingstatus")
    as_alice.refused(405, "delete", "users/me")
    as_alice.refused(405, "options", "users/me")


def test_an_unknown_path_is_no_matter_of_cookies() -> None:
    answer = Client(enforce_csrf_checks=True).patch("/api/v2/no/such/thing")
    assert (answer.status_code, answer.json()["code"]) == (404, "not.found")


@pytest.mark.parametrize(
    ("body", "status"),
    [("{", 400), ("[" * 100_000, 400), ('{"status": NaN}', 400), ("[]", 400), ('"IDLE"', 400), ("x" * 512_001, 413)],
)
def test_a_body_that_cannot_be_read(as_alice: Api, alice: User, body: str, status: int) -> None:
    as_alice.refused(status, "put", f"users/{alice.pk}/routingstatus", body)


def test_a_query_without_end_is_refused(as_alice: Api) -> None:
    refused = as_alice.refused(400, "get", "users/me?" + "&".join(["expand=presence"] * 1_001))
    assert refused["message"] == "The query has too many parameters."


def test_only_json_is_read(as_alice: Api, alice: User) -> None:
    response = as_alice.client.put(
        f"/api/v2/users/{alice.pk}/routingstatus", "status=IDLE", content_type="text/plain", headers=as_alice.headers
    )
    assert (response.status_code, response.json()["code"]) == (415, "unsupported.media.type")


def test_too_many_requests_of_one_token_wait_and_others_do_not(settings: Any, alice: User) -> None:
    settings.API_RATE_LIMIT = 3
    eager, calm = Api(alice), Api(alice)
    answers = [eager.get("users/me") for _ in range(8)]
    refused = [answer for answer in answers if answer.status_code == 429]
    # A minute may have begun in between
    assert 1 <= len(refused) <= 5
    assert 1 <= int(refused[0]["Retry-After"]) <= 60
    assert refused[0].json()["code"] == "too.many.requests"
    assert calm.get("users/me").status_code == 200


def test_what_fails_unforeseen_is_said_in_the_one_shape(as_alice: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("socialcare.api.users.user_out", broken)
    assert "secret" not in as_alice.refused(500, "get", "users/me")["message"]


# ------------------------------------------------------------------ also where OAuth is, and where no door has looked

SHAPE = {"status", "code", "message", "messageParams", "details", "contextId"}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("get", "token", 405), ("get", "revoke", 405), ("put", "token", 405), ("get", "tokens", 404)],
)
def test_oauth_refuses_in_the_same_shape(db: None, method: str, path: str, status: int) -> None:
    answer = getattr(Client(), method)(f"/oauth/{path}")
    assert (answer.status_code, set(answer.json())) == (status, SHAPE)
    if status == 405:
        assert answer["Allow"] == "POST"


def test_what_is_wrong_with_a_grant_is_said_as_oauth_has_it(db: None) -> None:
    answer = Client().post("/oauth/token", {"grant_type": "client_credentials"})
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize("path", ["/api/v2/users/me", "/oauth/token", "/hooks/x/"])
def test_an_unknown_host(path: str) -> None:
    answer = Client().get(path, headers={"Host": "elsewhere.example"})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad.request")
    assert set(answer.json()) == SHAPE
    page = Client().get(path, headers={"Host": "elsewhere.example", "Accept": "text/html"})
    assert page["Content-Type"].startswith("text/html")
