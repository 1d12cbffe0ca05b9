"""Object permissions over the API: who may do what with a queue, or through an integration."""

import uuid
from typing import Any

import pytest
from django.contrib.auth.models import Group

from accounts import permissions as may
from accounts.models import User
from accounts.permissions import Permission, allowed
from accounts.roles import AGENT, group_of
from interactions.models import Inbox
from queues.models import Queue
from tests.api.conftest import Api
from tests.factories import UserFactory, grant

ACCEPT, VIEW = "conversation:message:accept", "conversation:message:view"


@pytest.fixture
def group(db: None) -> Group:
    return group_of(AGENT)


@pytest.fixture
def path(queue: Queue) -> str:
    return f"routing/queues/{queue.pk}/grants"


def to_user(user: User, *rights: str) -> dict[str, Any]:
    return {"subject": {"id": str(user.pk), "type": "USER"}, "permissions": list(rights)}


def to_group(group: dict[str, Any], *rights: str) -> dict[str, Any]:
    return {"subject": {"id": group["id"], "type": "GROUP"}, "permissions": list(rights)}


def holds(user: User, right: Permission, on: Any) -> bool:
    return allowed(User.objects.get(pk=user.pk), right, on)


def test_a_list_replaces_what_was_given(as_admin: Api, path: str, queue: Queue, charlie: User, group: Group) -> None:
    ann = UserFactory()
    ann.groups.add(group)
    [agents] = as_admin.of("get", "groups?name=Agent")["entities"]
    told = as_admin.of("put", path, [to_user(charlie, VIEW, ACCEPT), to_group(agents, ACCEPT)])
    assert told == as_admin.of("get", path)
    assert [(each["subject"]["name"], each["permissions"]) for each in told] == [
        ("Agent", [ACCEPT]),
        ("Charlie", [ACCEPT, VIEW]),
    ]
    assert holds(charlie, may.VIEW, queue)
    assert holds(ann, may.ACCEPT, queue)
    assert not holds(ann, may.VIEW, queue)
    as_admin.of("put", path, [to_user(charlie, VIEW)])
    assert not holds(charlie, may.ACCEPT, queue)
    assert not holds(ann, may.ACCEPT, queue)
    assert as_admin.of("put", path, []) == []
    assert not holds(charlie, may.VIEW, queue)


def test_what_is_read_can_be_put_back(as_admin: Api, path: str, alice: User, bob: User) -> None:
    told = as_admin.of("get", path)
    assert len(told) == 2
    assert as_admin.of("put", path, told) == told


def test_somebody_twice_gets_both(as_admin: Api, path: str, charlie: User) -> None:
    [told] = as_admin.of("put", path, [to_user(charlie, VIEW), to_user(charlie, ACCEPT)])
    assert told["permissions"] == [ACCEPT, VIEW]


@pytest.mark.parametrize(
    "right", ["conversation:socialmedia:create", "routing:queue:edit", "nonsense", "", "x" * 101, None, 7]
)
def test_a_right_of_another_kind_is_named(as_admin: Api, path: str, charlie: User, right: Any) -> None:
    error = as_admin.refused(400, "put", path, [to_user(charlie, VIEW), to_user(charlie, VIEW, right)])
    assert error["details"][0]["fieldName"] == "[1].permissions[1]"
    assert as_admin.of("get", path) == []


@pytest.mark.parametrize("kind", ["USER", "GROUP", "TEAM"])
def test_a_subject_that_is_not_there_is_named(as_admin: Api, path: str, kind: str) -> None:
    body = [{"subject": {"id": str(uuid.uuid4()), "type": kind}, "permissions": []}]
    error = as_admin.refused(400, "put", path, body)
    assert error["details"][0]["fieldName"] == ("[0].subject.type" if kind == "TEAM" else "[0].subject.id")


@pytest.mark.parametrize("body", [None, {}, "null", [None], [{}], [{"subject": None}], ["x"]])
def test_what_is_no_list_of_grants(as_admin: Api, path: str, body: Any) -> None:
    as_admin.refused(400, "put", path, body)


def test_an_integration_has_grants_of_its_own(as_admin: Api, webhook: Inbox, charlie: User) -> None:
    path = f"conversations/messaging/integrations/open/{webhook.pk}/grants"
    as_admin.of("put", path, [to_user(charlie, "conversation:message:receive", "conversation:socialmedia:create")])
    assert holds(charlie, may.RECEIVE, webhook)
    assert holds(charlie, may.REPLY_PUBLIC, webhook)
    error = as_admin.refused(400, "put", path, [to_user(charlie, ACCEPT)])
    assert error["details"][0]["fieldName"] == "[0].permissions[0]"


def test_only_open_integrations_have_grants_here(as_admin: Api, inbox: Inbox) -> None:
    as_admin.refused(404, "get", f"conversations/messaging/integrations/open/{inbox.pk}/grants")


def test_who_may(as_alice: Api, path: str, vip: Queue, webhook: Inbox) -> None:
    error = as_alice.refused(403, "get", path)
    assert error["messageParams"] == {"permission": "Routing > Queue > View"}
    error = as_alice.refused(403, "put", path, [])
    assert error["messageParams"] == {"permission": "Routing > Queue > Edit"}
    as_alice.refused(404, "get", f"routing/queues/{vip.pk}/grants")
    as_alice.refused(404, "get", f"conversations/messaging/integrations/open/{webhook.pk}/grants")
    viewer = Api(grant(UserFactory(), Permission("Routing", "Queue", "View")))
    assert len(viewer.of("get", path)) == 1
    viewer.refused(403, "put", path, [])


def test_many_grants_take_no_more_questions(
    as_admin: Api, path: str, queue: Queue, django_assert_max_num_queries: Any
) -> None:
    for _ in range(20):
        grant(UserFactory(), may.ACCEPT, may.VIEW, on=queue)
    with django_assert_max_num_queries(5):
        assert len(as_admin.of("get", path)) == 20
