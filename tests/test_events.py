"""Telling the screens: after the commit, in commit order, never what was rolled back."""

import pytest
import redis
from channels.layers import get_channel_layer
from django.db import transaction

from interactions.screens import show_thread, show_waiting, show_work
from queues.models import AgentStatus
from socialcare import events
from socialcare.work import wake
from tests.factories import InteractionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[dict]:
    """What the screens are told, in order."""
    messages: list[dict] = []

    def hear(_group: str, message: dict) -> None:
        if message["type"] == "changed":
            messages.append(message)

    monkeypatch.setattr(events, "_send", hear)
    return messages


@pytest.mark.django_db(transaction=True)
def test_it_is_told_after_the_commit(told, inbox) -> None:
    interaction = InteractionFactory(inbox=inbox)
    with transaction.atomic():
        show_thread(interaction, "thread")
        assert told == []
    [message] = told
    assert message == {
        "type": "changed",
        "audience": f"interaction.{interaction.pk}",
        "version": interaction.version,
        "parts": ["thread"],
        "group": f"interaction.{interaction.pk}",
    }


@pytest.mark.django_db(transaction=True)
def test_nothing_is_told_or_counted_of_what_was_rolled_back(told, inbox, alice) -> None:
    interaction, status = InteractionFactory(inbox=inbox), AgentStatus.objects.of(alice)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        show_thread(interaction)
        show_work(alice)
        show_waiting(inbox.queue_id)
        raise ZeroDivisionError
    assert told == []
    interaction.refresh_from_db()
    assert (interaction.version, AgentStatus.objects.get(pk=status.pk).version) == (0, 0)


@pytest.mark.django_db(transaction=True)
def test_versions_count_up_one_by_one_per_audience(told, inbox, alice, bob) -> None:
    interaction = InteractionFactory(inbox=inbox)
    for person in (alice, bob):
        AgentStatus.objects.of(person)
    for _ in range(3):
        show_thread(interaction)
    show_work(alice)
    with transaction.atomic():
        show_work(bob)
        show_work(bob.pk)
    versions: dict[str, list[int]] = {}
    for message in told:
        versions.setdefault(message["audience"], []).append(message["version"])
    assert versions == {
        f"interaction.{interaction.pk}": [1, 2, 3],
        f"agent.{alice.pk}": [1],
        f"agent.{bob.pk}": [1, 2],
    }


@pytest.mark.django_db(transaction=True)
def test_a_screen_that_cannot_be_told_breaks_nothing(monkeypatch, inbox) -> None:
    def broken(_group: str, _message: dict) -> None:
        raise OSError("away")

    monkeypatch.setattr(events, "_send", broken)
    interaction = InteractionFactory(inbox=inbox)
    with transaction.atomic():
        show_thread(interaction)
    interaction.refresh_from_db()
    assert interaction.version == 1


@pytest.mark.redis
@pytest.mark.django_db(transaction=True)
async def test_the_layer_hears_what_the_plain_publish_says() -> None:
    from asgiref.sync import sync_to_async

    layer = get_channel_layer()
    channel = await layer.new_channel()
    await layer.group_add("interaction.1", channel)
    await sync_to_async(events.announce)("interaction.1", {"type": "changed", "parts": ["head"]})
    assert await layer.receive(channel) == {"type": "changed", "parts": ["head"], "group": "interaction.1"}
    await layer.group_discard("interaction.1", channel)


@pytest.mark.django_db(transaction=True)
def test_redis_being_away_is_logged_and_nothing_more(settings, monkeypatch, caplog) -> None:
    away = redis.Redis.from_url("redis://127.0.0.1:1/0", socket_connect_timeout=0.2)
    monkeypatch.setattr(events, "_redis", lambda: away)
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    settings.CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": ["redis://127.0.0.1:1/0"], "prefix": "socialcare"},
        }
    }
    events.announce("queue.1", {"type": "changed"})
    events._messenger().submit(str).result()  # what was said before has been tried
    assert "not announced" in caplog.text


def test_an_audience_is_named_after_its_row(alice, inbox) -> None:
    interaction = InteractionFactory(inbox=inbox)
    assert interaction.audience == f"interaction.{interaction.pk}"
    assert AgentStatus.objects.of(alice).audience == f"agent.{alice.pk}"


class Away:
    """A task whose broker does not answer."""

    name = "somebody.something"

    def __init__(self, error: Exception) -> None:
        self.error = error

    def delay(self, *_args: object) -> None:
        raise self.error


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("error", [OSError("no broker"), ValueError("worse")])
def test_a_task_that_cannot_be_started_breaks_nothing(error: Exception, caplog) -> None:
    with transaction.atomic():
        wake(Away(error), "argument")  # type: ignore[arg-type]
    assert str(error) in caplog.text
