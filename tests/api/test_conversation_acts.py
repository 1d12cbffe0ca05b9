"""Taking part over the API: answer, decline, end, park, hand over, wrap up, and routing anew."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.permissions import ASSIGN, PARK, TRANSFER, VIEW
from interactions import taking_part
from interactions.models import Interaction, State
from interactions.participants import customer_id, queue_id
from interactions.routing import route
from queues.models import AfterContactWork, Queue, WrapUpCode
from socialcare.errors import Conflict
from tests.api.conftest import Api
from tests.api.sdk import read_as
from tests.factories import SkillFactory, UserFactory, WrapUpCodeFactory, grant, on_queue
from tests.scene import connected, load, open_offer, routing_status, waiting

MESSAGES = "conversations/messages"


def part(interaction: Interaction, participant: Any) -> str:
    return f"{MESSAGES}/{interaction.pk}/participants/{participant}"


def mine(interaction: Interaction) -> str:
    """My running part."""
    return part(interaction, interaction.handlings.get(ended_at__isnull=True).pk)


def state(interaction: Interaction) -> str:
    return Interaction.objects.get(pk=interaction.pk).state


@pytest.fixture
def offered(alice: User, inbox: Any, queue: Queue) -> Interaction:
    on_queue(alice)
    interaction = waiting(inbox)
    route(queue.pk)
    return interaction


@pytest.fixture
def work(alice: User, inbox: Any) -> Interaction:
    return connected(alice, inbox)


@pytest.fixture
def solved(queue: Queue) -> WrapUpCode:
    code = WrapUpCodeFactory(name="Solved")
    code.queues.add(queue)
    return code


# ------------------------------------------------------------------ answer, decline, end


def test_answering_and_again(as_alice: Api, offered: Interaction) -> None:
    offer = open_offer(offered)
    as_alice.of("patch", part(offered, offer.pk), {"state": "connected"})
    assert (state(offered), offered.handlings.get().pk) == (State.CONNECTED, offer.pk)
    again = as_alice.refused(409, "patch", part(offered, offer.pk), {"state": "connected"})
    assert again["code"] == "offer.accepted"


def test_declining_and_again(as_alice: Api, alice: User, offered: Interaction) -> None:
    offer = open_offer(offered)
    as_alice.of("patch", part(offered, offer.pk), {"state": "disconnected"})
    assert (state(offered), routing_status(alice)) == (State.WAITING, "NOT_RESPONDING")
    for wanted in ("disconnected", "connected"):
        refused = as_alice.refused(409, "patch", part(offered, offer.pk), {"state": wanted})
        assert refused["code"] == "offer.declined"


def test_ending_and_again(as_alice: Api, work: Interaction) -> None:
    path = mine(work)
    as_alice.of("patch", path, {"state": "disconnected"})
    assert state(work) == State.WRAP_UP
    assert as_alice.refused(409, "patch", path, {"state": "disconnected"})["code"] == "not.open"


def test_who_asked_before_the_answer_meant_the_offer(alice: User, offered: Interaction) -> None:
    offer = open_offer(offered)
    asked_at = timezone.now()
    taking_part.connect(alice, offered.pk, offer.pk)
    with pytest.raises(Conflict):
        taking_part.disconnect(alice, offered.pk, offer.pk, asked_at)
    assert state(offered) == State.CONNECTED
    taking_part.disconnect(alice, offered.pk, offer.pk, timezone.now())
    assert state(offered) == State.WRAP_UP


def test_another_agents_part(bob: User, charlie: User, offered: Interaction, work: Interaction) -> None:
    for interaction in (offered, work):
        participant = (interaction.handlings.first() or interaction.offers.first()).pk
        for wanted in ("connected", "disconnected", "parked"):
            refused = Api(bob).refused(403, "patch", part(interaction, participant), {"state": wanted})
            assert refused["code"] == "not.yours"
            Api(charlie).refused(404, "patch", part(interaction, participant), {"state": wanted})


def test_parts_that_are_nobodys(as_alice: Api, work: Interaction) -> None:
    for pk in (customer_id(work), queue_id(work, work.queue_id)):
        as_alice.refused(403, "patch", part(work, pk), {"state": "disconnected"})
    as_alice.refused(404, "patch", part(work, uuid.uuid4()), {"state": "disconnected"})


@pytest.mark.parametrize("body", [{}, {"state": None}, {"state": "ringing"}, {"wrapup": 1}, [], "x", {"state": []}])
def test_what_is_no_state(as_alice: Api, work: Interaction, body: Any) -> None:
    as_alice.refused(400, "patch", mine(work), body)


# ------------------------------------------------------------------ park, hand over


def test_parking_and_taking_up_again(as_alice: Api, alice: User, work: Interaction) -> None:
    as_alice.of("patch", f"{mine(work)}/parkingstate", {"state": "parked"})
    assert (state(work), load(alice)) == (State.PARKED, 0)
    as_alice.refused(409, "patch", mine(work), {"state": "parked"})
    as_alice.of("patch", mine(work), {"state": "connected"})
    as_alice.of("patch", mine(work), {"state": "parked"})
    as_alice.of("patch", f"{mine(work)}/parkingstate", {"state": "connected"})
    assert (state(work), load(alice)) == (State.CONNECTED, 1)
    as_alice.refused(400, "patch", f"{mine(work)}/parkingstate", {"state": "disconnected"})


def test_parking_needs_the_right(inbox: Any, queue: Queue) -> None:
    from accounts.permissions import ACCEPT, GO_ON_QUEUE
    from tests.factories import QueueMemberFactory

    dora = UserFactory(username="dora")
    QueueMemberFactory(user=dora, queue=queue)
    grant(grant(dora, GO_ON_QUEUE), ACCEPT, VIEW, on=queue)
    interaction = connected(dora, inbox)
    refused = Api(dora).refused(403, "patch", mine(interaction), {"state": "parked"})
    assert refused["messageParams"] == {"permission": str(PARK)}


@pytest.mark.parametrize("ending", ["replace", "replace/queue"])
def test_handing_over_to_a_queue(as_alice: Api, alice: User, work: Interaction, vip: Queue, ending: str) -> None:
    path = f"conversations/{work.pk}/participants/{work.handlings.get().pk}/{ending}"
    assert as_alice.refused(403, "post", path, {"queueId": str(vip.pk)})["messageParams"]["permission"] == str(TRANSFER)
    grant(alice, TRANSFER, on=vip)
    Api(alice).of("post", path, {"queueId": str(vip.pk)})
    work.refresh_from_db()
    assert (work.queue, work.state) == (vip, State.WAITING)


def test_handing_over_to_an_agent(as_alice: Api, bob: User, charlie: User, work: Interaction) -> None:
    path = f"{mine(work)}/replace"
    for body in ({}, {"userId": str(bob.pk), "queueId": str(work.queue_id)}, {"userId": "bob"}):
        as_alice.refused(400, "post", path, body)
    wrong = as_alice.refused(400, "post", path, {"userId": str(charlie.pk)})
    assert wrong["details"][0]["fieldName"] == "userId"
    assert as_alice.refused(409, "post", path, {"userId": str(bob.pk)})["code"] == "agent.busy"
    on_queue(bob)
    as_alice.of("post", path, {"userId": str(bob.pk), "transferType": "Unattended"})
    assert open_offer(work).agent == bob
    assert as_alice.refused(409, "post", path, {"userId": str(bob.pk)})["code"] == "not.open"


def test_handing_over_what_is_not_mine(bob: User, sam: User, work: Interaction) -> None:
    path = f"{mine(work)}/replace"
    assert Api(bob).refused(403, "post", path, {"userId": str(sam.pk)})["messageParams"]["permission"] == str(ASSIGN)
    on_queue(bob)
    Api(sam).of("post", path, {"userId": str(bob.pk)})
    assert open_offer(work).agent == bob


def test_assigning(sam: User, bob: User, work: Interaction, inbox: Any, alice: User) -> None:
    waits = waiting(inbox)
    on_queue(bob)
    path = f"conversations/{waits.pk}/assign"
    Api(alice).refused(403, "post", path, {"id": str(bob.pk)})
    assert Api(sam).of("post", path, {"id": str(bob.pk)}) == str(waits.pk)
    assert open_offer(waits).agent == bob
    Api(sam).refused(409, "post", path, {"userId": str(bob.pk)})
    Api(sam).refused(400, "post", path, {})
    Api(sam).refused(404, "post", f"conversations/{uuid.uuid4()}/assign", {"id": str(bob.pk)})


# ------------------------------------------------------------------ wrap up


def test_wrapping_up_by_code(as_alice: Api, work: Interaction, solved: WrapUpCode) -> None:
    path = mine(work)
    codes = as_alice.of("get", f"{path}/wrapupcodes")
    assert [code["name"] for code in codes] == ["Solved"]
    read_as("list[WrapupCode]", codes)
    wrapup = f"{path}/communications/{path.rpartition('/')[2]}/wrapup"
    as_alice.of("post", wrapup, {"code": str(solved.pk), "notes": "Half", "provisional": True})
    as_alice.refused(404, "get", f"{path}/wrapup")
    assert as_alice.of("get", f"{path}/wrapup?provisional=true")["notes"] == "Half"
    as_alice.of("patch", path, {"state": "disconnected"})
    assert as_alice.refused(400, "post", wrapup, {"notes": "No code"})["details"][0]["fieldName"] == "code"
    as_alice.refused(400, "post", wrapup, {"code": str(uuid.uuid4())})
    as_alice.of("post", wrapup, {"code": "Solved", "notes": "Whole", "tags": ["late"], "durationSeconds": 3})
    told = as_alice.of("get", f"conversations/{work.pk}/participants/{path.rpartition('/')[2]}/wrapup")
    read = read_as("AssignedWrapupCode", told)
    assert (read.code, read.notes, read.tags) == (str(solved.pk), "Whole", ["late"])
    assert told["name"] == "Solved"
    assert state(work) == State.ENDED
    assert as_alice.refused(409, "post", wrapup, {"code": "Solved"})["code"] == "wrapped.up"


def test_ending_and_wrapping_up_in_one(as_alice: Api, work: Interaction, solved: WrapUpCode) -> None:
    path = mine(work)
    as_alice.of("patch", path, {"state": "disconnected", "wrapup": {"code": str(solved.pk)}})
    assert state(work) == State.ENDED


def test_a_time_out_shows_the_systems_code(as_alice: Api, work: Interaction) -> None:
    from interactions.wrapup import end_overdue

    path = mine(work)
    as_alice.of("patch", path, {"state": "disconnected"})
    work.handlings.update(acw_deadline=timezone.now() - timedelta(seconds=1))
    end_overdue()
    assert as_alice.of("get", f"{path}/wrapup")["name"] == "ININ-WRAP-UP-TIMEOUT"


def test_a_forced_time_keeps_what_was_said(as_alice: Api, queue: Queue, work: Interaction, solved: WrapUpCode) -> None:
    Queue.objects.filter(pk=queue.pk).update(acw_mode=AfterContactWork.MANDATORY_FORCED_TIMEOUT)
    path = mine(work)
    as_alice.of("patch", path, {"state": "disconnected", "wrapup": {"code": "Solved"}})
    assert state(work) == State.WRAP_UP
    assert as_alice.of("get", f"{path}/wrapup?provisional=true")["name"] == "Solved"


def test_nobody_wraps_up_for_another(as_alice: Api, bob: User, work: Interaction, solved: WrapUpCode) -> None:
    path = mine(work)
    wrapup = f"{path}/communications/{path.rpartition('/')[2]}/wrapup"
    Api(bob).refused(403, "post", wrapup, {"code": "Solved"})
    assert Api(bob).of("get", f"{path}/wrapupcodes")
    as_alice.refused(404, "post", f"{path}/communications/{uuid.uuid4()}/wrapup", {"code": "Solved"})
    as_alice.refused(400, "get", f"{part(work, customer_id(work))}/wrapupcodes")
    for body in ({"notes": "x" * 10_001}, {"tags": "a"}, {"tags": ["x"] * 21}, {"code": 7 * ["x"]}, []):
        as_alice.refused(400, "post", wrapup, body)


# ------------------------------------------------------------------ routing anew


def test_what_waits_is_routed_anew(sam: User, alice: User, inbox: Any) -> None:
    first, second = waiting(inbox), waiting(inbox)
    parcels, french = SkillFactory(name="Parcels"), SkillFactory(name="French", kind="language")
    path = f"routing/conversations/{second.pk}"
    Api(alice).refused(403, "patch", path, {"priority": 5})
    body = {"priority": 5, "skillIds": [str(parcels.pk)], "languageId": str(french.pk)}
    told = Api(sam).of("patch", path, body)
    read = read_as("RoutingConversationAttributesResponse", told)
    assert (read.priority, read.skills[0].name, read.language.name) == (5, "Parcels", "French")
    second.refresh_from_db()
    assert set(second.skill_key.split(",")) == {str(parcels.pk), str(french.pk)}
    assert second.rank == second.queued_at - timedelta(minutes=5)
    assert list(Interaction.objects.waiting_in(inbox.queue)) == [second, first]
    told = Api(sam).of("patch", path, {"skillIds": []})
    assert (told["priority"], told["skills"], told["language"]["name"]) == (5, [], "French")
    assert Api(sam).refused(400, "patch", path, {"skillIds": [str(french.pk)]})["details"][0]["fieldName"] == "skillIds"
    for wrong in ({"priority": 25_000_001}, {"priority": "x"}, {"skillIds": "x"}, {"skillIds": [1]}):
        Api(sam).refused(400, "patch", path, wrong)


def test_what_waits_no_more_is_not(sam: User, work: Interaction) -> None:
    path = f"routing/conversations/{work.pk}"
    assert Api(sam).refused(409, "patch", path, {"priority": 1})["code"] == "not.waiting"


def test_a_wrap_up_that_is_refused_ends_no_conversation(as_alice: Api, work: Interaction, solved: WrapUpCode) -> None:
    as_alice.refused(400, "patch", mine(work), {"state": "disconnected", "wrapup": {"code": "nonsense"}})
    assert state(work) == State.CONNECTED
    as_alice.of("patch", mine(work), {"state": "disconnected", "wrapup": {"code": "Solved"}})
    assert state(work) == State.ENDED
