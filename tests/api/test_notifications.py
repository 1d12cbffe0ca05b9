"""Channels: made, counted, bound to topics, ended."""

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from queues.models import Queue
from socialcare.api.live import channels
from socialcare.api.models import Channel, ChannelTopic
from tests.api.conftest import Api
from tests.factories import UserFactory

CHANNELS = "notifications/channels"


def topics(*names: str) -> list[dict[str, str]]:
    return [{"id": name} for name in names]


def mine(user: User, kind: str = "conversations.messages") -> str:
    return f"v2.users.{user.pk}.{kind}"


@pytest.fixture
def subscriptions(as_alice: Api) -> str:
    return f"{CHANNELS}/{as_alice.of('post', CHANNELS)['id']}/subscriptions"


def test_a_channel_has_a_secret_address_and_lives_a_day(as_alice: Api) -> None:
    channel = as_alice.of("post", CHANNELS)
    assert set(channel) == {"id", "connectUri", "expires"}
    assert channel["connectUri"].startswith(f"ws://testserver/ws/notifications/{channel['id']}.")
    left = datetime.fromisoformat(channel["expires"]) - timezone.now()
    assert timedelta(hours=23, minutes=59) < left <= timedelta(hours=24)
    key = channel["connectUri"].rpartition("/")[2]
    assert channels.id_of(key) == channel["id"]
    assert channels.id_of(f"{uuid.uuid4()}.{key.rpartition('.')[2]}") is None
    assert as_alice.of("get", CHANNELS)["entities"] == [channel]


def test_behind_tls_the_address_is_wss(as_alice: Api, settings: Any) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    channel = as_alice.of("post", CHANNELS, None, **{"X-Forwarded-Proto": "https"})
    assert channel["connectUri"].startswith("wss://testserver")


def test_another_token_sees_that_there_are_channels_but_not_which(as_alice: Api, alice: User, as_charlie: Api) -> None:
    channel = as_alice.of("post", CHANNELS)
    other = Api(alice)
    assert other.of("get", CHANNELS) == {"entities": []}
    told = other.of("get", f"{CHANNELS}?includechannels=oauthclient")
    assert told == {"entities": [{"expires": channel["expires"]}]}
    as_charlie.refused(404, "get", f"{CHANNELS}/{channel['id']}/subscriptions")
    as_charlie.refused(404, "delete", f"{CHANNELS}/{channel['id']}")
    assert as_alice.call("head", f"{CHANNELS}/{channel['id']}").status_code == 200
    assert as_charlie.call("head", f"{CHANNELS}/{channel['id']}").status_code == 404


def test_the_21st_channel_ends_the_oldest(as_alice: Api, as_charlie: Api) -> None:
    kept = as_charlie.of("post", CHANNELS)
    made = [as_alice.of("post", CHANNELS)["id"] for _ in range(21)]
    assert [each["id"] for each in as_alice.of("get", CHANNELS)["entities"]] == made[1:]
    assert Channel.objects.filter(pk=kept["id"]).exists()


def test_a_key_makes_one_channel(as_alice: Api) -> None:
    key = {"Idempotency-Key": "one channel"}
    assert as_alice.of("post", CHANNELS, None, **key) == as_alice.of("post", CHANNELS, None, **key)
    assert Channel.objects.count() == 1


def test_a_channel_goes_with_its_day_and_its_token(as_alice: Api, alice: User) -> None:
    channel = Channel.objects.get(pk=as_alice.of("post", CHANNELS)["id"])
    Channel.objects.update(expires=timezone.now())
    assert as_alice.of("get", CHANNELS) == {"entities": []}
    as_alice.refused(404, "get", f"{CHANNELS}/{channel.pk}/subscriptions")
    channel.token.revoke()
    assert not Channel.objects.exists()


def test_topics_are_put_added_and_taken_away(as_alice: Api, alice: User, subscriptions: str) -> None:
    work, status = mine(alice), mine(alice, "routingStatus")
    told = as_alice.of("put", subscriptions, topics(work))
    assert told["entities"] == [
        {
            "id": work,
            "state": "Permitted",
            "rejectionReason": "",
            "missingPermissions": [],
            "selfUri": f"/api/v2/{subscriptions}",
        }
    ]
    as_alice.of("post", subscriptions, topics(status, work, "channel.metadata"))
    assert [each["id"] for each in as_alice.of("get", subscriptions)["entities"]] == [work, status]
    as_alice.of("put", subscriptions, topics(status))
    assert [each["id"] for each in as_alice.of("get", subscriptions)["entities"]] == [status]
    as_alice.of("delete", subscriptions)
    assert as_alice.of("get", subscriptions) == {"entities": []}


def test_a_thousand_topics_and_no_more(as_alice: Api, subscriptions: str, django_assert_max_num_queries: Any) -> None:
    people = User.objects.bulk_create([User(username=f"colleague{number}") for number in range(1001)])
    names = [mine(person, "presence") for person in people]
    error = as_alice.refused(400, "put", subscriptions, topics(*names))
    assert "1001 topics" in error["message"]
    with django_assert_max_num_queries(40):
        as_alice.of("put", subscriptions, topics(*names[:1000]))
    assert ChannelTopic.objects.count() == 1000
    error = as_alice.refused(400, "post", subscriptions, topics(names[1000]))
    assert "1001 topics" in error["message"]
    as_alice.of("post", subscriptions, topics(names[0]))
    assert ChannelTopic.objects.count() == 1000


@pytest.mark.parametrize("name", ["v2.users.me.presence", "v2.users.x", "v2.conversations", "*", "v2.users..presence"])
def test_what_is_no_topic_is_refused(as_alice: Api, subscriptions: str, name: str) -> None:
    error = as_alice.refused(400, "put", subscriptions, topics(name))
    assert error["details"] == [{"fieldName": "[0].id", "errorCode": "invalid.value"}]


@pytest.mark.parametrize("body", [{}, "no", [{}], [{"id": 7}, {"id": None}], [["x"]], {"id": "v2"}, 12])
def test_what_is_no_list_of_topics_is_refused(as_alice: Api, subscriptions: str, body: Any) -> None:
    as_alice.refused(400, "post", subscriptions, body)


def test_what_one_may_not_follow(
    as_alice: Api, as_charlie: Api, alice: User, bob: User, queue: Queue, vip: Queue
) -> None:
    at = f"{CHANNELS}/{as_charlie.of('post', CHANNELS)['id']}/subscriptions"
    as_charlie.of("put", at, topics(mine(alice, "presence"), mine(alice, "routingStatus")))
    error = as_charlie.refused(403, "put", at, topics(mine(alice)))
    assert error["messageParams"] == {"permission": "Conversation > Message > View"}
    as_charlie.refused(404, "put", at, topics(f"v2.routing.queues.{queue.pk}.conversations.messages"))
    as_charlie.refused(404, "put", at, topics(f"v2.users.{uuid.uuid4()}.presence"))
    assert len(as_charlie.of("get", at)["entities"]) == 2
    told = as_charlie.of("post", f"{at}?ignoreErrors=true", topics(mine(bob), mine(bob, "presence")))["entities"]
    assert [each["state"] for each in told] == ["Rejected", "Permitted"]
    assert told[0]["missingPermissions"] == ["conversation:message:view"]
    assert told[0]["rejectionReason"]
    seen = f"{CHANNELS}/{as_alice.of('post', CHANNELS)['id']}/subscriptions"
    as_alice.of("put", seen, topics(mine(bob), f"v2.routing.queues.{queue.pk}.conversations.messages"))
    as_alice.refused(404, "put", seen, topics(f"v2.routing.queues.{vip.pk}.conversations.messages"))


def test_a_queue_one_may_not_read_is_refused_with_the_permissions_name(queue: Queue) -> None:
    from accounts.permissions import ACCEPT
    from tests.factories import grant

    api = Api(grant(UserFactory(), ACCEPT, on=queue))
    at = f"{CHANNELS}/{api.of('post', CHANNELS)['id']}/subscriptions"
    error = api.refused(403, "put", at, topics(f"v2.routing.queues.{queue.pk}.conversations.messages"))
    assert error["messageParams"] == {"permission": "Conversation > Message > View"}


def test_what_one_can_follow(as_charlie: Api) -> None:
    told = as_charlie.of("get", "notifications/availabletopics?expand=description,requiresPermissions")["entities"]
    assert {each["id"] for each in told} == {
        "v2.users.{id}.conversations.messages",
        "v2.users.{id}.routingStatus",
        "v2.users.{id}.presence",
        "v2.routing.queues.{id}.conversations.messages",
    }
