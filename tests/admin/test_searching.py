"""Searching the long lists of the administration: what is found, and only what one may see."""

from typing import Any

import pytest
from django.contrib import admin as site
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.admin.base import LongAdmin
from accounts.models import User
from accounts.permissions import VIEW
from delivery.listening.models import CapturedPost
from interactions.models import Contact, Inbox, Interaction, Message
from queues.models import Queue
from tests.factories import ContactFactory, HandleFactory, InteractionFactory, MessageFactory, TopicFactory, grant

pytestmark = pytest.mark.django_db
LONG = [model for model, page in site.site._registry.items() if isinstance(page, LongAdmin) and page.search_fields]


def found(client: Client, model: type[Any], words: object, **more: object) -> list[Any]:
    """The rows of the list for these words."""
    place = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    answer = client.get(place, {"q": words, **more})
    assert answer.status_code == 200, answer
    return list(answer.context["cl"].result_list)


@pytest.fixture
def office(client: Client, admin: User) -> Client:
    """Where everything may be seen."""
    client.force_login(admin)
    return client


def test_customers_are_found_as_by_the_api(office: Client) -> None:
    ada = ContactFactory(name="Ada King Lovelace")
    for network in ("x", "bluesky"):
        HandleFactory(contact=ada, network=network, handle="@countess")
    ContactFactory(name="Bea")
    for words in ("king", "Ada King", "count", "@countess"):
        assert found(office, Contact, words) == [ada]
    assert found(office, Contact, "ovelace") == found(office, Contact, "%") == []


def test_conversations_are_found_by_their_customer_and_by_their_id(office: Client, inbox: Inbox) -> None:
    first, second = (
        InteractionFactory(inbox=inbox, customer=HandleFactory(name=f"Émile_{number}", handle=f"@ada{number}"))
        for number in (1, 2)
    )
    assert found(office, Interaction, first.pk) == found(office, Interaction, "@ADA1") == [first]
    assert found(office, Interaction, "Émile_2") == [second]
    assert set(found(office, Interaction, "Émile_")) == {first, second}
    assert found(office, Interaction, "mile") == found(office, Interaction, "_") == []


def test_messages_are_found_by_an_id_and_by_nothing_else(office: Client, inbox: Inbox) -> None:
    message, _other = MessageFactory(), MessageFactory()
    assert found(office, Message, message.pk) == found(office, Message, message.interaction_id) == [message]
    assert found(office, Message, "no id") == []


def test_posts_are_found_by_author_and_by_id(office: Client) -> None:
    common = {"topic": TopicFactory(), "platform": "open", "sent_at": timezone.now()}
    ada = CapturedPost.objects.create(external_id="did:1", author_name="Ada", author_handle="@lovely", **common)
    CapturedPost.objects.create(external_id="did:11", author_name="Bea", author_handle="@bea", **common)
    for words in ("did:1", "aDA", "@love"):
        assert found(office, CapturedPost, words) == [ada]


def test_what_was_found_goes_on_on_the_next_page(office: Client) -> None:
    names = [ContactFactory(name=f"Ada {number:02}").name for number in range(70)]
    for contact in Contact.objects.all():
        HandleFactory(contact=contact, handle="@ada")
    pages = [[row.name for row in found(office, Contact, "ada", p=number)] for number in (1, 2)]
    assert [len(page) for page in pages] == [50, 20]
    assert pages[0] + pages[1] == names[::-1]


def test_a_search_finds_only_what_one_may_see(client: Client, alice: User, inbox: Inbox, vip: Queue) -> None:
    grant(alice, VIEW, on=inbox.queue)
    alice.is_staff = True
    alice.save()
    client.force_login(alice)
    seen, hidden = (
        InteractionFactory(inbox=inbox, queue=queue, customer=HandleFactory(name="Ada")) for queue in (inbox.queue, vip)
    )
    assert found(client, Interaction, "ada") == [seen]
    assert found(client, Interaction, hidden.pk) == []


@pytest.mark.parametrize("model", LONG)
@pytest.mark.parametrize("words", ["%", "\\", "\u202e", "'; --", "0" * 36, '"', "x" * 500])
def test_no_words_break_a_list(office: Client, model: type[Any], words: str, queue: Queue) -> None:
    assert found(office, model, words) == []
    assert found(office, model, words, p="300") == []


def test_languages_are_those_of_the_newest(office: Client) -> None:
    for code in ("fr", "", "en"):
        ContactFactory(language=code)
    page = office.get(reverse("admin:interactions_contact_changelist"), {"language": "fr"})
    [chosen] = page.context["cl"].filter_specs
    assert [code for code, _label in chosen.lookup_choices] == ["en", "fr"]
    assert [row.language for row in page.context["cl"].result_list] == ["fr"]
