"""A form larger than the server takes."""

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import User


@pytest.mark.parametrize(("accept", "status", "kind"), [("application/json", 413, "json"), ("text/html", 400, "html")])
def test_a_form_too_large_is_refused_in_words(client: Client, alice: User, accept: str, status: int, kind: str) -> None:
    client.force_login(alice)
    text = "x" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
    form = "application/x-www-form-urlencoded"
    response = client.post("/panel/presence/", f"presence={text}", form, headers={"accept": accept})
    assert response.status_code == status
    assert kind in response.headers["Content-Type"]
    if kind == "json":
        assert response.json()["error"]["code"] == "too.large"
