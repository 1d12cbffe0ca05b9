"""Tokens: got by machines and by applications for people, and ended at once."""

import base64
import hashlib
from datetime import timedelta
from io import StringIO
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from oauth2_provider.models import AccessToken, RefreshToken

from accounts import clients
from accounts.models import ApiClient, ApiToken, User
from socialcare.api.models import Answered, Channel
from socialcare.api.tasks import clear
from socialcare.errors import Invalid
from tests.api.conftest import Api, token_of

VERIFIER = "a-verifier-of-at-least-forty-three-characters-which-this-is"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
BACK = "https://desk.example.org/signed-in"


def basic(client_id: str, secret: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()}


def ask_for_token(headers: dict[str, str] | None = None, **given: str) -> Any:
    return Client().post("/oauth/token", given, headers=headers or {})


@pytest.fixture
def machine(alice: User) -> tuple[ApiClient, str]:
    return clients.make_machine("Reporting", alice)


def token_by_secret(client: ApiClient, secret: str) -> str:
    answer = ask_for_token(basic(client.client_id, secret), grant_type="client_credentials")
    assert answer.status_code == 200, answer.content
    return answer.json()["access_token"]


# ------------------------------------------------------------------ machines


def test_a_machine_acts_as_its_service_user(machine: tuple[ApiClient, str], alice: User) -> None:
    token = token_by_secret(*machine)
    assert Api(token=token).of("get", "users/me")["id"] == str(alice.pk)
    stored = AccessToken.objects.get()
    assert token not in (stored.token, stored.token_checksum)
    assert machine[1] not in machine[0].client_secret
    assert stored.expires - timezone.now() > timedelta(hours=23)


@pytest.mark.parametrize("secret", ["", "wrong"])
def test_a_wrong_secret_gets_nothing(machine: tuple[ApiClient, str], secret: str) -> None:
    answer = ask_for_token(basic(machine[0].client_id, secret), grant_type="client_credentials")
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize("grant", ["password", "implicit", "authorization_code", "refresh_token", ""])
def test_a_machine_gets_a_token_in_no_other_way(machine: tuple[ApiClient, str], grant: str) -> None:
    given = {"grant_type": grant, "username": "alice", "password": "demo", "code": "x", "refresh_token": "x"}
    assert ask_for_token(basic(machine[0].client_id, machine[1]), **given).status_code == 400
    assert not AccessToken.objects.exists()


def test_a_machine_whose_user_is_shut_out_is_out_at_once(machine: tuple[ApiClient, str], alice: User) -> None:
    api = Api(token=token_by_secret(*machine))
    alice.is_active = False
    alice.save()
    api.refused(401, "get", "users/me")
    answer = ask_for_token(basic(machine[0].client_id, machine[1]), grant_type="client_credentials")
    assert answer.status_code == 400


def test_revoked_is_over_at_once(machine: tuple[ApiClient, str]) -> None:
    token = token_by_secret(*machine)
    headers = basic(machine[0].client_id, machine[1])
    assert Client().post("/oauth/revoke", {"token": token}, headers=headers).status_code == 200
    Api(token=token).refused(401, "get", "users/me")


def test_a_new_secret_ends_the_old_one_and_its_tokens(machine: tuple[ApiClient, str]) -> None:
    client, old = machine
    api = Api(token=token_by_secret(client, old))
    new = clients.new_secret(client)
    api.refused(401, "get", "users/me")
    assert ask_for_token(basic(client.client_id, old), grant_type="client_credentials").status_code == 401
    Api(token=token_by_secret(client, new)).of("get", "users/me")


def test_a_deleted_client_is_out_at_once(machine: tuple[ApiClient, str]) -> None:
    api = Api(token=token_by_secret(*machine))
    machine[0].delete()
    api.refused(401, "get", "users/me")


def test_a_script_gets_a_client(alice: User) -> None:
    said = StringIO()
    call_command("issue_client", "Nightly", "alice", stdout=said)
    client_id, secret = said.getvalue().split()
    assert Api(token=token_by_secret(ApiClient.objects.get(client_id=client_id), secret)).of("get", "users/me")
    with pytest.raises(CommandError):
        call_command("issue_client", "Nightly", "nobody")


# ------------------------------------------------------------------ applications for people


@pytest.fixture
def application(db: None) -> ApiClient:
    return clients.make_application("Wallboard", [BACK])


def asked(application: ApiClient, **other: str) -> dict[str, str]:
    return {
        "response_type": "code",
        "client_id": application.client_id,
        "redirect_uri": BACK,
        "state": "a state",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        **other,
    }


def consent(at_alice: Client, application: ApiClient, *, allow: bool = True, **other: str) -> dict[str, str]:
    """What the application is told when somebody has pressed a button."""
    page = at_alice.get("/oauth/authorize", asked(application, **other))
    assert page.status_code == 200, page.content
    form = {name: value for name, value in page.context["form"].initial.items() if value is not None}
    answer = at_alice.post("/oauth/authorize", {**form, **({"allow": "true"} if allow else {})})
    assert answer.status_code == 302
    assert answer["Location"].startswith(BACK)
    return {name: values[0] for name, values in parse_qs(urlsplit(answer["Location"]).query).items()}


@pytest.fixture
def at_alice(alice: User) -> Client:
    client = Client()
    client.force_login(alice)
    return client


def redeem(application: ApiClient, code: str, **other: str) -> Any:
    given = {"client_id": application.client_id, "code": code, "redirect_uri": BACK, "code_verifier": VERIFIER, **other}
    return ask_for_token(grant_type="authorization_code", **given)


def test_an_application_acts_as_whoever_allows_it(at_alice: Client, application: ApiClient, alice: User) -> None:
    told = consent(at_alice, application)
    assert told["state"] == "a state"
    answer = redeem(application, told["code"]).json()
    assert Api(token=answer["access_token"]).of("get", "users/me")["id"] == str(alice.pk)
    assert redeem(application, told["code"]).status_code == 400
    renewed = ask_for_token(
        grant_type="refresh_token", client_id=application.client_id, refresh_token=answer["refresh_token"]
    ).json()
    Api(token=renewed["access_token"]).of("get", "users/me")
    Api(token=answer["access_token"]).refused(401, "get", "users/me")


def test_nobody_is_made_to_allow_it(at_alice: Client, application: ApiClient) -> None:
    assert consent(at_alice, application, allow=False)["error"] == "access_denied"


def test_who_is_not_signed_in_signs_in_first(application: ApiClient, alice: User) -> None:
    answer = Client().get("/oauth/authorize", asked(application))
    assert answer.status_code == 302
    assert answer["Location"].startswith("/sign-in/?next=/oauth/authorize")


@pytest.mark.parametrize("verifier", ["", "b" * 50])
def test_a_code_is_worth_nothing_without_its_verifier(at_alice: Client, application: ApiClient, verifier: str) -> None:
    code = consent(at_alice, application)["code"]
    assert redeem(application, code, code_verifier=verifier).status_code == 400


def test_without_pkce_nothing_is_asked(at_alice: Client, application: ApiClient) -> None:
    plain = {name: value for name, value in asked(application).items() if not name.startswith("code_")}
    answer = at_alice.get("/oauth/authorize", plain)
    assert answer.status_code == 302
    assert "invalid_request" in answer["Location"]


def test_an_address_nobody_registered_is_not_led_to(at_alice: Client, application: ApiClient) -> None:
    answer = at_alice.get("/oauth/authorize", asked(application, redirect_uri="https://evil.example"))
    assert answer.status_code == 400
    assert "evil.example" not in answer.get("Location", "")
    assert "cannot be allowed" in answer.content.decode()


@pytest.mark.parametrize(("language", "words"), [("en", "Allow Wallboard?"), ("fr", "Autoriser Wallboard")])
def test_the_page_speaks_the_persons_language(
    at_alice: Client, application: ApiClient, alice: User, language: str, words: str
) -> None:
    alice.language = language
    alice.save()
    page = at_alice.get("/oauth/authorize", asked(application))
    assert words in page.content.decode()
    assert "form-action 'self' https://desk.example.org" in page["Content-Security-Policy"]
    assert "unsafe" not in page["Content-Security-Policy"]
    assert "no-store" in page["Cache-Control"]


def test_somebody_shut_out_renews_nothing(at_alice: Client, application: ApiClient, alice: User) -> None:
    answer = redeem(application, consent(at_alice, application)["code"]).json()
    alice.is_active = False
    alice.save()
    Api(token=answer["access_token"]).refused(401, "get", "users/me")
    renewing = {"client_id": application.client_id, "refresh_token": answer["refresh_token"]}
    assert ask_for_token(grant_type="refresh_token", **renewing).status_code == 400


def test_revoking_takes_the_renewal_too(at_alice: Client, application: ApiClient) -> None:
    answer = redeem(application, consent(at_alice, application)["code"]).json()
    clients.revoke(ApiToken.objects.get())
    Api(token=answer["access_token"]).refused(401, "get", "users/me")
    renewing = {"client_id": application.client_id, "refresh_token": answer["refresh_token"]}
    assert ask_for_token(grant_type="refresh_token", **renewing).status_code == 400


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ftp://a.example/x",
        "https://",
        "javascript:alert(1)",
        "http://a.example/x",
        "https://a.example/#x",
        "/x",
        "https://[",
    ],
)
def test_addresses_that_are_not_possible(db: None, address: str) -> None:
    with pytest.raises(Invalid):
        clients.make_application("X", address.split())


def test_on_ones_own_machine_http_will_do_unless_served_by_tls(db: None, settings: Any) -> None:
    assert clients.make_application("X", ["http://127.0.0.1:7777/back"])
    settings.HTTPS = True
    with pytest.raises(Invalid):
        clients.make_application("X", ["http://127.0.0.1:7777/back"])


# ------------------------------------------------------------------ the clock


def test_the_clock_clears_what_is_no_longer_good(alice: User) -> None:
    old, new = token_of(alice), token_of(alice)
    for token in (old, new):
        Api(token=token).of("post", "notifications/channels")
    first = AccessToken.objects.order_by("pk")[0]
    AccessToken.objects.filter(pk=first.pk).update(expires=timezone.now() - timedelta(days=1))
    for key in ("a", "b"):
        Answered.objects.create(user=alice, key=key, fingerprint="")
    Answered.objects.filter(key="a").update(created_at=timezone.now() - timedelta(hours=25))
    clear()
    assert AccessToken.objects.count() == Channel.objects.count() == 1
    assert [row.key for row in Answered.objects.all()] == ["b"]
    assert not RefreshToken.objects.exists()
    Api(token=new).of("get", "users/me")


@pytest.mark.parametrize("days", ["0", "-1", "4000"])
def test_a_token_is_good_for_a_day_at_least(alice: User, days: str) -> None:
    with pytest.raises(CommandError, match="1 to 3650 days"):
        call_command("issue_token", "alice", "--days", days)
    assert not AccessToken.objects.exists()


def test_a_machine_from_nothing(db: None) -> None:
    out = StringIO()
    call_command("issue_client", "Middleware", "middleware", "--new", "--role", "Administrator", stdout=out)
    client_id, secret = out.getvalue().split()
    answer = ask_for_token(basic(client_id, secret), grant_type="client_credentials")
    api = Api(token=answer.json()["access_token"])
    assert api.of("get", "users/me")["username"] == "middleware"
    assert api.of("post", "routing/queues", {"name": "First"})["name"] == "First"
    assert not User.objects.get(username="middleware").has_usable_password()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["alice", "--new"], "there already"),
        (["bridge", "--new", "--role", "King"], "no role"),
        (["a name, impossible", "--new"], "valid username"),
        (["alice", "--role", "Agent"], "--new"),
    ],
)
def test_a_service_user_that_cannot_be(alice: User, arguments: list[str], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        call_command("issue_client", "Middleware", *arguments)
    assert not ApiClient.objects.exists()
    assert not User.objects.filter(username="bridge").exists()
