"""How many interactions an agent works on at once, over the API."""

from typing import Any

import pytest

from accounts.models import User
from queues.models import AgentStatus
from tests.api.conftest import Api
from tests.api.sdk import read_as
from tests.factories import on_queue


def body(capacity: Any) -> dict[str, Any]:
    return {"utilization": {"message": {"maximumCapacity": capacity}, "call": {"maximumCapacity": 1}}}


def test_a_capacity_is_set_and_taken_back(as_admin: Api, charlie: User) -> None:
    path = f"routing/users/{charlie.pk}/utilization"
    first = read_as("AgentMaxUtilizationResponse", as_admin.of("get", path))
    assert (first.level, first.utilization["message"].maximum_capacity) == ("Organization", 1)
    assert not AgentStatus.objects.filter(user=charlie).exists()
    told = read_as("AgentMaxUtilizationResponse", as_admin.of("put", path, body(5)))
    assert (told.level, told.utilization["message"].maximum_capacity) == ("Agent", 5)
    assert AgentStatus.objects.get(user=charlie).capacity == 5
    as_admin.of("delete", path)
    assert AgentStatus.objects.get(user=charlie).capacity == 1


@pytest.mark.parametrize("capacity", [-1, 26, "many", None, 2.5])
def test_what_is_no_capacity(as_admin: Api, alice: User, capacity: Any) -> None:
    error = as_admin.refused(400, "put", f"routing/users/{alice.pk}/utilization", body(capacity))
    assert error["details"][0]["fieldName"] == "utilization.message.maximumCapacity"


def test_never_below_what_the_agent_works_on(as_admin: Api, alice: User) -> None:
    on_queue(alice, capacity=3, load=2)
    path = f"routing/users/{alice.pk}/utilization"
    error = as_admin.refused(409, "put", path, body(1))
    assert error["details"][0]["fieldName"] == "utilization.message.maximumCapacity"
    assert as_admin.of("put", path, body(2))["utilization"]["message"]["maximumCapacity"] == 2


def test_who_may(as_alice: Api, alice: User, bob: User) -> None:
    as_alice.of("get", f"routing/users/{alice.pk}/utilization")
    as_alice.refused(403, "get", f"routing/users/{bob.pk}/utilization")
    as_alice.refused(403, "put", f"routing/users/{alice.pk}/utilization", body(25))
    as_alice.refused(403, "delete", f"routing/users/{alice.pk}/utilization")
