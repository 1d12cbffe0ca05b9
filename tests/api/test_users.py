"""Who am I, what am I doing."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from queues.models import AgentStatus
from tests.api.conftest import Api, token_of
from tests.factories import on_queue


def test_me_with_what_is_asked_for(as_alice: Api, alice: User) -> None:
    me = as_alice.of("get", "users/me")
    assert (me["id"], me["division"]["name"]) == (str(alice.pk), "Home")
    assert "presence" not in me
    me = as_alice.of("get", "users/me?expand=presence,routingStatus")
    assert me["routingStatus"]["status"] == "OFF_QUEUE"
    assert me["presence"]["presenceDefinition"]["systemPresence"] == "Offline"


def test_idle_goes_on_queue_and_off_queue_off(as_alice: Api, alice: User) -> None:
    status = f"users/{alice.pk}/routingstatus"
    assert as_alice.of("put", status, {"status": "IDLE"})["status"] == "IDLE"
    assert as_alice.of("put", status, {"status": "OFF_QUEUE"})["status"] == "OFF_QUEUE"
    assert as_alice.refused(400, "put", status, {"status": "INTERACTING"})["details"][0]["fieldName"] == "status"
    wrong = as_alice.refused(400, "put", status, {"status": "ASLEEP"})
    assert wrong["details"] == [{"fieldName": "status", "errorCode": "invalid.value"}]
    assert "ASLEEP" in wrong["message"]


def test_idle_ends_not_responding(as_alice: Api, alice: User) -> None:
    on_queue(alice)
    AgentStatus.objects.filter(user=alice).update(missed="expired", missed_at=timezone.now())
    status = f"users/{alice.pk}/routingstatus"
    assert as_alice.of("get", status)["status"] == "NOT_RESPONDING"
    assert as_alice.of("put", status, {"status": "IDLE"})["status"] == "IDLE"


@pytest.mark.parametrize("name", ["Meal", "On Queue", "OnQueue"])
def test_a_presence_is_chosen_by_name_or_id(as_alice: Api, alice: User, name: str) -> None:
    path = f"users/{alice.pk}/presences/purecloud"
    told = as_alice.of("patch", path, {"presenceDefinition": {"systemPresence": name}})
    again = as_alice.of("patch", path, {"presenceDefinition": {"id": told["presenceDefinition"]["id"]}})
    assert again["presenceDefinition"] == told["presenceDefinition"]
    assert AgentStatus.objects.get(user=alice).on_queue is (name != "Meal")


def test_nobody_sets_anothers_status(as_alice: Api, bob: User) -> None:
    refused = as_alice.refused(403, "put", f"users/{bob.pk}/routingstatus", {"status": "IDLE"})
    assert refused["code"] == "not.yours"
    as_alice.refused(404, "put", "users/00000000-0000-4000-8000-000000000000/routingstatus", {"status": "IDLE"})


def test_going_on_queue_needs_the_right(as_charlie: Api, charlie: User) -> None:
    error = as_charlie.refused(403, "put", f"users/{charlie.pk}/routingstatus", {"status": "IDLE"})
    assert error["messageParams"] == {"permission": "Routing > Agent > OnQueue"}


def test_an_agent_who_calls_is_there(alice: User) -> None:
    on_queue(alice)
    AgentStatus.objects.filter(user=alice).update(last_seen=timezone.now() - timedelta(minutes=5))
    Api(alice).of("get", "users/me")
    assert not AgentStatus.objects.get(user=alice).gone


def test_a_token_is_the_only_way_in(alice: User) -> None:
    Api().refused(401, "get", "users/me")
    Api(token="no such token").refused(401, "get", "users/me")
    by_cookie = Api()
    by_cookie.client.force_login(alice)
    by_cookie.refused(401, "get", "users/me")
    good = Api(alice)
    alice.is_active = False
    alice.save()
    good.refused(401, "get", "users/me")
    late = Api(token=token_of(alice))
    late.refused(401, "get", "users/me")


def test_the_status_counts_from_its_own_beginning(as_alice: Api, alice: User) -> None:
    long_ago = timezone.now() - timedelta(hours=1)
    on_queue(alice, idle_since=long_ago)
    AgentStatus.objects.filter(user=alice).update(missed="declined", missed_at=long_ago)
    status = f"users/{alice.pk}/routingstatus"
    before = timezone.now()
    for wanted in ("IDLE", "OFF_QUEUE"):
        told = as_alice.of("put", status, {"status": wanted})["startTime"]
        assert datetime.fromisoformat(told) >= before - timedelta(milliseconds=1)
