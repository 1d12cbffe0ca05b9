"""Every address of the panel, as the table of addresses has it: a new one is covered from its first day."""

import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, reverse
from django.utils import timezone

from accounts.models import User
from interactions import attachments
from interactions.models import Interaction, Offer
from socialcare.panel.urls import urlpatterns
from tests.factories import MessageFactory

JSON = {"Accept": "application/json"}
FOR_EVERYBODY = {"emoji"}
DOORS = [door for door in urlpatterns if door.name not in FOR_EVERYBODY]
SAID = {
    "to": "on",
    "presence": "Meal",
    "text": "x",
    "visibility": "private",
    "key": str(uuid.uuid4()),
    "do": "save",
    "alt": "x",
}


def names(door: URLPattern) -> str:
    return str(door.name)


def address(door: URLPattern, ids: dict[str, Any]) -> str:
    wanted = door.pattern.converters
    return reverse(f"panel:{door.name}", kwargs={name: ids[name] for name in wanted})


@pytest.fixture
def ids(alice: User, work: Interaction) -> dict[str, Any]:
    """One of everything that Alice works with."""
    file = attachments.store(work, b"x", attachments.Kind("image/png", "png"), "a.png", uploaded_by=alice)
    message = MessageFactory(interaction=work, agent=alice)
    offer = Offer.objects.create(
        interaction=work, agent=alice, queue=work.queue, state="accepted", deadline=timezone.now()
    )
    return {
        "interaction_id": work.pk,
        "attachment_id": file.pk,
        "message_id": message.pk,
        "offer_id": offer.pk,
        "queue_id": work.queue_id,
    }


@pytest.mark.parametrize("door", DOORS, ids=names)
@pytest.mark.parametrize("method", ["get", "post"])
def test_nobody_comes_in_without_signing_in(client: Client, ids: dict[str, Any], door: URLPattern, method: str) -> None:
    response = getattr(client, method)(address(door, ids))
    assert response.status_code in {302, 405}
    if response.status_code == 302:
        assert response["Location"].startswith("/sign-in/?next=/panel/")
    assert getattr(client, method)(address(door, ids), headers=JSON).status_code in {401, 405}


@pytest.mark.parametrize("door", [door for door in DOORS if door.pattern.converters], ids=names)
def test_who_has_no_right_finds_nothing_behind_any_door(
    at_charlie: Client, ids: dict[str, Any], door: URLPattern
) -> None:
    url, secret = address(door, ids), str(Interaction.objects.get(pk=ids["interaction_id"]).customer)
    looked, did = (
        at_charlie.get(url, headers=JSON),
        at_charlie.post(url, {**SAID, "queue": ids["queue_id"]}, headers=JSON),
    )
    assert {looked.status_code, did.status_code} <= {400, 404, 405}
    assert 404 in {looked.status_code, did.status_code} or did.status_code == 400
    assert secret not in looked.content.decode() + did.content.decode()


@pytest.mark.parametrize("door", DOORS, ids=names)
def test_what_changes_something_is_never_a_get(at_alice: Client, ids: dict[str, Any], door: URLPattern) -> None:
    before = Interaction.objects.values_list("state", "version", "owner").get(pk=ids["interaction_id"])
    response = at_alice.get(address(door, ids), SAID)
    assert response.status_code in {200, 400, 404, 405}
    assert Interaction.objects.values_list("state", "version", "owner").get(pk=ids["interaction_id"]) == before


@pytest.mark.parametrize("door", DOORS, ids=names)
def test_no_private_answer_may_be_kept_by_others(at_alice: Client, ids: dict[str, Any], door: URLPattern) -> None:
    response = at_alice.get(address(door, ids))
    if response.status_code == 200:
        assert "private" in response["Cache-Control"]
