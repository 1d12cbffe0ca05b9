"""Applications in a browser, served from elsewhere: let in by their origin, at the API and where tokens are given."""

from typing import Any

import pytest
from django.test import Client

from accounts import clients
from accounts.models import User
from tests.api.conftest import token_of

DESK = "https://desk.example.org"


@pytest.fixture
def allowed(settings: Any) -> None:
    settings.CORS_ALLOWED_ORIGINS = [DESK]


def preflight(path: str, origin: str = DESK) -> Any:
    asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    return Client().options(path, headers={**asked, "Access-Control-Request-Headers": "authorization,idempotency-key"})


@pytest.mark.usefixtures("allowed")
@pytest.mark.parametrize("path", ["/api/v2/users/me", "/oauth/token"])
def test_a_browser_asks_first(path: str) -> None:
    answer = preflight(path)
    assert (answer.status_code, answer["Access-Control-Allow-Origin"]) == (200, DESK)
    assert "idempotency-key" in answer["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Credentials" not in answer


@pytest.mark.usefixtures("allowed")
@pytest.mark.parametrize("path", ["/sign-in/", "/panel/", "/admin/", "/oauth/authorize", "/oauth/token/x", "/files/x"])
def test_nothing_else_is_open_to_it(db: None, path: str) -> None:
    assert "Access-Control-Allow-Origin" not in preflight(path)
    assert "Access-Control-Allow-Origin" not in Client().get(path, headers={"Origin": DESK})


@pytest.mark.usefixtures("allowed")
def test_another_origin_is_not_let_in() -> None:
    assert "Access-Control-Allow-Origin" not in preflight("/api/v2/users/me", "https://elsewhere.example")


def test_nobody_is_let_in_by_default() -> None:
    assert "Access-Control-Allow-Origin" not in preflight("/api/v2/users/me")


@pytest.mark.usefixtures("allowed")
def test_answers_may_be_read_also_refusals(alice: User) -> None:
    for token, status in ((token_of(alice), 200), ("wrong", 401)):
        answer = Client().get("/api/v2/users/me", headers={"Origin": DESK, "Authorization": f"Bearer {token}"})
        assert (answer.status_code, answer["Access-Control-Allow-Origin"]) == (status, DESK)
        assert "Retry-After" in answer["Access-Control-Expose-Headers"]
    client = clients.make_application("Desk", [f"{DESK}/back"])
    given = {"grant_type": "authorization_code", "client_id": client.client_id, "code": "x", "redirect_uri": DESK}
    answer = Client().post("/oauth/token", given, headers={"Origin": DESK})
    assert (answer.status_code, answer["Access-Control-Allow-Origin"]) == (400, DESK)
