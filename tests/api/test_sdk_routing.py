"""A queue is configured through the public SDK, against the running product, from nothing to figures and back."""

import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import PureCloudPlatformClientV2 as sdk  # noqa: N813
import pytest
from PureCloudPlatformClientV2.rest import ApiException

from tests.api.conftest import sdk_client

if TYPE_CHECKING:
    from tests.product import Product

pytestmark = [pytest.mark.long, pytest.mark.timeout(240)]


class House:
    """The product, through the parts of the SDK that configure it."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.routing, self.users = sdk.RoutingApi(client), sdk.UsersApi(client)
        self.groups, self.analytics = sdk.GroupsApi(client), sdk.AnalyticsApi(client)

    def person(self, username: str) -> Any:
        """Somebody of the demo cast."""
        everybody = self.users.get_users(page_size=100).entities
        return next(person for person in everybody if person.username == username)

    def grants(self, queue: Any, body: Any = None) -> Any:
        """Our own extension, by the SDK's plain door."""
        return self.client.call_api(
            f"/api/v2/routing/queues/{queue.id}/grants",
            "PUT" if body is not None else "GET",
            header_params={"Content-Type": "application/json", "Accept": "application/json"},
            body=body,
            auth_settings=["PureCloud OAuth"],
            response_type="list[object]",
        )


def known(answer: Any) -> Any:
    """The answer, every enum value of which is one that the SDK knows."""
    assert "outdated_sdk_version" not in str(answer).lower()
    return answer


@pytest.fixture(scope="module")
def house(live_product: "Product") -> House:
    return House(sdk_client(live_product, "admin"))


@pytest.fixture
def queue(house: House) -> Iterator[Any]:
    """A queue of this test alone."""
    queue = house.routing.post_routing_queues({"name": f"SDK {uuid.uuid4()}"})
    yield queue
    house.routing.delete_routing_queue(queue.id)


def test_a_queue_and_its_rules(house: House) -> None:
    wanted = sdk.CreateQueueRequest()
    wanted.name = f"Returns {uuid.uuid4()}"
    wanted.acw_settings = sdk.AcwSettings()
    wanted.acw_settings.wrapup_prompt = "MANDATORY_TIMEOUT"
    wanted.acw_settings.timeout_ms = 45_000
    wanted.media_settings = sdk.QueueMediaSettings()
    wanted.media_settings.message = sdk.MessageMediaSettings()
    wanted.media_settings.message.alerting_timeout_seconds = 12
    wanted.media_settings.message.service_level = sdk.ServiceLevel()
    wanted.media_settings.message.service_level.percentage = 0.75
    wanted.media_settings.message.service_level.duration_ms = 30_000
    wanted.skill_evaluation_method = "BEST"
    made = known(house.routing.post_routing_queues(wanted))
    assert made.media_settings.message.service_level.percentage == 0.75
    assert (made.acw_settings.timeout_ms, made.skill_evaluation_method) == (45_000, "BEST")
    assert made.date_created.year >= 2025

    made.description, made.scoring_method = "What comes back", "PriorityOnly"
    put = known(house.routing.put_routing_queue(made.id, made))
    assert (put.description, put.scoring_method, put.acw_settings.timeout_ms) == (
        "What comes back",
        "PriorityOnly",
        45_000,
    )
    [listed] = known(house.routing.get_routing_queues(name=made.name, id=[made.id], page_size=5)).entities
    assert listed.to_dict() == house.routing.get_routing_queue(made.id).to_dict()
    house.routing.delete_routing_queue(made.id)
    with pytest.raises(ApiException) as refused:
        house.routing.get_routing_queue(made.id)
    assert refused.value.status == 404


def test_a_key_makes_one_queue(house: House) -> None:
    body = {"name": f"Once {uuid.uuid4()}"}
    house.client.set_default_header("Idempotency-Key", str(uuid.uuid4()))
    first, again = house.routing.post_routing_queues(body), house.routing.post_routing_queues(body)
    assert first.id == again.id
    with pytest.raises(ApiException) as refused:
        house.routing.post_routing_queues({"name": "Something else"})
    house.client.default_headers.pop("Idempotency-Key")
    assert refused.value.status == 409
    house.routing.delete_routing_queue(first.id)


def test_members(house: House, queue: Any) -> None:
    alice, bob = house.person("alice"), house.person("bob")
    house.routing.post_routing_queue_members(queue.id, [{"id": alice.id}, {"id": bob.id}])
    member = sdk.QueueMember()
    member.id, member.joined = bob.id, False
    house.routing.patch_routing_queue_members(queue.id, [member])
    listed = known(house.routing.get_routing_queue_members(queue.id, page_size=100, expand=["routingStatus"]))
    assert {each.id: each.joined for each in listed.entities} == {alice.id: True, bob.id: False}
    [joined] = house.routing.get_routing_queue_members(queue.id, joined=True).entities
    assert joined.user.name == alice.name
    counted = house.routing.get_routing_queue(queue.id)
    assert (counted.member_count, counted.joined_member_count) == (2, 1)
    member.joined = True
    house.routing.patch_routing_queue_member(queue.id, bob.id, member)
    house.routing.post_routing_queue_members(queue.id, [{"id": alice.id}], delete=True)
    house.routing.delete_routing_queue_member(queue.id, bob.id)
    assert house.routing.get_routing_queue_members(queue.id).entities == []


def test_wrap_up_codes(house: House, queue: Any) -> None:
    code = known(house.routing.post_routing_wrapupcodes({"name": f"Solved {uuid.uuid4()}"}))
    [of_queue] = house.routing.post_routing_queue_wrapupcodes(queue.id, [{"id": code.id}])
    assert of_queue.id == code.id
    renamed = house.routing.put_routing_wrapupcode(code.id, {"name": f"{code.name}!"})
    [listed] = known(house.routing.get_routing_queue_wrapupcodes(queue.id)).entities
    assert listed.name == renamed.name == f"{code.name}!"
    assert house.routing.get_routing_wrapupcodes(name=renamed.name).entities[0].id == code.id
    house.routing.delete_routing_queue_wrapupcode(queue.id, code.id)
    assert house.routing.get_routing_queue_wrapupcodes(queue.id).entities == []
    house.routing.delete_routing_wrapupcode(code.id)


def test_skills_languages_and_capacity(house: House) -> None:
    charlie = house.person("charlie")
    skill = known(house.routing.post_routing_skills({"name": f"Law {uuid.uuid4()}"}))
    language = known(house.routing.post_routing_languages({"name": f"Latin {uuid.uuid4()}"}))
    assert house.routing.get_routing_skills(id=[skill.id]).entities[0].name == skill.name
    given = sdk.UserRoutingSkillPost()
    given.id, given.proficiency = skill.id, 4.0
    assert known(house.users.post_user_routingskills(charlie.id, given)).proficiency == 4
    house.users.patch_user_routingskills_bulk(charlie.id, [{"id": skill.id, "proficiency": 2}])
    house.users.put_user_routingskill(charlie.id, skill.id, {"id": skill.id, "proficiency": 5})
    [has] = known(house.users.get_user_routingskills(charlie.id)).entities
    assert (has.name, has.proficiency) == (skill.name, 5)
    house.users.post_user_routinglanguages(charlie.id, {"id": language.id, "proficiency": 3})
    [speaks] = known(house.users.get_user_routinglanguages(charlie.id)).entities
    assert speaks.name == language.name
    house.users.delete_user_routingskill(charlie.id, skill.id)
    house.routing.delete_routing_skill(skill.id)
    house.routing.delete_routing_language(language.id)

    request = sdk.UtilizationRequest()
    media = sdk.MediaUtilization()
    media.maximum_capacity = 4
    request.utilization = {"message": media}
    told = known(house.routing.put_routing_user_utilization(charlie.id, request))
    assert (told.level, told.utilization["message"].maximum_capacity) == ("Agent", 4)
    house.routing.delete_routing_user_utilization(charlie.id)
    assert known(house.routing.get_routing_user_utilization(charlie.id)).level == "Organization"


def test_rights(house: House, queue: Any, live_product: "Product") -> None:
    charlie = house.person("charlie")
    theirs = House(sdk_client(live_product, "charlie"))
    with pytest.raises(ApiException) as refused:
        theirs.routing.get_routing_queue(queue.id)
    assert refused.value.status == 404
    to_charlie = {"subject": {"id": charlie.id, "type": "USER"}, "permissions": ["conversation:message:view"]}
    agents = next(group for group in known(house.groups.get_groups()).entities if group.name == "Agent")
    to_agents = {"subject": {"id": agents.id, "type": "GROUP"}, "permissions": ["conversation:message:accept"]}
    told = house.grants(queue, [to_charlie, to_agents])
    assert {each["subject"]["name"] for each in told} == {"Agent", charlie.name}
    assert theirs.routing.get_routing_queue(queue.id).name == queue.name
    with pytest.raises(ApiException) as refused:
        theirs.routing.delete_routing_queue(queue.id)
    assert refused.value.status == 403
    house.grants(queue, [])
    with pytest.raises(ApiException):
        theirs.routing.get_routing_queue(queue.id)


def test_figures(house: House, queue: Any) -> None:
    bob = house.person("bob")
    house.routing.post_routing_queue_members(queue.id, [{"id": bob.id}])
    predicate = sdk.QueueObservationQueryPredicate()
    predicate.type, predicate.dimension, predicate.operator, predicate.value = (
        "dimension",
        "queueId",
        "matches",
        queue.id,
    )
    query = sdk.QueueObservationQuery()
    query.filter = sdk.QueueObservationQueryFilter()
    query.filter.type, query.filter.predicates = "or", [predicate]
    query.metrics = ["oWaiting", "oInteracting", "oMemberUsers", "oOnQueueUsers"]
    told = known(house.analytics.post_analytics_queues_observations_query(query))
    figures = {each.metric: each.stats.count for group in told.results for each in group.data if not each.qualifier}
    assert figures == {"oWaiting": 0, "oInteracting": 0, "oMemberUsers": 1}
    assert {group.group["queueId"] for group in told.results} == {queue.id}
