"""Channels: a form for each kind, secrets that go in and never come out, testing the connection."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts import permissions as may
from accounts.models import User
from accounts.permissions import allowed
from accounts.roles import AGENT, INTEGRATION, group_of
from delivery.admin.channels import kinds_to_add
from delivery.connectors import connector_class, connector_kinds
from delivery.connectors.base import Failure, SendError
from delivery.connectors.open_webhook import OpenWebhookConnector, rule_id, topic_id
from delivery.connectors.practice import PracticeConnector
from interactions.models import Inbox
from queues.models import Queue
from tests.admin.forms import errors, filled, save, words

ADD = "/admin/interactions/inbox/add/"
SECRET = "the-token-nobody-may-read"
NEW = "a-new-token-nobody-may-read"


@pytest.fixture
def office(client: Client, admin: User) -> Client:
    """The administration, signed in as an administrator."""
    client.force_login(admin)
    return client


@pytest.fixture
def practice(inbox: Inbox) -> Inbox:
    """The practice network's channel, with its secrets."""
    inbox.secrets = {"token": SECRET, "signing_secret": SECRET}
    inbox.save()
    return inbox


def page_of(inbox: Inbox) -> str:
    return reverse("admin:interactions_inbox_change", args=[inbox.pk])


def test_the_kind_is_chosen_first(office: Client) -> None:
    body = office.get(ADD).content.decode()
    for kind, label in kinds_to_add().items():
        assert f'href="?kind={kind}"' in body
        assert str(label) in body
    assert office.get(f"{ADD}?kind=nonsense").content.decode().count("?kind=") == len(kinds_to_add())


def test_a_house_without_the_practice_network_does_not_offer_it(office: Client, settings: Any) -> None:
    settings.PRACTICE_NETWORK = False
    assert "?kind=practice" not in office.get(ADD).content.decode()


@pytest.mark.parametrize("kind", connector_kinds())
def test_each_kind_asks_for_what_its_platform_needs(office: Client, queue: Queue, kind: str) -> None:
    form = office.get(f"{ADD}?kind={kind}").context["adminform"].form
    for setting in connector_class(kind).settings:
        name = f"{'secret' if setting.secret else 'setting'}_{setting.name}"
        assert form.fields[name].label == setting.label
        assert form.fields[name].required == setting.required
        assert (getattr(form.fields[name].widget, "input_type", "") == "password") == setting.secret
    assert "settings" not in form.fields
    assert "secrets" not in form.fields


def test_a_channel_is_added_with_its_secrets_encrypted(office: Client, queue: Queue) -> None:
    given = {"name": "Ours", "queue": str(queue.pk), "secret_token": SECRET, "secret_signing_secret": SECRET}
    page = save(office, f"{ADD}?kind=practice", **given, setting_base_url="https://practice.example")
    inbox = Inbox.objects.get(name="Ours")
    assert (inbox.kind, inbox.settings) == ("practice", {"base_url": "https://practice.example"})
    assert inbox.secrets == {"token": SECRET, "signing_secret": SECRET}
    assert inbox.media_types == ["image/jpeg", "image/png", "image/gif"]
    assert SECRET not in page.content.decode()
    with connection.cursor() as cursor:
        cursor.execute("SELECT secrets FROM interactions_inbox WHERE name = 'Ours'")
        assert SECRET not in cursor.fetchone()[0]


def test_a_new_channel_suggests_who_may_reply(office: Client, queue: Queue) -> None:
    save(office, f"{ADD}?kind=practice", name="Ours", queue=str(queue.pk), secret_token="t", secret_signing_secret="s")
    inbox = Inbox.objects.get(name="Ours")
    granted = inbox.inboxgrouppermission_set.values_list("group__name", "permission__codename")
    assert ("Agent", may.REPLY_PUBLIC.codename) in granted
    assert ("Integration", may.RECEIVE.codename) in granted
    assert ("Administrator", may.REPLY_PUBLIC.codename) not in granted


def test_a_missing_secret_is_asked_for(office: Client, queue: Queue) -> None:
    page = save(office, f"{ADD}?kind=practice", name="Ours", queue=str(queue.pk), secret_signing_secret="s")
    assert "secret_token" in errors(page)
    assert not Inbox.objects.exists()


def test_a_secret_left_empty_stays_and_is_never_shown(office: Client, practice: Inbox) -> None:
    body = office.get(page_of(practice)).content.decode()
    assert SECRET not in body
    assert "Set. Leave empty to keep it." in body
    save(office, page_of(practice), name="Renamed")
    practice.refresh_from_db()
    assert (practice.name, practice.secrets["token"]) == ("Renamed", SECRET)
    page = save(office, page_of(practice), secret_token=NEW)
    practice.refresh_from_db()
    assert practice.secrets == {"token": NEW, "signing_secret": SECRET}
    history = office.get(reverse("admin:interactions_inbox_history", args=[practice.pk]))
    for text in (page.content.decode(), history.content.decode()):
        assert NEW not in text
        assert SECRET not in text


def test_a_wrong_form_does_not_show_the_secret_again(office: Client, practice: Inbox) -> None:
    page = save(office, page_of(practice), name="", secret_token=NEW)
    assert "name" in errors(page)
    assert NEW not in page.content.decode()


def test_a_secret_that_can_be_done_without_can_be_removed(office: Client, webhook: Inbox) -> None:
    webhook.settings, webhook.secrets = (
        {"webhook_url": "https://x.example"},
        {"signing_secret": "s" * 16, "headers": "A: b"},
    )
    webhook.save()
    save(office, page_of(webhook), forget_headers="on")
    webhook.refresh_from_db()
    assert webhook.secrets == {"signing_secret": "s" * 16}


def test_saving_does_not_undo_what_happened_meanwhile(office: Client, practice: Inbox) -> None:
    page = office.get(page_of(practice))
    Inbox.objects.filter(pk=practice.pk).update(trouble="refused")
    office.post(page_of(practice), {**filled(page), "name": "Renamed"})
    practice.refresh_from_db()
    assert (practice.name, practice.trouble) == ("Renamed", "refused")


def test_the_addresses_of_the_open_webhook_are_ready_to_copy(office: Client, webhook: Inbox, settings: Any) -> None:
    settings.PUBLIC_URL = "https://care.example"
    body = office.get(page_of(webhook)).content.decode()
    pk = str(webhook.pk)
    public = f"socialmedia/topics/{topic_id(pk)}/dataingestionrules/open/{rule_id(pk)}/messages/bulk"
    for path in (
        *(f"conversations/messages/{pk}/inbound/open/{each}" for each in ("message", "receipt", "event")),
        public,
    ):
        assert f'data-copy="https://care.example/api/v2/{path}"' in body


# --- Testing the connection -----------------------------------------------------------------------------------------


def press(client: Client, inbox: Inbox) -> Any:
    return client.post(reverse("admin:interactions_inbox_test_connection", args=[inbox.pk]), follow=True)


def test_a_connection_that_works_says_so_and_clears_the_trouble(
    office: Client, practice: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    Inbox.objects.filter(pk=practice.pk).update(trouble="refused")
    monkeypatch.setattr(PracticeConnector, "check", lambda self: "Connected as @acme")
    page = press(office, practice)
    assert "Connected as @acme" in words(page)
    practice.refresh_from_db()
    assert (practice.trouble, practice.trouble_at) == ("", None)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (SendError(Failure.ACCOUNT, detail=f"bad token {SECRET}"), "refuses the account"),
        (SendError(Failure.NETWORK, detail="no route"), "could not be reached. no route"),
        (ValueError(f"odd {SECRET}"), "unexpected"),
    ],
)
def test_one_that_does_not_says_why_without_the_secret(
    error: Exception, said: str, office: Client, practice: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def check(self: Any) -> str:
        raise error

    Inbox.objects.filter(pk=practice.pk).update(trouble="refused")
    monkeypatch.setattr(PracticeConnector, "check", check)
    page = press(office, practice)
    assert said in words(page)
    assert SECRET not in page.content.decode()
    practice.refresh_from_db()
    assert practice.trouble == "refused"


def test_several_are_tested_from_the_list(
    office: Client, practice: Inbox, webhook: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PracticeConnector, "check", lambda self: "fine")
    monkeypatch.setattr(OpenWebhookConnector, "check", lambda self: "fine too")
    chosen = {"action": "test_connections", "_selected_action": [practice.pk, webhook.pk]}
    page = office.post("/admin/interactions/inbox/", chosen, follow=True)
    assert "Practice network: fine" in words(page)
    assert "Open webhook: fine too" in words(page)


def test_testing_needs_a_post_and_the_right(client: Client, office: Client, practice: Inbox, charlie: User) -> None:
    address = reverse("admin:interactions_inbox_test_connection", args=[practice.pk])
    assert office.get(address).status_code == 405
    charlie.is_staff = True
    charlie.save()
    client.force_login(charlie)
    assert client.post(address).status_code == 403


# --- Who may do what here -------------------------------------------------------------------------------------------


def test_rights_are_ticked_in_a_table(office: Client, practice: Inbox, charlie: User) -> None:
    agent, machine = group_of(AGENT), group_of(INTEGRATION)
    charlie.groups.add(agent)
    ticks = [f"role:{agent.pk}:{may.REPLY_PRIVATE.codename}", f"role:{machine.pk}:{may.RECEIVE.codename}"]
    save(office, page_of(practice), grants=ticks)
    assert allowed(User.objects.get(pk=charlie.pk), may.REPLY_PRIVATE, practice)
    assert not allowed(User.objects.get(pk=charlie.pk), may.REPLY_PUBLIC, practice)
    save(office, page_of(practice), grants=ticks[1:])
    assert not allowed(User.objects.get(pk=charlie.pk), may.REPLY_PRIVATE, practice)


def test_who_may_only_look_sees_no_settings(client: Client, practice: Inbox, charlie: User) -> None:
    from accounts.roles import grant

    charlie.is_staff = True
    charlie.save()
    grant(charlie, next(right for right in may.CONFIGURING if (right.entity, right.action) == ("Integration", "View")))
    client.force_login(charlie)
    page = client.get(page_of(practice))
    assert page.status_code == 200
    body = page.content.decode()
    assert "secret_token" not in body
    assert SECRET not in body
    assert 'name="grants"' not in body
    assert client.post(page_of(practice), {"name": "Mine"}).status_code == 403
