"""Machines that call the API: with the test client, and through the public SDK against a running product."""

import json
import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from django.utils import timezone
from oauth2_provider.models import AccessToken, set_token_value

from accounts.models import User

if TYPE_CHECKING:
    from tests.product import Product


def token_of(user: User, **facts: Any) -> str:
    """A bearer token that acts as `user`."""
    token = secrets.token_urlsafe(16)
    stored = AccessToken(user=user, expires=timezone.now() + timedelta(hours=1), scope="read write", **facts)
    set_token_value(stored, token)
    stored.save()
    return token


class Api:
    """A machine with a token. Each method gives the response; `of` its body, where it must be good."""

    def __init__(self, user: User | None = None, token: str = "") -> None:
        token = token or (token_of(user) if user else "")
        self.client = Client(raise_request_exception=True)
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """One request under /api/v2/."""
        data = body if isinstance(body, str | bytes) else b"" if body is None else json.dumps(body)
        return self.client.generic(
            method.upper(),
            f"/api/v2/{path}",
            data,
            content_type="application/json",
            headers={**self.headers, **headers},
        )

    def get(self, path: str, **query: Any) -> Any:
        """Read."""
        return self.client.get(f"/api/v2/{path}", query, headers=self.headers)

    def of(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """The body of an answer that must be 2xx."""
        response = self.call(method, path, body, **headers)
        assert 200 <= response.status_code < 300, (response.status_code, response.content)
        return response.json() if response.content else None

    def refused(self, status: int, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """The error of an answer that must have this status; it has the one shape."""
        response = self.call(method, path, body, **headers)
        assert response.status_code == status, (response.status_code, response.content)
        error = response.json()
        assert set(error) == {"status", "code", "message", "messageParams", "details", "contextId"}
        assert error["status"] == status
        return error


Calling = Callable[[User], Api]


@pytest.fixture
def calling(db: None) -> Calling:
    """`calling(alice)`: a machine that acts as Alice."""
    return Api


@pytest.fixture
def as_alice(alice: User) -> Api:
    return Api(alice)


@pytest.fixture
def as_admin(admin: User) -> Api:
    return Api(admin)


@pytest.fixture
def as_charlie(charlie: User) -> Api:
    return Api(charlie)


def sdk_client(product: "Product", user: str) -> Any:
    """The public SDK's client of the running product, with a token that acts as `user`."""
    import PureCloudPlatformClientV2 as sdk  # noqa: N813

    configuration = sdk.configuration
    configuration.host = product.url
    configuration.access_token = product.manage("issue_token", user).strip()
    client = sdk.api_client.ApiClient(host=product.url)
    client.access_token = configuration.access_token
    return client
