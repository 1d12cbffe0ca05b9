"""Deliveries and payloads: resending, processing again, and whose words one may read."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts import permissions as may
from accounts.models import User
from accounts.roles import grant
from delivery import receiving
from delivery.models import Delivery, DeliveryState, InboundPayload, PayloadState
from interactions.models import Direction, Inbox, MessageStatus, Trouble
from queues.models import Queue
from tests.admin.forms import words
from tests.factories import InteractionFactory, MessageFactory

CONFIGURE = [right for right in may.CONFIGURING if right.entity == "Integration"]
TEXT = "Your parcel is on its way."


@pytest.fixture
def failed(inbox: Inbox, alice: User) -> Delivery:
    """A reply that has failed."""
    interaction = InteractionFactory(inbox=inbox, owner=alice)
    lost = {"status": MessageStatus.FAILED, "trouble": Trouble.NETWORK, "external_id": None}
    message = MessageFactory(interaction=interaction, agent=alice, direction=Direction.OUTBOUND, text=TEXT, **lost)
    return Delivery.objects.create(message=message, interaction=interaction, inbox=inbox, state=DeliveryState.FAILED)


@pytest.fixture
def quarantined(inbox: Inbox) -> InboundPayload:
    """Something nobody could understand."""
    body = b'{"text": "<b>secret words</b>"}'
    return InboundPayload.objects.create(inbox=inbox, body=body, state=PayloadState.QUARANTINED, error="KeyError: id")


@pytest.fixture
def clerk(charlie: User) -> User:
    """Somebody who configures channels and may read no conversation."""
    charlie.is_staff = True
    charlie.save()
    grant(charlie, *CONFIGURE)
    return charlie


def press(client: Client, row: Any, name: str) -> Any:
    place = f"admin:{row._meta.app_label}_{row._meta.model_name}_{name}"
    return client.post(reverse(place, args=[row.pk]), follow=True)


def test_a_failed_message_is_sent_again(client: Client, admin: User, failed: Delivery) -> None:
    client.force_login(admin)
    page = press(client, failed, "resend")
    assert "being sent again" in words(page)
    failed.message.refresh_from_db()
    assert failed.message.status == MessageStatus.QUEUED
    assert failed.message.deliveries.filter(state=DeliveryState.QUEUED).count() == 1
    page = press(client, failed, "resend")
    assert "Only a message that has failed" in words(page)
    assert failed.message.deliveries.count() == 2, "not twice"


def test_several_are_sent_again_from_the_list(client: Client, admin: User, failed: Delivery, inbox: Inbox) -> None:
    client.force_login(admin)
    fine = MessageFactory(interaction=failed.interaction, agent=failed.message.agent)
    other = Delivery.objects.create(message=fine, interaction=failed.interaction, inbox=inbox, state=DeliveryState.SENT)
    chosen = {"action": "resend_chosen", "_selected_action": [failed.pk, other.pk]}
    page = client.post("/admin/delivery/delivery/", chosen, follow=True)
    assert "1 message is being sent again." in words(page)
    assert "1 had not failed" in words(page)


def test_resending_needs_the_right(client: Client, clerk: User, failed: Delivery) -> None:
    client.force_login(clerk)
    assert client.get(reverse("admin:delivery_delivery_resend", args=[failed.pk])).status_code == 405
    assert "being sent again" in words(press(client, failed, "resend"))


def test_looking_is_not_resending(client: Client, charlie: User, failed: Delivery) -> None:
    charlie.is_staff = True
    charlie.save()
    grant(charlie, next(right for right in CONFIGURE if right.action == "View"))
    client.force_login(charlie)
    page = client.get(reverse("admin:delivery_delivery_change", args=[failed.pk]))
    assert page.status_code == 200
    assert "/resend/" not in page.content.decode()
    assert press(client, failed, "resend").status_code == 403
    chosen = {"action": "resend_chosen", "_selected_action": [failed.pk]}
    client.post("/admin/delivery/delivery/", chosen)
    failed.message.refresh_from_db()
    assert failed.message.status == MessageStatus.FAILED


def test_words_are_for_those_who_may_read_them_in_the_panel(
    client: Client, clerk: User, failed: Delivery, queue: Queue
) -> None:
    client.force_login(clerk)
    address = reverse("admin:delivery_delivery_change", args=[failed.pk])
    for page in ("/admin/delivery/delivery/", address):
        assert TEXT not in client.get(page).content.decode()
    assert client.get("/admin/interactions/message/").status_code == 403
    grant(clerk, may.VIEW, on=queue)
    for page in ("/admin/delivery/delivery/", address, "/admin/interactions/message/"):
        assert TEXT in client.get(page).content.decode()


def test_running_state_of_other_queues_is_not_there(client: Client, clerk: User, failed: Delivery, vip: Queue) -> None:
    grant(clerk, may.VIEW, on=vip)
    client.force_login(clerk)
    assert client.get("/admin/interactions/interaction/").status_code == 200
    for row in (failed.interaction, failed.message):
        name = f"admin:interactions_{row._meta.model_name}"
        assert str(failed.interaction.customer) not in client.get(reverse(f"{name}_changelist")).content.decode()
        assert client.get(reverse(f"{name}_change", args=[row.pk])).status_code == 302
        assert client.get(reverse(f"{name}_history", args=[row.pk])).status_code in (302, 403)


def test_a_payload_in_quarantine_is_processed_again(
    client: Client, admin: User, quarantined: InboundPayload, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.force_login(admin)
    monkeypatch.setattr(receiving, "process", _processed)
    assert "It has been processed." in words(press(client, quarantined, "process_again"))
    assert (
        "/process-again/"
        not in client.get(reverse("admin:delivery_inboundpayload_change", args=[quarantined.pk])).content.decode()
    )


def test_one_that_fails_again_says_why(client: Client, admin: User, quarantined: InboundPayload) -> None:
    client.force_login(admin)
    assert "It failed again" in words(press(client, quarantined, "process_again"))


def test_a_payload_is_shown_as_text_to_who_may_read_it(
    client: Client, admin: User, clerk: User, quarantined: InboundPayload
) -> None:
    address = reverse("admin:delivery_inboundpayload_change", args=[quarantined.pk])
    client.force_login(admin)
    body = client.get(address).content.decode()
    assert "&lt;b&gt;secret words&lt;/b&gt;" in body
    assert "<b>secret" not in body
    client.force_login(clerk)
    assert "secret words" not in client.get(address).content.decode()


def _processed(payload: InboundPayload, items: Any = None) -> None:
    InboundPayload.objects.filter(pk=payload.pk).update(state=PayloadState.PROCESSED)
