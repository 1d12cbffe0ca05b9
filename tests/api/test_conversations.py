"""Conversations: what I have to do, who takes part, and where each message stands."""

import uuid
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from interactions import handling, offers, wrapup
from interactions.models import Interaction
from interactions.routing import route
from tests.api.conftest import Api
from tests.api.sdk import read_as
from tests.factories import MessageFactory, SkillFactory, WrapUpCodeFactory, grant, on_queue
from tests.scene import connected, open_offer, pass_deadline, waiting

PATH = "conversations/messages"


def agents(body: dict[str, Any]) -> list[dict[str, Any]]:
    return [each for each in body["participants"] if each["purpose"] == "agent"]


def purposes(body: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each["purpose"], each["state"]) for each in body["participants"]]


@pytest.fixture
def offered(alice: User, inbox: Any, queue: Any) -> Interaction:
    on_queue(alice)
    interaction = waiting(inbox)
    route(queue.pk)
    return interaction


def test_an_alert_is_in_my_list(as_alice: Api, alice: User, offered: Interaction) -> None:
    body = as_alice.of("get", PATH)
    assert (body["total"], body["entities"][0]["id"]) == (1, str(offered.pk))
    one = as_alice.of("get", f"{PATH}/{offered.pk}")
    assert one == body["entities"][0]
    assert purposes(one) == [("customer", "connected"), ("acd", "connected"), ("agent", "alerting")]
    mine = agents(one)[0]
    assert mine["id"] == str(open_offer(offered).pk)  # type: ignore[union-attr]
    assert (mine["userId"], mine["user"]["id"]) == (str(alice.pk), str(alice.pk))
    assert (mine["queueId"], mine["alertingTimeoutMs"]) == (str(offered.queue_id), 30_000)
    assert mine["conversationRoutingData"]["queue"]["id"] == str(offered.queue_id)
    read = read_as("MessageConversation", one)
    assert read.participants[2].state == "alerting"
    assert read.participants[0].messages[0].message_status == "received"
    assert read.participants[0].messages[0].social_visibility == "public"


def test_the_list_is_what_i_have_to_do(as_alice: Api, alice: User, inbox: Any) -> None:
    connected_one, parked, in_wrap_up, over = (connected(alice, inbox) for _ in range(4))
    handling.park(alice, parked.pk)
    handling.end(alice, in_wrap_up.pk)
    handling.end(alice, over.pk)
    wrapup.finish_wrap_up(alice, over.pk)
    waiting(inbox)
    told = {each["id"]: agents(each)[0] for each in as_alice.of("get", PATH)["entities"]}
    assert {pk: each["state"] for pk, each in told.items()} == {
        str(connected_one.pk): "connected",
        str(parked.pk): "parked",
        str(in_wrap_up.pk): "disconnected",
    }
    pending = told[str(in_wrap_up.pk)]
    assert (pending["wrapupRequired"], pending["wrapupPrompt"], pending.get("wrapup")) == (True, "timeout", None)
    assert pending["startAcwTime"] == pending["endTime"]
    read_as("MessageConversationEntityListing", as_alice.of("get", f"{PATH}?pageSize=2"))
    assert len(as_alice.of("get", f"{PATH}?pageSize=2&pageNumber=2")["entities"]) == 1


def test_who_declined_or_missed_it_stays_visible(as_alice: Api, alice: User, offered: Interaction) -> None:
    first = open_offer(offered)
    offers.decline(alice, first.pk)  # type: ignore[union-attr]
    on_queue(alice)
    route(offered.queue_id)
    pass_deadline(offered)
    offers.expire_due()
    one = as_alice.of("get", f"{PATH}/{offered.pk}")
    told = [(each["state"], each["disconnectType"]) for each in agents(one)]
    assert told == [("disconnected", "client"), ("disconnected", "transfer.noanswer")]
    assert all(each["endTime"] for each in agents(one))
    assert agents(one)[0]["id"] == str(first.pk)  # type: ignore[union-attr]
    read_as("MessageConversation", one)


def test_transferred_wrapped_up_and_reopened(as_alice: Api, alice: User, bob: User, inbox: Any, vip: Any) -> None:
    from accounts.permissions import TRANSFER

    interaction = connected(alice, inbox)
    on_queue(bob)
    handling.transfer_to_agent(alice, interaction.pk, bob.pk)
    offers.accept(bob, open_offer(interaction).pk)  # type: ignore[union-attr]
    code = WrapUpCodeFactory(name="Solved")
    code.queues.add(inbox.queue)
    handling.end(bob, interaction.pk)
    wrapup.finish_wrap_up(bob, interaction.pk, code_id=code.pk, notes="Fine", tags=["a"])
    one = as_alice.of("get", f"{PATH}/{interaction.pk}")
    assert purposes(one) == [(each, "disconnected") for each in ("customer", "acd", "agent", "agent")]
    former, last = agents(one)
    assert (former["disconnectType"], former["wrapupRequired"]) == ("transfer", False)
    assert last["disconnectType"] == "client"
    assert last["wrapup"]["name"] == "Solved"
    assert {key: last["wrapup"][key] for key in ("code", "notes", "tags", "provisional")} == {
        "code": str(code.pk),
        "notes": "Fine",
        "tags": ["a"],
        "provisional": False,
    }
    grant(alice, TRANSFER, on=vip)
    moved = connected(alice, inbox)
    handling.transfer_to_queue(alice, moved.pk, vip.pk)
    whole = Api(alice).call("get", f"conversations/{moved.pk}")
    assert whole.status_code == 404


def test_every_queue_it_waited_in(admin: User, alice: User, inbox: Any, vip: Any) -> None:
    interaction = connected(alice, inbox)
    handling.transfer_to_queue(admin, interaction.pk, vip.pk)
    one = Api(admin).of("get", f"{PATH}/{interaction.pk}")
    queues = [(each["queueName"], each["state"]) for each in one["participants"] if each["purpose"] == "acd"]
    assert queues == [("Social Care", "disconnected"), ("VIP", "connected")]
    starts = [each["startTime"] for each in one["participants"] if each["purpose"] == "acd"]
    assert starts == sorted(starts)


def test_a_conversation_whole(as_alice: Api, alice: User, inbox: Any) -> None:
    interaction = connected(alice, inbox)
    MessageFactory(interaction=interaction, agent=alice, visibility="private", status="failed", reason="RateLimited")
    interaction.skills.add(SkillFactory(name="Parcels"), SkillFactory(name="French", kind="language"))
    body = as_alice.of("get", f"conversations/{interaction.pk}")
    read = read_as("Conversation", body)
    assert (read.state, read.recording_state) == ("connected", "NONE")
    mine = read.participants[-1]
    assert (mine.purpose, mine.user_id, mine.queue_id) == ("agent", str(alice.pk), str(interaction.queue_id))
    communication = mine.messages[0]
    assert (communication.id, communication.state) == (mine.id, "connected")
    message = communication.messages[0]
    assert (message.message_status, message.error_info.code) == ("failed", "RateLimited")
    routing = body["participants"][-1]["conversationRoutingData"]
    assert ([skill["name"] for skill in routing["skills"]], routing["language"]["name"]) == (["Parcels"], "French")


def test_what_one_may_not_see_is_not_there(as_charlie: Api, offered: Interaction) -> None:
    for path in (f"{PATH}/{offered.pk}", f"conversations/{offered.pk}", f"{PATH}/{uuid.uuid4()}"):
        as_charlie.refused(404, "get", path)
    assert as_charlie.of("get", PATH)["entities"] == []
    Api().refused(401, "get", PATH)


def test_another_agents_work_is_not_mine(bob: User, offered: Interaction) -> None:
    api = Api(bob)
    assert api.of("get", PATH)["total"] == 0
    assert api.of("get", f"{PATH}/{offered.pk}")["id"] == str(offered.pk)


def test_the_number_of_queries_does_not_grow(as_alice: Api, alice: User, inbox: Any) -> None:
    counts = []
    for many in (2, 8):
        for _ in range(many):
            interaction = connected(alice, inbox)
            for _ in range(many):
                MessageFactory(interaction=interaction, agent=alice)
            handling.park(alice, interaction.pk)
        as_alice.of("get", PATH)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            as_alice.of("get", PATH)
        counts.append(len(queries))
    assert counts[0] == counts[1]
