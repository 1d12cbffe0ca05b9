"""People and roles, for those who configure, over the API."""

import uuid
from typing import Any

import pytest

from accounts.models import User
from accounts.roles import AGENT, group_of
from tests.api.conftest import Api
from tests.api.sdk import read_as
from tests.factories import UserFactory, on_queue


def test_people_are_listed_for_who_staffs_a_queue(sam: User, alice: User, charlie: User) -> None:
    gone = UserFactory(is_active=False)
    listed = read_as("UserEntityListing", Api(sam).of("get", "users"))
    assert [each.username for each in listed.entities] == ["alice", "charlie", "sam"]
    assert Api(sam).of("get", "users?state=any")["total"] == 4
    [told] = Api(sam).of("get", f"users?state=inactive&id={gone.pk},{alice.pk}")["entities"]
    assert (told["id"], told["state"]) == (str(gone.pk), "inactive")


def test_one_of_them_with_their_status(as_admin: Api, alice: User) -> None:
    on_queue(alice)
    told = read_as("User", as_admin.of("get", f"users/{alice.pk}?expand=presence,routingStatus,skills"))
    assert (told.name, told.routing_status.status) == ("Alice", "IDLE")
    assert told.presence.presence_definition.system_presence == "On Queue"
    assert "presence" not in as_admin.of("get", f"users/{alice.pk}")
    as_admin.refused(404, "get", f"users/{uuid.uuid4()}")


def test_roles_are_the_groups(as_admin: Api, alice: User) -> None:
    role = group_of(AGENT)
    alice.groups.add(role)
    [told] = read_as("GroupEntityListing", as_admin.of("get", "groups?name=Agent")).entities
    assert (told.name, told.member_count, told.type) == ("Agent", 1, "official")
    again = as_admin.of("get", f"groups/{told.id}")
    assert as_admin.of("get", f"groups?id={told.id}")["entities"] == [again]
    as_admin.refused(404, "get", f"groups/{uuid.uuid4()}")


@pytest.mark.parametrize("path", ["users", "groups"])
def test_who_may(as_alice: Api, alice: User, bob: User, path: str) -> None:
    error = as_alice.refused(403, "get", path)
    assert error["messageParams"] == {"permission": "Routing > QueueMember > Manage"}
    as_alice.refused(403, "get", f"{path}/{bob.pk}")
    as_alice.of("get", f"users/{alice.pk}")


def test_more_people_take_no_more_questions(as_admin: Api, django_assert_max_num_queries: Any) -> None:
    for _ in range(20):
        on_queue(UserFactory())
    with django_assert_max_num_queries(4):
        assert len(as_admin.of("get", "users?expand=presence")["entities"]) == 21
