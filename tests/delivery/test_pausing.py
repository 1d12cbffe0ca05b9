"""A webhook that keeps failing: paused, tried now and then, resumed; nothing is lost meanwhile."""

import json
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from delivery import pausing
from delivery.connectors.base import Failure, SendError
from delivery.due import ON_ITS_WAY
from delivery.models import Delivery, DeliveryState, Endpoint
from delivery.outbox import deliver, deliver_due
from delivery.replying import reply
from interactions.models import Inbox, Message, Trouble
from socialcare.panel.parts import render_parts
from tests.factories import InboxFactory, grant
from tests.line import answers, free_port, listening
from tests.scene import connected

pytestmark = pytest.mark.django_db
SECRET = "a secret of more than sixteen"


@pytest.fixture(autouse=True)
def _at_once(settings: Any) -> None:
    """Three failures in a row are enough, however quickly they come."""
    settings.ALLOW_PRIVATE_WEBHOOKS = True
    settings.WEBHOOK_PAUSE_FAILURES, settings.WEBHOOK_PAUSE_SECONDS = 3, 0


@pytest.fixture
def channel(webhook: Inbox, alice: User) -> Inbox:
    """The open webhook, at an address where nobody listens."""
    from accounts import permissions as may

    webhook.settings = {"webhook_url": f"http://127.0.0.1:{free_port()}/in"}
    webhook.secrets = {"signing_secret": SECRET, "headers": "X-Api-Key: hush-hush"}
    webhook.save()
    grant(alice, may.REPLY_PRIVATE, may.REPLY_PUBLIC, on=webhook)
    return webhook


@pytest.fixture
def queued(alice: User, channel: Inbox) -> Any:
    """Writes a reply in a conversation of its own and gives its delivery, not sent yet."""

    def write(text: str = "Hello") -> Delivery:
        interaction = connected(alice, channel)
        [message] = reply(alice, interaction.pk, visibility="public", text=text, key=uuid.uuid4())
        return message.deliveries.get()

    return write


def now(delivery: Delivery) -> Delivery:
    """Make it due, and try it."""
    Delivery.objects.filter(pk=delivery.pk).update(due_at=timezone.now())
    deliver(delivery.pk)
    delivery.refresh_from_db()
    return delivery


def listen_at(channel: Inbox, url: str) -> None:
    channel.settings = {"webhook_url": url}
    channel.save()


def paused(channel: Inbox) -> bool:
    return Endpoint.objects.filter(inbox=channel, paused_at__isnull=False).exists()


def probe_due() -> None:
    Endpoint.objects.update(probe_at=timezone.now())


def test_it_is_paused_after_so_many_failures_in_a_row(queued: Any, channel: Inbox) -> None:
    first, second = queued(), queued()
    now(first)
    now(second)
    assert not paused(channel)
    now(first)
    assert paused(channel)
    assert first.state == DeliveryState.WAITING
    assert first.due_at == Endpoint.objects.get().probe_at


def test_and_only_over_so_long_a_time(queued: Any, channel: Inbox, settings: Any) -> None:
    settings.WEBHOOK_PAUSE_SECONDS = 300
    delivery = queued()
    for _ in range(5):
        now(delivery)
    assert not paused(channel)
    Endpoint.objects.update(failing_since=timezone.now() - timedelta(seconds=301))
    now(delivery)
    assert paused(channel)


def test_one_that_arrives_begins_the_count_anew(queued: Any, channel: Inbox) -> None:
    now(delivery := queued())
    now(delivery)
    with listening(answers(200)) as line:
        listen_at(channel, line.url)
        assert now(delivery).state == DeliveryState.SENT
    assert (Endpoint.objects.get().failures, Endpoint.objects.get().failing_since) == (0, None)


def pause(queued: Any) -> Delivery:
    """Let it be paused by one message."""
    delivery = queued("the first")
    for _ in range(3):
        now(delivery)
    return delivery


def test_while_it_is_paused_everything_waits_and_nobody_is_asked(queued: Any, channel: Inbox) -> None:
    first = pause(queued)
    second = queued("the second")
    with listening(answers(200)) as line:
        listen_at(channel, line.url)
        assert now(first).state == DeliveryState.WAITING
        assert now(second).state == DeliveryState.QUEUED
        Delivery.objects.filter(state=DeliveryState.QUEUED).update(due_at=timezone.now() - ON_ITS_WAY)
        assert deliver_due() == 0
        assert line.requests == []


def test_a_probing_try_that_arrives_lets_the_rest_out(queued: Any, channel: Inbox, tasks_at_once: None) -> None:
    first = pause(queued)
    second = queued("the second")
    with listening(answers(200)) as line:
        listen_at(channel, line.url)
        probe_due()
        assert now(second).state == DeliveryState.SENT
        assert not paused(channel)
        first.refresh_from_db()
        assert first.due_at <= timezone.now()
        deliver(first.pk)
        assert len(line.requests) == 2


def test_one_at_a_time_tries_the_line(queued: Any, channel: Inbox) -> None:
    first = pause(queued)
    second = queued("the second")
    probe_due()
    with listening(answers(503)) as line:
        listen_at(channel, line.url)
        before = first.attempts
        now(second)
        assert now(first).attempts == before, "the next probe is not due yet"
        assert len(line.requests) == 1


def test_probes_come_ever_later_and_give_nothing_up(queued: Any, channel: Inbox, settings: Any) -> None:
    settings.RETRY_SECONDS = [1]
    delivery = queued()
    settings.WEBHOOK_PAUSE_FAILURES = 1
    waits = []
    for age in (0, 2, 8, 40, 4000):
        Endpoint.objects.update(paused_at=timezone.now() - timedelta(minutes=age), probe_at=timezone.now())
        now(delivery)
        waits.append(round((Endpoint.objects.get().probe_at - timezone.now()).total_seconds() / 60))
    assert waits == [1, 2, 8, 15, 15]
    assert delivery.state == DeliveryState.WAITING
    message = Message.objects.get(pk=delivery.message_id)
    assert (message.trouble, message.retry_at) == (Trouble.NETWORK, delivery.due_at)


@pytest.mark.parametrize(
    ("error", "counts"),
    [
        (SendError(Failure.NETWORK), True),
        (SendError(Failure.SERVER), True),
        (SendError(Failure.UNCERTAIN), True),
        (SendError(Failure.ACCOUNT), True),
        (SendError(Failure.REJECTED, "InvalidDestination"), True),
        (SendError(Failure.REJECTED, "InvalidMessageStructure"), False),
        (SendError(Failure.QUOTA, "RateLimited"), False),
    ],
)
def test_only_what_says_something_of_the_address_counts(error: SendError, counts: bool, channel: Inbox) -> None:
    for _ in range(3):
        pausing.note_failure(channel, error)
    assert paused(channel) is counts


def test_an_address_that_is_gone_loses_no_more_once_it_is_paused(queued: Any, channel: Inbox) -> None:
    pause(queued)
    with listening(answers(404)) as line:
        listen_at(channel, line.url)
        probe_due()
        assert now(queued()).state == DeliveryState.WAITING
    assert paused(channel)


def test_other_platforms_are_not_paused(inbox: Inbox) -> None:
    for _ in range(5):
        assert pausing.note_failure(inbox, SendError(Failure.NETWORK)) is None
    assert not Endpoint.objects.exists()


def test_another_webhook_goes_on(queued: Any, channel: Inbox, alice: User) -> None:
    pause(queued)
    other = InboxFactory(kind="open", queue=channel.queue)
    assert pausing.lets_through(other)
    assert not pausing.lets_through(Inbox.objects.get(pk=channel.pk))


# --- Who is told, and resuming by hand ------------------------------------------------------------------------------


def test_the_administrator_is_told_and_resumes(client: Client, admin: User, queued: Any, channel: Inbox) -> None:
    delivery = pause(queued)
    client.force_login(admin)
    figures = {str(figure.words): figure for figure in client.get("/admin/").context["figures"]}
    assert figures["Channels in trouble"].is_alarm
    assert "Paused" in client.get("/admin/interactions/inbox/").content.decode()
    page = f"/admin/interactions/inbox/{channel.pk}"
    assert "Paused since" in client.get(f"{page}/change/").content.decode()
    client.post(f"{page}/resume/")
    assert not paused(channel)
    delivery.refresh_from_db()
    assert delivery.due_at <= timezone.now()
    assert "/resume/" not in client.get(f"{page}/change/").content.decode()


def test_those_who_see_the_queue_are_told_in_the_panel(queued: Any, alice: User, channel: Inbox) -> None:
    def waiting() -> str:
        return str(render_parts(alice, None, ["waiting"]).html["waiting"])

    pause(queued)
    assert "Open webhook is paused" in waiting()
    pausing.resume(channel)
    assert "paused" not in waiting()


# --- What it costs --------------------------------------------------------------------------------------------------


def test_a_message_that_arrives_costs_no_statement_more(queued: Any, channel: Inbox, django_assert_num_queries) -> None:
    with listening(answers(200)) as line:
        listen_at(channel, line.url)
        delivery = queued()
        with django_assert_num_queries(9) as told:
            deliver(delivery.pk)
    assert "endpoint" not in json.dumps([query["sql"] for query in told.captured_queries][2:])
