"""Every page of the administration, found in its registry: open to an administrator, closed to everybody else."""

import pytest
from django.contrib import admin
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from delivery.listening.capturing import capture
from delivery.models import Delivery, InboundPayload
from interactions.models import Handling, Inbox, Offer
from queues.models import Queue
from tests.factories import (
    CannedLibraryFactory,
    CannedResponseFactory,
    EscalationRuleFactory,
    IngestionRuleFactory,
    InteractionFactory,
    MessageFactory,
    SkillFactory,
    WrapUpCodeFactory,
    on_queue,
)
from tests.network import post

SECRET = "a-secret-that-must-never-be-shown"
PAGES = [model for model in admin.site._registry if model._meta.app_label != "admin"]
names = [f"{model._meta.app_label}_{model._meta.model_name}" for model in PAGES]


@pytest.fixture
def house(queue: Queue, inbox: Inbox, webhook: Inbox, alice: User, bob: User) -> None:
    """One of everything, with a secret in it."""
    inbox.secrets = {"token": SECRET, "signing_secret": SECRET}
    inbox.save()
    on_queue(alice)
    interaction = InteractionFactory(inbox=inbox, owner=alice)
    message = MessageFactory(interaction=interaction, text="<script>alert(1)</script>")
    now = timezone.now()
    Offer.objects.create(interaction=interaction, agent=alice, queue=queue, deadline=now)
    Handling.objects.create(interaction=interaction, agent=alice, queue=queue)
    Delivery.objects.create(message=message, interaction=interaction, inbox=inbox)
    InboundPayload.objects.create(inbox=inbox, body=b'{"text": "<script>alert(1)</script>"}')
    SkillFactory()
    WrapUpCodeFactory()
    CannedResponseFactory(library=CannedLibraryFactory())
    EscalationRuleFactory(queue=queue, inbox=webhook)
    words = "<script>alert(1)</script>"
    source = IngestionRuleFactory(inbox=webhook, name=words, includes=[words])
    capture(source, post(words, author=words, url="javascript:alert(1)"))


def addresses(model: type[Model]) -> list[str]:
    """The list, the form to add, and every page of one row."""
    place = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    row = model._default_manager.first()
    found = [reverse(f"{place}_changelist"), reverse(f"{place}_changelist") + "?q=alice", reverse(f"{place}_add")]
    found += [reverse(f"{place}_{page}", args=[row.pk]) for page in ("change", "delete", "history")] if row else []
    return found


def signed_in(client: Client, user: User) -> Client:
    client.force_login(user)
    return client


@pytest.mark.usefixtures("house")
@pytest.mark.parametrize("model", PAGES, ids=names)
def test_an_administrator_sees_every_page_and_no_secret(model: type[Model], client: Client, admin: User) -> None:
    signed_in(client, admin)
    for address in addresses(model):
        answer = client.get(address)
        assert answer.status_code in (200, 403), address
        if answer.status_code == 403:
            assert address.endswith(("/add/", "/delete/")), address
        body = answer.content.decode()
        assert SECRET not in body
        assert "<script>alert(1)" not in body
        assert admin.password not in body


@pytest.mark.usefixtures("house")
@pytest.mark.parametrize("model", PAGES, ids=names)
def test_nobody_else_sees_any(model: type[Model], client: Client, charlie: User) -> None:
    for address in addresses(model):
        answer = client.get(address)
        assert (answer.status_code, answer.url.partition("?")[0]) == (302, "/admin/login/")
    signed_in(client, charlie)
    for address in addresses(model):
        assert client.get(address, follow=True).status_code == 403, address


@pytest.mark.usefixtures("house")
@pytest.mark.parametrize("model", PAGES, ids=names)
def test_being_let_in_gives_no_right(model: type[Model], client: Client, charlie: User) -> None:
    charlie.is_staff = True
    charlie.save()
    signed_in(client, charlie)
    for address in addresses(model):
        assert client.get(address).status_code in (302, 403), address
    assert client.get("/admin/").status_code == 200
