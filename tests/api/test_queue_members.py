"""Who works in a queue, over the API."""

import uuid
from typing import Any

import pytest

from accounts.models import User
from interactions.models import Inbox
from interactions.routing import route
from queues.models import AgentStatus, Queue, QueueMember
from tests.api.conftest import Api
from tests.api.sdk import read_as
from tests.factories import InteractionFactory, QueueMemberFactory, UserFactory, on_queue


def refs(*people: User) -> list[dict[str, str]]:
    return [{"id": str(person.pk)} for person in people]


@pytest.fixture
def members(vip: Queue) -> str:
    return f"routing/queues/{vip.pk}/members"


def test_members_come_and_go(as_admin: Api, members: str, vip: Queue, alice: User, charlie: User) -> None:
    for _ in range(2):
        assert as_admin.of("post", members, refs(alice, charlie)) is None
    assert {member.user for member in vip.memberships.all()} == {alice, charlie}
    assert AgentStatus.objects.filter(user=charlie).exists()
    assert as_admin.of("get", f"routing/queues/{vip.pk}")["memberCount"] == 2
    as_admin.of("post", f"{members}?delete=true", refs(alice))
    assert [member.user for member in vip.memberships.all()] == [charlie]
    as_admin.of("delete", f"{members}/{charlie.pk}")
    as_admin.refused(404, "delete", f"{members}/{charlie.pk}")
    assert not vip.memberships.exists()


def test_members_as_the_sdk_reads_them(as_admin: Api, members: str, vip: Queue, alice: User, charlie: User) -> None:
    on_queue(alice)
    QueueMemberFactory(queue=vip, user=charlie, joined=False)  # has never been on queue
    as_admin.of("post", members, refs(alice))
    listed = as_admin.of("get", members)
    first, second = read_as("QueueMemberEntityListing", listed).entities
    assert (first.id, first.name, first.joined, first.member_by) == (str(alice.pk), "Alice", True, "user")
    assert (first.routing_status.status, second.routing_status.status) == ("IDLE", "OFF_QUEUE")
    assert (second.user.username, second.joined) == ("charlie", False)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("name=ali", ["Alice"]),
        ("joined=true", ["Alice"]),
        ("joined=false", ["Charlie"]),
        ("routingStatus=IDLE,INTERACTING", ["Alice"]),
        ("presence=OnQueue", ["Alice"]),
        ("sortOrder=desc", ["Charlie", "Alice"]),
    ],
)
def test_members_are_found(as_admin: Api, vip: Queue, members: str, query: str, names: list[str]) -> None:
    on_queue(QueueMemberFactory(queue=vip, user=UserFactory(username="alice")).user)
    QueueMemberFactory(queue=vip, user=UserFactory(username="charlie"), joined=False)
    assert [each["name"] for each in as_admin.of("get", f"{members}?{query}")["entities"]] == names


def test_members_join_and_leave(as_admin: Api, members: str, vip: Queue, alice: User, charlie: User) -> None:
    as_admin.of("post", members, refs(alice, charlie))
    told = as_admin.of("patch", members, [{"id": str(alice.pk), "joined": False}])
    assert [(each["name"], each["joined"]) for each in told["entities"]] == [("Alice", False)]
    as_admin.of("patch", f"{members}/{charlie.pk}", {"joined": False})
    assert not QueueMember.objects.filter(queue=vip, joined=True).exists()
    both = [{"id": str(alice.pk), "joined": True}, {"id": str(uuid.uuid4()), "joined": True}]
    as_admin.refused(404, "patch", members, both)
    assert not QueueMember.objects.filter(queue=vip, joined=True).exists()


def test_who_has_left_is_offered_nothing_more(as_admin: Api, queue: Queue, inbox: Inbox, alice: User) -> None:
    on_queue(alice)
    InteractionFactory(inbox=inbox)
    path = f"routing/queues/{queue.pk}/members"
    as_admin.of("patch", path, [{"id": str(alice.pk), "joined": False}])
    assert route(queue.pk) == 0
    as_admin.of("patch", f"{path}/{alice.pk}", {"joined": True})
    assert route(queue.pk) == 1


def test_who_is_not_there_is_named(as_admin: Api, members: str, alice: User) -> None:
    gone = UserFactory(is_active=False)
    error = as_admin.refused(400, "post", members, refs(alice, gone))
    assert error["details"] == [{"fieldName": "[1].id", "errorCode": "invalid.value"}]
    assert not QueueMember.objects.filter(user=gone).exists()


@pytest.mark.parametrize("body", [None, {}, "null", [None], [{}], [{"id": "x"}], [{"id": str(uuid.uuid4())}] * 101])
def test_what_is_no_list_of_members(as_admin: Api, members: str, body: Any) -> None:
    as_admin.refused(400, "post", members, body)


def test_who_may(as_alice: Api, sam: User, queue: Queue, vip: Queue, charlie: User) -> None:
    path = f"routing/queues/{queue.pk}/members"
    error = as_alice.refused(403, "post", path, refs(charlie))
    assert error["messageParams"] == {"permission": "Routing > QueueMember > Manage"}
    assert as_alice.of("get", path)["total"] == 2
    as_alice.refused(404, "post", f"routing/queues/{vip.pk}/members", refs(charlie))
    Api(sam).of("post", path, refs(charlie))
    Api(sam).of("patch", f"{path}/{charlie.pk}", {"joined": False})
    as_alice.refused(403, "patch", f"{path}/{charlie.pk}", {"joined": True})
    as_alice.refused(403, "delete", f"{path}/{charlie.pk}")


def test_many_members_take_no_more_questions(as_admin: Api, members: str, django_assert_max_num_queries: Any) -> None:
    people = [UserFactory() for _ in range(40)]
    with django_assert_max_num_queries(13):
        as_admin.of("post", members, refs(*people))
    with django_assert_max_num_queries(5):
        assert len(as_admin.of("get", f"{members}?pageSize=100")["entities"]) == 40
