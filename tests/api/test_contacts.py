"""Customers over the API."""

import uuid
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from interactions.models import Contact, Handle, Inbox
from tests.api.conftest import Api
from tests.api.sdk import read_as
from tests.factories import ContactFactory, HandleFactory, InteractionFactory, MessageFactory

CONTACTS = "externalcontacts/contacts"
MERGE = "externalcontacts/merge/contacts"


def test_one_is_written_down_and_changed(as_admin: Api) -> None:
    made = as_admin.of(
        "post",
        CONTACTS,
        {
            "firstName": "Anna Maria",
            "lastName": "Rossi",
            "workEmail": "anna@example.org",
            "cellPhone": {"display": "+39 06 12", "e164": "+390612"},
            "address": {"city": "Rome", "postalCode": "00100"},
            "externalOrganization": {"id": "x"},
        },
    )
    contact = Contact.objects.get(pk=made["id"])
    assert (contact.name, contact.place) == ("Anna Maria Rossi", "Rome")
    read = read_as("ExternalContact", as_admin.of("get", f"{CONTACTS}/{contact.pk}"))
    assert (read.first_name, read.last_name, read.work_email) == ("Anna Maria", "Rossi", "anna@example.org")
    assert (read.address.city, read.cell_phone.e164, read.type) == ("Rome", "+390612", "Curated")
    changed = as_admin.of("put", f"{CONTACTS}/{contact.pk}", {"lastName": "Bianchi", "about": "Collects stamps"})
    assert (changed["firstName"], changed["lastName"], changed["about"]) == ("Anna Maria", "Bianchi", "Collects stamps")
    assert changed["workEmail"] == "anna@example.org"
    cleared = as_admin.of("put", f"{CONTACTS}/{contact.pk}", {"workEmail": None, "address": None, "firstName": ""})
    assert cleared["lastName"] == "Bianchi"
    assert not {"workEmail", "address", "firstName"} & set(cleared)


def test_a_name_given_elsewhere_is_split(as_admin: Api) -> None:
    contact = ContactFactory(name="Ada King Lovelace")
    told = as_admin.of("get", f"{CONTACTS}/{contact.pk}")
    assert (told["firstName"], told["lastName"]) == ("Ada", "King Lovelace")


def test_as_whom_networks_know_them(as_admin: Api) -> None:
    contact = ContactFactory()
    HandleFactory(contact=contact, network="x", external_id="7", handle="@ada", name="Ada")
    HandleFactory(contact=contact, network="practice", external_id="8")
    told = read_as("ExternalContact", as_admin.of("get", f"{CONTACTS}/{contact.pk}"))
    values = {(each.type, each.value) for each in told.identifiers}
    assert values == {("SocialTwitter", "7"), ("ExternalId", "practice:8")}
    assert (told.twitter_id.id, told.twitter_id.screen_name) == ("7", "@ada")


@pytest.mark.parametrize(
    "wrong", [{"firstName": 7.5, "address": "Rome"}, {"lastName": "x" * 300}, {"cellPhone": {"extension": -1}}]
)
def test_what_is_wrong_about_a_customer(as_admin: Api, wrong: dict[str, Any]) -> None:
    as_admin.refused(400, "post", CONTACTS, wrong)


def test_a_name_that_is_too_long_in_all(as_admin: Api) -> None:
    as_admin.refused(400, "post", CONTACTS, {"firstName": "x" * 200, "lastName": "y" * 200})


def test_going_through_all_by_the_cursor(as_admin: Api) -> None:
    names = [ContactFactory(name=f"Customer {number:02}").name for number in range(7)]
    seen: list[str] = []
    path = f"{CONTACTS}?pageSize=3"
    while path:
        page = as_admin.of("get", path)
        assert "total" not in page
        seen += [f"{each['firstName']} {each['lastName']}" for each in page["entities"]]
        path = page.get("nextUri", "").removeprefix("/api/v2/")
    assert seen == names
    pages = [as_admin.of("get", f"{CONTACTS}?pageSize=3&pageNumber={number}")["entities"] for number in (1, 2, 3, 4)]
    assert [len(page) for page in pages] == [3, 3, 1, 0]
    as_admin.refused(400, "get", f"{CONTACTS}?pageSize=500&pageNumber=21")
    first = read_as("CursorContactListing", as_admin.of("get", "externalcontacts/scan/contacts?limit=5"))
    rest = as_admin.of("get", f"externalcontacts/scan/contacts?limit=5&cursor={first.cursors.after}")
    assert len(first.entities) + len(rest["entities"]) == 7
    assert "cursors" not in rest


@pytest.mark.parametrize("cursor", ["x", "eA", "eAB5", "AAAA", "%00", "eHgAeXk"])
def test_a_made_up_cursor(as_admin: Api, cursor: str) -> None:
    as_admin.refused(400, "get", f"{CONTACTS}?after={cursor}")
    as_admin.refused(400, "get", f"externalcontacts/scan/contacts?cursor={cursor}")


def test_looking_for_somebody(as_admin: Api) -> None:
    ada, bea = ContactFactory(name="Ada Lovelace"), ContactFactory(name="Beatrice")
    HandleFactory(contact=bea, handle="@lovely", external_id="did:1")
    HandleFactory(contact=bea, handle="@lovelier")

    def found(words: str) -> list[str]:
        return [each["id"] for each in as_admin.of("get", f"{CONTACTS}?q={words}")["entities"]]

    assert found("love") == [str(ada.pk), str(bea.pk)]
    assert found("%40lovely") == found("did:1") == [str(bea.pk)]
    assert found("velace") == []


def test_a_list_costs_the_same_however_long(as_admin: Api) -> None:
    as_admin.of("get", CONTACTS)
    counts = []
    for _ in range(2):
        for _each in range(9):
            HandleFactory()
        with CaptureQueriesContext(connection) as queries:
            as_admin.of("get", CONTACTS)
        assert "COUNT" not in str(queries.captured_queries)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_who_may_what(as_alice: Api, as_charlie: Api, alice: User, inbox: Inbox) -> None:
    own = InteractionFactory(inbox=inbox, owner=alice).customer.contact
    other = ContactFactory()
    as_alice.refused(403, "get", CONTACTS)
    assert as_alice.of("get", f"{CONTACTS}/{own.pk}")["id"] == str(own.pk)
    as_alice.refused(404, "get", f"{CONTACTS}/{other.pk}")
    as_charlie.refused(404, "get", f"{CONTACTS}/{own.pk}")
    for method, action in (("put", "Edit"), ("delete", "Delete")):
        error = as_alice.refused(403, method, f"{CONTACTS}/{own.pk}", {})
        assert error["messageParams"] == {"permission": f"Externalcontacts > Contact > {action}"}
    as_alice.refused(403, "post", CONTACTS, {"firstName": "X"})
    as_alice.refused(403, "post", MERGE, {"sourceContactId": str(own.pk), "targetContactId": str(other.pk)})


def test_who_has_conversations_is_not_forgotten(as_admin: Api, inbox: Inbox) -> None:
    known = InteractionFactory(inbox=inbox).customer.contact
    assert as_admin.refused(409, "delete", f"{CONTACTS}/{known.pk}")["code"] == "has.conversations"
    silent = HandleFactory().contact
    as_admin.of("delete", f"{CONTACTS}/{silent.pk}")
    assert not Handle.objects.filter(contact=silent).exists()
    spoke_elsewhere = MessageFactory(author=HandleFactory()).author.contact
    as_admin.refused(409, "delete", f"{CONTACTS}/{spoke_elsewhere.pk}")


def test_merging_over_the_api(as_admin: Api, inbox: Inbox) -> None:
    source = InteractionFactory(inbox=inbox).customer.contact
    target = HandleFactory().contact
    asked = {"sourceContactId": str(source.pk), "targetContactId": str(target.pk)}
    merged = read_as("ExternalContact", as_admin.of("post", MERGE, asked))
    assert merged.id == str(target.pk)
    assert len(merged.identifiers) == 2
    assert as_admin.of("get", f"{CONTACTS}/{source.pk}")["id"] == str(target.pk)
    assert [each["id"] for each in as_admin.of("get", CONTACTS)["entities"]] == [str(target.pk)]
    as_admin.refused(409, "post", MERGE, asked)
    as_admin.refused(409, "post", MERGE, {**asked, "sourceContactId": str(target.pk)})
    as_admin.refused(404, "post", MERGE, {**asked, "sourceContactId": str(uuid.uuid4())})
    as_admin.refused(400, "post", MERGE, {"sourceContactId": "x"})
    as_admin.refused(409, "delete", f"{CONTACTS}/{source.pk}")
