"""The product and the practice network, each at its own end of real HTTP."""

from dataclasses import asdict

import pytest
from django.utils import timezone

from delivery import outbox
from delivery.models import Delivery, DeliveryState
from interactions.models import Interaction, Message, MessageStatus, Trouble
from socialcare.practice import playing, pushes, weather
from socialcare.practice.models import Arrival, Post, Push, Weather
from tests.factories import MessageFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def channel(stage, live_server, inbox, settings):
    """The product's inbox for @acme, connected as an administrator connects it."""
    from delivery.trying import try_connection

    settings.PUBLIC_URL = live_server.url
    settings.RETRY_SECONDS = [0.0, 0.0, 0.0]
    inbox.account_id, inbox.settings = "brand:acme", {"base_url": stage.front.url}
    inbox.secrets = asdict(stage.credentials)
    inbox.save()
    try_connection(inbox)
    return inbox


def push_all():
    """Let the network bring all it has to tell, as its thread would."""
    while pushes.push_due():
        pass
    assert not Push.objects.filter(is_done=False).exists()
    assert not Push.objects.exclude(refusal="").exists()


def deliver_all():
    """Let the worker send whatever is due, as often as it is due."""
    for _ in range(10):
        pending = Delivery.objects.filter(state__in=[DeliveryState.QUEUED, DeliveryState.WAITING])
        due = list(pending.filter(due_at__lte=timezone.now()).values_list("pk", flat=True))
        if not due:
            return
        for pk in due:
            outbox.deliver(pk)


def answer(channel, text="Sorry, Maya!", visibility="public"):
    """An agent answers the newest customer's message."""
    asked = Message.objects.filter(direction="inbound").last()
    message = MessageFactory(
        interaction=asked.interaction,
        agent=UserFactory(),
        visibility=visibility,
        text=text,
        in_reply_to=asked if visibility == "public" else None,
        external_id=None,
        status=MessageStatus.QUEUED,
    )
    Delivery.objects.create(message=message, interaction=asked.interaction, inbox=channel)
    deliver_all()
    message.refresh_from_db()
    return message


def test_a_post_becomes_an_interaction_and_is_answered_in_its_thread(stage, channel):
    post = playing.write(stage.maya, "@acme my lid is broken 😕")
    push_all()
    interaction = Interaction.objects.get()
    assert (interaction.queue, interaction.customer.name) == (channel.queue, "Maya Lopez")
    message = answer(channel)
    assert message.status in (MessageStatus.SENT, MessageStatus.PUBLISHED)
    assert Post.objects.get(reference=message.external_id).answers == post
    push_all()
    message.refresh_from_db()
    assert (message.status, message.trouble) == (MessageStatus.PUBLISHED, "")


def test_edits_and_deletions_are_shown(stage, channel):
    post = playing.write(stage.maya, "@acme my lid is broken")
    playing.edit(post, "@acme my lid and my cup are broken")
    push_all()
    message = Message.objects.get()
    assert message.text == "@acme my lid and my cup are broken"
    assert message.edited_at
    playing.remove(post)
    push_all()
    message.refresh_from_db()
    assert message.status == MessageStatus.REMOVED


def test_a_customer_who_is_away_gets_it_later(stage, channel):
    playing.write(stage.maya, "Hello?", private_to=stage.brand)
    push_all()
    playing.go_offline(stage.maya)
    message = answer(channel, visibility="private")
    push_all()
    message.refresh_from_db()
    assert (message.status, message.trouble) == (MessageStatus.SENT, Trouble.PENDING)
    playing.come_online(stage.maya)
    push_all()
    message.refresh_from_db()
    assert (message.status, message.trouble) == (MessageStatus.DELIVERED, "")
    playing.read(stage.maya)
    push_all()
    message.refresh_from_db()
    assert message.status == MessageStatus.READ


@pytest.mark.parametrize("kind", [Weather.ERROR, Weather.LOST])
def test_passing_weather_is_retried_and_published_once(stage, channel, kind):
    playing.write(stage.maya, "@acme hello")
    push_all()
    weather.change(kind, requests=2)
    message = answer(channel)
    push_all()
    message.refresh_from_db()
    assert message.status == MessageStatus.PUBLISHED
    arrival = Arrival.objects.get()
    assert (arrival.received, arrival.published) == (3, 1)
    assert Post.objects.filter(by_brand=True).count() == 1


def test_where_keys_are_not_remembered_a_lost_answer_is_not_certain(stage, channel):
    weather.habits(remembers_keys=False, untidy=False)
    playing.write(stage.maya, "@acme hello")
    push_all()
    weather.change(Weather.LOST)
    message = answer(channel)
    assert (message.status, message.trouble) == (MessageStatus.FAILED, Trouble.UNCERTAIN)
    assert Delivery.objects.get().state == DeliveryState.UNCERTAIN
    assert Arrival.objects.get().received == 1, "never resent by itself"


@pytest.mark.parametrize(
    ("kind", "trouble", "retried"),
    [
        (Weather.ERROR, Trouble.REFUSED, True),
        (Weather.REFUSAL, Trouble.REFUSED, False),
        (Weather.UNREACHABLE, Trouble.NETWORK, True),
    ],
)
def test_lasting_weather_ends_in_words(stage, channel, kind, trouble, retried):
    playing.write(stage.maya, "@acme hello")
    push_all()
    weather.change(kind)
    message = answer(channel)
    assert (message.status, message.trouble) == (MessageStatus.FAILED, trouble)
    assert (Delivery.objects.get().attempts > 1) is retried
    assert not Post.objects.filter(by_brand=True).exists()


def test_a_rate_limit_waits_until_the_reset(stage, channel):
    playing.write(stage.maya, "@acme hello")
    push_all()
    weather.change(Weather.LIMIT, seconds=90)
    message = answer(channel)
    assert (message.status, message.trouble) == (MessageStatus.QUEUED, Trouble.LIMIT)
    assert 80 < (message.retry_at - timezone.now()).total_seconds() < 95


def test_an_untidy_network_changes_nothing(stage, channel):
    weather.habits(remembers_keys=True, untidy=True)
    playing.write(stage.maya, "Hello?", private_to=stage.brand)
    push_all()
    message = answer(channel, visibility="private")
    playing.read(stage.maya)
    push_all()
    message.refresh_from_db()
    assert message.status == MessageStatus.READ
    assert Message.objects.count() == 2, "neither repeats nor our own echo became messages"


def test_pushes_wait_while_the_product_is_down(stage, channel, settings):
    playing.write(stage.maya, "@acme one")
    stage.brand.refresh_from_db()
    up, stage.brand.hook_url = stage.brand.hook_url, "http://127.0.0.1:9/hooks/"
    stage.brand.save()
    playing.write(stage.maya, "@acme two")
    pushes.push_due()
    assert not Message.objects.exists()
    stage.brand.hook_url = up
    stage.brand.save()
    Push.objects.update(due_at=timezone.now())
    while pushes.push_due():
        pass
    assert [message.text for message in Message.objects.order_by("created_at")] == ["@acme one", "@acme two"]


def test_a_picture_is_fetched(stage, channel, tasks_at_once):
    from django.core.files.uploadedfile import SimpleUploadedFile

    from tests.delivery.test_practice import picture

    playing.write(stage.maya, "@acme look", picture=SimpleUploadedFile("lid.png", picture()))
    push_all()
    attachment = Message.objects.get().attachments.get()
    assert (attachment.content_type, attachment.width) == ("image/png", 3)
