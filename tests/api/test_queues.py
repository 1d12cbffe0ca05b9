"""Queues and their rules, over the API."""

import uuid
from typing import Any

import pytest

from accounts.models import User
from accounts.permissions import MANAGE_MEMBERS, Permission
from accounts.roles import ADMINISTRATOR, group_of, make_roles
from queues.models import Queue
from tests.api.conftest import Api
from tests.api.sdk import read_as
from tests.factories import InboxFactory, QueueFactory, QueueMemberFactory, UserFactory, grant

WHOLE = {
    "name": "Returns",
    "description": "What comes back",
    "mediaSettings": {
        "message": {
            "alertingTimeoutSeconds": 45,
            "enableAutoAnswer": True,
            "serviceLevel": {"percentage": 0.9, "durationMs": 60_000},
        }
    },
    "acwSettings": {"wrapupPrompt": "MANDATORY_FORCED_TIMEOUT", "timeoutMs": 90_000},
    "scoringMethod": "PriorityOnly",
    "skillEvaluationMethod": "BEST",
    "lastAgentRoutingMode": "AnyAgent",
}


def test_a_queue_is_made_with_all_its_rules(as_admin: Api) -> None:
    told = as_admin.of("post", "routing/queues", {**WHOLE, "routingRules": [{"operator": "ANY"}], "id": "ignored"})
    assert {name: told[name] for name in WHOLE} == WHOLE
    assert (told["memberCount"], told["joinedMemberCount"], told["division"]["name"]) == (0, 0, "Home")
    assert told["selfUri"] == f"/api/v2/routing/queues/{told['id']}"
    queue = Queue.objects.get(pk=told["id"])
    assert (queue.alerting_seconds, queue.service_level_percent, queue.acw_seconds) == (45, 90, 90)
    assert as_admin.of("get", f"routing/queues/{queue.pk}") == told
    assert read_as("Queue", told).acw_settings.timeout_ms == 90_000


def test_what_is_put_changes_and_what_is_left_out_stays(as_admin: Api) -> None:
    told = as_admin.of("post", "routing/queues", WHOLE)
    path = f"routing/queues/{told['id']}"
    changed = as_admin.of("put", path, {"name": "Refunds", "acwSettings": {"wrapupPrompt": "OPTIONAL"}})
    assert changed == {**told, "name": "Refunds", "acwSettings": {"wrapupPrompt": "OPTIONAL", "timeoutMs": 90_000}}
    assert as_admin.of("put", path, changed) == changed


@pytest.mark.parametrize(
    ("field", "body"),
    [
        ("name", {}),
        ("name", {"name": ""}),
        ("name", {"name": "x" * 121}),
        ("name", {"name": None}),
        ("scoringMethod", {"name": "x", "scoringMethod": "Alphabetical"}),
        ("acwSettings.timeoutMs", {"name": "x", "acwSettings": {"timeoutMs": 1500}}),
        ("acwSettings.wrapupPrompt", {"name": "x", "acwSettings": {"wrapupPrompt": "SOMETIMES"}}),
        ("acwSettings", {"name": "x", "acwSettings": None}),
        ("mediaSettings.message", {"name": "x", "mediaSettings": {"message": 7}}),
        (
            "mediaSettings.message.alertingTimeoutSeconds",
            {"name": "x", "mediaSettings": {"message": {"alertingTimeoutSeconds": 6}}},
        ),
    ],
)
def test_what_is_wrong_is_named(as_admin: Api, field: str, body: Any) -> None:
    error = as_admin.refused(400, "post", "routing/queues", body)
    assert [detail["fieldName"] for detail in error["details"]] == [field]


@pytest.mark.parametrize("body", ["null", "[]", "7", '"x"', "{", "[[[", ""])
def test_what_is_no_queue_at_all(as_admin: Api, body: str) -> None:
    as_admin.refused(400, "post", "routing/queues", body)


def test_a_name_that_is_taken(as_admin: Api, queue: Queue, vip: Queue) -> None:
    for method, path in (("post", "routing/queues"), ("put", f"routing/queues/{vip.pk}")):
        error = as_admin.refused(409, method, path, {"name": queue.name})
        assert (error["code"], error["details"][0]["fieldName"]) == ("name.taken", "name")


def test_a_key_makes_one_queue(as_admin: Api) -> None:
    first, again = (as_admin.of("post", "routing/queues", WHOLE, **{"Idempotency-Key": "k"}) for _ in range(2))
    assert first == again
    as_admin.refused(409, "post", "routing/queues", {"name": "Other"}, **{"Idempotency-Key": "k"})
    assert Queue.objects.count() == 1


def test_an_unused_queue_is_deleted_and_one_in_use_is_not(as_admin: Api, queue: Queue, vip: Queue) -> None:
    InboxFactory(queue=queue)
    assert as_admin.refused(409, "delete", f"routing/queues/{queue.pk}")["code"] == "in.use"
    as_admin.of("delete", f"routing/queues/{vip.pk}?forceDelete=true")
    as_admin.refused(404, "get", f"routing/queues/{vip.pk}")


# ------------------------------------------------------------------ who may


def test_an_agent_sees_their_queues_and_changes_none(as_alice: Api, queue: Queue, vip: Queue) -> None:
    assert [each["id"] for each in as_alice.of("get", "routing/queues")["entities"]] == [str(queue.pk)]
    as_alice.refused(404, "get", f"routing/queues/{vip.pk}")
    as_alice.refused(404, "put", f"routing/queues/{vip.pk}", {"name": "Mine"})
    error = as_alice.refused(403, "put", f"routing/queues/{queue.pk}", {"name": "Mine"})
    assert error["messageParams"] == {"permission": "Routing > Queue > Edit"}
    as_alice.refused(403, "post", "routing/queues", {"name": "Mine"})
    error = as_alice.refused(403, "delete", f"routing/queues/{queue.pk}")
    assert error["messageParams"] == {"permission": "Routing > Queue > Delete"}


def test_who_configures_or_staffs_queues_sees_them(queue: Queue, vip: Queue) -> None:
    viewer = grant(UserFactory(), Permission("Routing", "Queue", "View"))
    assert Api(viewer).of("get", "routing/queues")["total"] == 2
    staffing = grant(UserFactory(), MANAGE_MEMBERS, on=vip)
    assert [each["name"] for each in Api(staffing).of("get", "routing/queues")["entities"]] == ["VIP"]
    assert Api(UserFactory()).of("get", "routing/queues")["entities"] == []


def test_an_administrator_who_is_no_superuser_configures_all_of_it(charlie: User, alice: User) -> None:
    make_roles()
    charlie.groups.add(group_of(ADMINISTRATOR))
    machine = Api(charlie)
    queue = machine.of("post", "routing/queues", WHOLE)["selfUri"].removeprefix("/api/v2/")
    code = machine.of("post", "routing/wrapupcodes", {"name": "Solved"})["id"]
    skill = machine.of("post", "routing/skills", {"name": "Law"})["id"]
    person = machine.of("get", f"users?id={alice.pk}")["entities"][0]["id"]
    [agents] = machine.of("get", "groups?name=Agent")["entities"]
    machine.of("post", f"{queue}/members", [{"id": person}])
    machine.of("post", f"{queue}/wrapupcodes", [{"id": code}])
    machine.of("post", f"users/{person}/routingskills", {"id": skill, "proficiency": 4})
    machine.of("put", f"routing/users/{person}/utilization", {"utilization": {"message": {"maximumCapacity": 3}}})
    subject = {"id": agents["id"], "type": "GROUP"}
    machine.of("put", f"{queue}/grants", [{"subject": subject, "permissions": ["conversation:message:accept"]}])
    query = {"filter": {"type": "and"}, "metrics": ["oMemberUsers"]}
    assert len(machine.of("post", "analytics/queues/observations/query", query)["results"]) == 2
    machine.of("delete", queue)


# ------------------------------------------------------------------ lists


@pytest.fixture
def four(db: None) -> list[Queue]:
    return [QueueFactory(name=name) for name in ("Billing", "Returns", "Returns abroad", "VIP returns")]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("name=returns", ["Returns"]),
        ("name=returns*", ["Returns", "Returns abroad"]),
        ("name=*returns", ["Returns", "VIP returns"]),
        ("name=*turn*", ["Returns", "Returns abroad", "VIP returns"]),
        ("name=nothing", []),
        ("pageSize=2&pageNumber=2", ["Returns abroad", "VIP returns"]),
        ("sortOrder=desc&pageSize=1", ["VIP returns"]),
    ],
)
def test_queues_are_found_by_name(as_admin: Api, four: list[Queue], query: str, names: list[str]) -> None:
    listed = as_admin.of("get", f"routing/queues?{query}")
    assert [each["name"] for each in listed["entities"]] == names
    read_as("QueueEntityListing", listed)


def test_queues_are_found_by_ids(as_admin: Api, four: list[Queue]) -> None:
    one, two, *_ = (each.pk for each in four)
    for query in (f"id={one},{two}", f"id={one}&id={two}", f"id={one},{two},{uuid.uuid4()}"):
        assert [each["name"] for each in as_admin.of("get", f"routing/queues?{query}")["entities"]] == [
            "Billing",
            "Returns",
        ]
    error = as_admin.refused(400, "get", "routing/queues?id=nonsense")
    assert error["details"][0]["fieldName"] == "id"


def test_a_longer_list_asks_no_more_questions(
    as_admin: Api, four: list[Queue], django_assert_max_num_queries: Any
) -> None:
    for number in range(30):
        QueueMemberFactory(queue=QueueFactory(name=f"Queue {number}"), joined=bool(number % 2))
    with django_assert_max_num_queries(4):
        listed = as_admin.of("get", "routing/queues?pageSize=100&name=Queue*")
    assert sum(each["memberCount"] for each in listed["entities"]) == 30
    assert sum(each["joinedMemberCount"] for each in listed["entities"]) == 15


def test_my_queues(as_alice: Api, alice: User, queue: Queue, vip: Queue) -> None:
    QueueMemberFactory(queue=vip, user=alice, joined=False)
    listed = as_alice.of("get", "routing/queues/me")
    assert [(each["name"], each["joined"]) for each in listed["entities"]] == [("Social Care", True), ("VIP", False)]
    assert [each["name"] for each in as_alice.of("get", "routing/queues/me?joined=false")["entities"]] == ["VIP"]
    read_as("UserQueueEntityListing", listed)
