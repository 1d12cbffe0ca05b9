"""Tokens through the public SDK, from the running product."""

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.factories import PASSWORD

if TYPE_CHECKING:
    from tests.product import Product

pytestmark = [pytest.mark.long, pytest.mark.timeout(240)]
BACK = "http://127.0.0.1:7777/signed-in"


def test_client_credentials(live_product: "Product") -> None:
    import PureCloudPlatformClientV2 as sdk  # noqa: N813
    from PureCloudPlatformClientV2.rest import ApiException

    client_id, secret = live_product.manage("issue_client", "Reporting", "bob").split()
    client = sdk.api_client.ApiClient(host=live_product.url).get_client_credentials_token(client_id, secret)
    assert sdk.UsersApi(client).get_users_me().name.startswith("Bob")
    with pytest.raises(ApiException) as refused:
        sdk.api_client.ApiClient(host=live_product.url).get_client_credentials_token(client_id, "wrong")
    assert refused.value.status == 401


def test_a_code_with_pkce(live_product: "Product") -> None:
    import PureCloudPlatformClientV2 as sdk  # noqa: N813

    client_id = live_product.manage(
        "shell",
        "--no-imports",
        "-c",
        f"from accounts.clients import make_application; print(make_application('Desk', ['{BACK}']).client_id)",
    ).strip()
    client = sdk.api_client.ApiClient(host=live_product.url)
    verifier = client.generate_pkce_code_verifier(64)
    asked = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": BACK,
        "code_challenge": client.compute_pkce_code_challenge(verifier),
        "code_challenge_method": "S256",
    }
    code = _allowed_by_alice(live_product.url, asked)
    _client, told = client.get_pkce_token(client_id, verifier, code, BACK)
    assert told["token_type"] == "Bearer"
    assert sdk.UsersApi(client).get_users_me().name.startswith("Alice")


def _allowed_by_alice(url: str, asked: dict[str, str]) -> str:
    with httpx.Client(base_url=url, follow_redirects=True) as browser:
        page = browser.get("/oauth/authorize", params=asked)
        assert page.url.path == "/sign-in/"
        who = {**_hidden(page.text), "username": "alice", "password": PASSWORD}
        page = browser.post(page.url, data=who, headers={"Referer": str(page.url)})
        assert "Desk" in page.text
        allowed = {**_hidden(page.text), "allow": "true"}
        answer = browser.post(page.url, data=allowed, headers={"Referer": str(page.url)}, follow_redirects=False)
        assert answer.headers["Location"].startswith(BACK)
        return parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]


def _hidden(page: str) -> dict[str, str]:
    fields = re.findall(r'<input type="hidden" name="([^"]+)"(?: value="([^"]*)")?', page)
    return {name: value.replace("&amp;", "&") for name, value in fields}
