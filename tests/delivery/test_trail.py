"""The log of tries, and delivering again what a webhook has taken already."""

import base64
import hashlib
import hmac
import json
import uuid
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts import permissions as may
from accounts.models import User
from accounts.roles import grant as give
from delivery import trail
from delivery.models import Delivery, DeliveryState
from delivery.outbox import deliver
from delivery.redelivering import redeliver
from delivery.replying import reply
from delivery.rotating import retire_older_secret
from interactions.models import Inbox
from socialcare.errors import Conflict
from tests.factories import grant
from tests.line import answers, hangs_up, listening
from tests.scene import connected

pytestmark = pytest.mark.django_db
SECRET, KEY = "a secret of more than sixteen", "hush-hush"


@pytest.fixture(autouse=True)
def _loopback_is_allowed(settings: Any) -> None:
    settings.ALLOW_PRIVATE_WEBHOOKS = True


@pytest.fixture
def delivery(webhook: Inbox, alice: User) -> Delivery:
    """A reply through the open webhook, not sent yet."""
    webhook.secrets = {"signing_secret": SECRET, "headers": f"X-Api-Key: {KEY}"}
    webhook.save()
    grant(alice, may.REPLY_PUBLIC, on=webhook)
    interaction = connected(alice, webhook)
    [message] = reply(alice, interaction.pk, visibility="public", text="Hello", key=uuid.uuid4())
    return message.deliveries.get()


def tried(delivery: Delivery, *behaviours: Any) -> list[bytes]:
    """Try it at a line that behaves so; gives what arrived."""
    with listening(*behaviours) as line:
        Inbox.objects.filter(kind="open").update(settings={"webhook_url": line.url})
        for _ in behaviours:
            Delivery.objects.filter(pk=delivery.pk).update(due_at=timezone.now())
            deliver(delivery.pk)
    delivery.refresh_from_db()
    return line.requests


def test_every_try_is_written_down_with_its_answer(delivery: Delivery) -> None:
    tried(delivery, answers(503, b"out of order"), hangs_up, answers(200, b"thanks"))
    assert [(each["status"], each["failure"]) for each in delivery.tries] == [
        (503, "server"), (None, "uncertain"), (200, ""),
    ]  # fmt: skip
    assert [delivery.tries[0]["answer"], delivery.tries[2]["answer"]] == ["out of order", "thanks"]
    assert all(each["at"] and each["ms"] >= 0 for each in delivery.tries)


def test_an_answer_is_kept_to_five_hundred_characters_and_without_secrets(delivery: Delivery) -> None:
    tried(delivery, answers(200, f"\x00you sent {KEY}, signed with {SECRET} ".encode() + "é".encode() * 2000))
    [entry] = delivery.tries
    assert entry["answer"].startswith("you sent •••, signed with ••• é")
    assert len(entry["answer"]) == 500


def test_only_so_many_are_kept(delivery: Delivery, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trail, "KEPT", 2)
    tried(delivery, *[answers(503, str(number).encode()) for number in range(4)])
    assert [each["answer"] for each in delivery.tries] == ["2", "3"]


# --- Delivering again -----------------------------------------------------------------------------------------------


def test_it_is_delivered_again_under_the_same_key(delivery: Delivery) -> None:
    [first] = tried(delivery, answers(200))
    with listening(answers(202, b"again")) as line:
        Inbox.objects.filter(kind="open").update(settings={"webhook_url": line.url})
        redeliver(Delivery.objects.get(pk=delivery.pk))
    [again] = line.requests
    assert again.partition(b"\r\n\r\n")[2] == first.partition(b"\r\n\r\n")[2]
    assert f"Idempotency-Key: {delivery.message_id}".encode() in again
    delivery.refresh_from_db()
    assert (delivery.state, [each["status"] for each in delivery.tries]) == (DeliveryState.SENT, [200, 202])


def test_one_that_is_not_taken_again_is_still_sent(delivery: Delivery) -> None:
    tried(delivery, answers(200))
    with listening(answers(500, b"lost")) as line, pytest.raises(Conflict, match="lost"):
        Inbox.objects.filter(kind="open").update(settings={"webhook_url": line.url})
        redeliver(Delivery.objects.get(pk=delivery.pk))
    delivery.refresh_from_db()
    assert (delivery.state, delivery.message.status) == (DeliveryState.SENT, "sent")
    assert delivery.tries[-1]["status"] == 500


def test_not_what_has_not_been_sent_nor_where_a_repeat_would_be_a_second_message(delivery: Delivery) -> None:
    with pytest.raises(Conflict):
        redeliver(delivery)
    tried(delivery, answers(200))
    Inbox.objects.filter(kind="open").update(settings={"webhook_url": "http://127.0.0.1/", "ignores_repeats": False})
    with pytest.raises(Conflict):
        redeliver(Delivery.objects.get(pk=delivery.pk))


# --- In the administration ------------------------------------------------------------------------------------------


def test_the_log_is_in_the_administration_with_a_button(client: Client, admin: User, delivery: Delivery) -> None:
    tried(delivery, answers(503, b"<b>out of order</b>"), answers(200))
    client.force_login(admin)
    page = f"/admin/delivery/delivery/{delivery.pk}"
    body = client.get(f"{page}/change/").content.decode()
    assert "503" in body
    assert "&lt;b&gt;out of order" in body
    with listening(answers(200)) as line:
        Inbox.objects.filter(kind="open").update(settings={"webhook_url": line.url})
        assert "taken it again" in client.post(f"{page}/redeliver/", follow=True).content.decode()
    assert len(line.requests) == 1


def test_answers_are_for_those_who_may_read_the_message(client: Client, charlie: User, delivery: Delivery) -> None:
    tried(delivery, answers(200, b"you said Hello"))
    charlie.is_staff = True
    charlie.save()
    give(charlie, *[right for right in may.CONFIGURING if right.entity == "Integration"])
    client.force_login(charlie)
    body = client.get(f"/admin/delivery/delivery/{delivery.pk}/change/").content.decode()
    assert "house-tries" in body
    assert "you said" not in body


# --- Changing the secret --------------------------------------------------------------------------------------------


def test_a_secret_is_changed_in_the_administration_without_a_gap(
    client: Client, admin: User, delivery: Delivery
) -> None:
    from tests.admin.forms import save

    inbox, new = delivery.inbox, "a new secret of more than sixteen"
    client.force_login(admin)
    page = f"/admin/interactions/inbox/{inbox.pk}"
    save(client, f"{page}/change/", secret_signing_secret=new, setting_webhook_url="https://x.example/in")
    inbox.refresh_from_db()
    assert inbox.secrets["signing_secret"] == new
    [request] = tried(delivery, answers(200))
    head, _, body = request.partition(b"\r\n\r\n")
    for secret in (new, SECRET):
        digest = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest())
        assert digest in head
    assert "Retire the older secret" in client.get(f"{page}/change/").content.decode()
    shown = client.post(f"{page}/retire-secret/", follow=True).content.decode()
    assert SECRET not in shown
    inbox.refresh_from_db()
    assert inbox.secrets == {"signing_secret": new, "headers": f"X-Api-Key: {KEY}"}
    retire_older_secret(inbox)
    assert inbox.secrets["signing_secret"] == new


def test_a_redirect_is_not_followed_and_a_private_address_not_connected_to(delivery: Delivery, settings: Any) -> None:
    with listening(answers(200)) as inside:
        tried(delivery, answers(302, b"", Location=inside.url))
        assert inside.requests == []
    assert (delivery.state, delivery.tries[-1]["status"]) == (DeliveryState.FAILED, 302)
    settings.ALLOW_PRIVATE_WEBHOOKS = False
    Delivery.objects.filter(pk=delivery.pk).update(state=DeliveryState.QUEUED)
    delivery.message.deliveries.model.objects.filter(pk=delivery.pk).update(attempts=0)
    type(delivery.message).objects.filter(pk=delivery.message_id).update(status="queued")
    assert tried(delivery, answers(200)) == []
    assert "private address" in json.dumps(delivery.tries[-1])
