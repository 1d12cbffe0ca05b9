"""Wrap-up codes, over the API."""

import uuid

from interactions.models import Handling
from queues.models import Queue, WrapUpCode
from tests.api.conftest import Api
from tests.api.sdk import read_as
from tests.factories import InteractionFactory, WrapUpCodeFactory


def test_a_code_is_made_renamed_and_deleted(as_admin: Api) -> None:
    made = as_admin.of("post", "routing/wrapupcodes", {"name": "Solved", "division": {"id": "*"}})
    path = f"routing/wrapupcodes/{made['id']}"
    assert as_admin.of("put", path, {"name": "Settled"})["name"] == "Settled"
    listed = as_admin.of("get", "routing/wrapupcodes?name=set*")
    assert read_as("WrapupCodeEntityListing", listed).entities[0].name == "Settled"
    as_admin.refused(409, "post", "routing/wrapupcodes", {"name": "Settled"})
    as_admin.of("delete", path)
    as_admin.refused(404, "get", path)


def test_a_code_that_was_used_stays(as_admin: Api, queue: Queue) -> None:
    code = WrapUpCodeFactory()
    interaction = InteractionFactory(inbox__queue=queue)
    from tests.factories import UserFactory

    Handling.objects.create(interaction=interaction, agent=UserFactory(), queue=queue, code=code)
    as_admin.refused(409, "delete", f"routing/wrapupcodes/{code.pk}")


def test_the_systems_own_codes_are_left_alone(as_admin: Api, queue: Queue) -> None:
    own = WrapUpCode.objects.create(name=WrapUpCode.TIMEOUT)
    path = f"routing/wrapupcodes/{own.pk}"
    assert as_admin.of("get", path)["name"] == "ININ-WRAP-UP-TIMEOUT"
    as_admin.refused(409, "put", path, {"name": "Mine"})
    as_admin.refused(409, "delete", path)
    as_admin.refused(400, "post", "routing/wrapupcodes", {"name": "ININ-MINE"})
    as_admin.refused(400, "post", f"routing/queues/{queue.pk}/wrapupcodes", [{"id": str(own.pk)}])


def test_the_codes_of_a_queue(as_admin: Api, as_alice: Api, queue: Queue) -> None:
    solved, sold = WrapUpCodeFactory(name="Solved"), WrapUpCodeFactory(name="Sold")
    path = f"routing/queues/{queue.pk}/wrapupcodes"
    told = as_admin.of("post", path, [{"id": str(sold.pk)}, {"id": str(solved.pk)}])
    assert [each["name"] for each in told] == ["Sold", "Solved"]
    assert [each["name"] for each in as_alice.of("get", path)["entities"]] == ["Sold", "Solved"]
    error = as_alice.refused(403, "post", path, [{"id": str(sold.pk)}])
    assert error["messageParams"] == {"permission": "Routing > Queue > Edit"}
    as_admin.of("delete", f"{path}/{sold.pk}")
    as_admin.refused(404, "delete", f"{path}/{sold.pk}")
    assert list(queue.wrap_up_codes.all()) == [solved]
    error = as_admin.refused(400, "post", path, [{"id": str(solved.pk)}, {"id": str(uuid.uuid4())}])
    assert error["details"][0]["fieldName"] == "[1].id"


def test_who_may(as_alice: Api) -> None:
    code = WrapUpCodeFactory()
    error = as_alice.refused(403, "get", "routing/wrapupcodes")
    assert error["messageParams"] == {"permission": "Routing > WrapupCode > View"}
    as_alice.refused(403, "post", "routing/wrapupcodes", {"name": "Mine"})
    as_alice.refused(403, "put", f"routing/wrapupcodes/{code.pk}", {"name": "Mine"})
    as_alice.refused(403, "delete", f"routing/wrapupcodes/{code.pk}")
