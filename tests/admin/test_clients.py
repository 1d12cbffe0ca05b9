"""API clients and tokens in the administration."""

import re

import pytest
from django.test import Client
from django.urls import reverse
from oauth2_provider.models import AccessToken

from accounts import clients
from accounts.models import ApiClient, User
from tests.api.conftest import Api, token_of
from tests.api.test_oauth import token_by_secret

ADD = reverse("admin:accounts_apiclient_add")
TOKENS = reverse("admin:accounts_apitoken_changelist")


@pytest.fixture
def at_admin(admin: User) -> Client:
    client = Client()
    client.force_login(admin)
    return client


def told(page: bytes) -> tuple[str, str]:
    """The id and the secret on a page."""
    found = re.search(r'The id is (\S+) and the secret <code class="house-secret">(\S+)</code>\. Copy', page.decode())
    assert found, page.decode()
    return found[1], found[2]


def test_a_machine_and_its_secret_shown_once(at_admin: Client, alice: User) -> None:
    form = {"name": "Reporting", "kind": "machine", "user": str(alice.pk), "redirect_uris": ""}
    page = at_admin.post(ADD, {**form, "_continue": "1"}, follow=True)
    client = ApiClient.objects.get()
    client_id, secret = told(page.content)
    assert (client_id, client.name, client.user) == (client.client_id, "Reporting", alice)
    Api(token=token_by_secret(client, secret)).of("get", "users/me")
    again = at_admin.get(reverse("admin:accounts_apiclient_change", args=[client.pk])).content.decode()
    assert client.client_id in again
    assert secret not in again
    assert client.client_secret not in again


def test_a_new_secret(at_admin: Client, alice: User) -> None:
    client, old = clients.make_machine("Reporting", alice)
    page = at_admin.post(reverse("admin:accounts_apiclient_new_secret", args=[client.pk]), follow=True)
    _client_id, secret = told(page.content)
    assert secret != old
    token_by_secret(client, secret)


def test_renaming_keeps_the_secret(at_admin: Client, alice: User) -> None:
    client, secret = clients.make_machine("Reporting", alice)
    address = reverse("admin:accounts_apiclient_change", args=[client.pk])
    at_admin.post(address, {"name": "Figures", "user": str(alice.pk)})
    client.refresh_from_db()
    assert client.name == "Figures"
    token_by_secret(client, secret)


def test_an_application_for_agents(at_admin: Client) -> None:
    form = {"name": "Wallboard", "kind": "application", "user": "", "redirect_uris": "nonsense"}
    assert "nonsense" in at_admin.post(ADD, form).content.decode()
    assert not ApiClient.objects.exists()
    at_admin.post(ADD, {**form, "redirect_uris": "https://a.example/x\r\nhttps://b.example/y"})
    client = ApiClient.objects.get()
    assert not client.is_machine
    assert client.redirect_uris.split() == ["https://a.example/x", "https://b.example/y"]


def test_a_machine_needs_a_service_user(at_admin: Client) -> None:
    page = at_admin.post(ADD, {"name": "Reporting", "kind": "machine", "user": "", "redirect_uris": ""})
    assert "Choose as whom it acts" in page.content.decode()
    assert not ApiClient.objects.exists()


def test_tokens_are_listed_without_their_values_and_revoked(at_admin: Client, alice: User, bob: User) -> None:
    good, bad = token_of(bob), token_of(alice)
    page = at_admin.get(TOKENS, {"q": "alice"}).content.decode()
    stored = AccessToken.objects.get(user=alice)
    assert "Alice" in page
    assert "Bob" not in page
    assert bad not in page
    assert stored.token_checksum not in page
    at_admin.post(TOKENS, {"action": "revoke", "_selected_action": [stored.pk]})
    Api(token=bad).refused(401, "get", "users/me")
    Api(token=good).of("get", "users/me")


def test_they_are_for_administrators_only(sam: User) -> None:
    sam.is_staff = True
    sam.save()
    client = Client()
    client.force_login(sam)
    for address in (ADD, TOKENS, reverse("admin:accounts_apiclient_changelist")):
        assert client.get(address).status_code == 403


# --- Words -----------------------------------------------------------------------------------------------------------


def test_french_names_of_a_librarys_fields(at_admin: Client, admin: User, alice: User) -> None:
    client, _secret = clients.make_machine("Reporting", alice)
    token_of(alice)
    User.objects.filter(pk=admin.pk).update(language="fr")
    shown = at_admin.get(reverse("admin:accounts_apiclient_changelist")).content.decode()
    assert "Identifiant du client" in shown
    assert "Expire le" in at_admin.get(TOKENS).content.decode()
    page = at_admin.get(reverse("admin:accounts_apiclient_change", args=[client.pk])).content.decode()
    assert "Client ID" not in page
    assert re.search(r">\s*Supprimer\s*</a>", page)


# --- Kinds -----------------------------------------------------------------------------------------------------------


def test_each_kind_asks_for_what_it_needs(at_admin: Client, alice: User) -> None:
    shown = at_admin.get(ADD).content.decode()
    for name in ("user", "redirect_uris"):
        assert re.search(rf'class="[^"]*\brequired\b[^"]*" for="id_{name}"', shown), name
    page = at_admin.post(ADD, {"name": "Reporting", "kind": "machine", "user": "", "redirect_uris": ""})
    assert set(page.context["adminform"].form.errors) == {"user"}
    page = at_admin.post(ADD, {"name": "Desk", "kind": "application", "user": "", "redirect_uris": ""})
    assert set(page.context["adminform"].form.errors) == {"redirect_uris"}
    at_admin.post(
        ADD, {"name": "Desk", "kind": "application", "user": "", "redirect_uris": "https://desk.example/back"}
    )
    assert ApiClient.objects.get().redirect_uris == "https://desk.example/back"


def test_an_application_keeps_an_address(at_admin: Client) -> None:
    client = clients.make_application("Desk", ["https://desk.example/back"])
    address = reverse("admin:accounts_apiclient_change", args=[client.pk])
    page = at_admin.post(address, {"name": "Desk", "redirect_uris": ""})
    assert list(page.context["adminform"].form.errors.values()) == [["This field is required."]]
