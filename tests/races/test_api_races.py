"""Two clients of the API at the same moment: one wins, the other gets a clear 409."""

from collections import Counter
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from delivery.models import Delivery
from interactions import offers
from interactions.models import Handling, Interaction, Message, State, Upload
from interactions.routing import route
from tests.api.conftest import Api, token_of
from tests.factories import on_queue
from tests.races.threads import at_once
from tests.scene import connected, load, open_offer, waiting

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
ROUNDS = range(4)


@pytest.fixture(autouse=True)
def quick(settings: Any) -> None:
    """No limit of calls stands in the way."""
    settings.API_RATE_LIMIT = 1_000_000


@pytest.fixture
def offered(alice: User, inbox: Any) -> str:
    """The path of Alice's part in what is offered to her."""
    on_queue(alice)
    interaction = waiting(inbox)
    route(inbox.queue_id)
    return f"conversations/messages/{interaction.pk}/participants/{open_offer(interaction).pk}"


def asking(user: User, *call: Any, **headers: str) -> Any:
    """A request by a client of its own: gives the status and the code of the answer."""
    api = Api(token=token_of(user))

    def ask() -> tuple[int, str]:
        response = api.call(*call, **headers)
        return response.status_code, response.json().get("code", "") if response.status_code >= 400 else ""

    return ask


def to(state: str) -> dict[str, str]:
    return {"state": state}


def test_two_answers(alice: User, offered: str) -> None:
    results = at_once(*[asking(alice, "patch", offered, to("connected")) for _ in range(4)])
    assert Counter(results) == {(204, ""): 1, (409, "offer.accepted"): 3}
    assert (Handling.objects.count(), load(alice)) == (1, 1)


@pytest.mark.parametrize("round_", ROUNDS)
def test_answer_against_decline(round_: int, alice: User, offered: str) -> None:
    answered, declined = at_once(
        asking(alice, "patch", offered, to("connected")), asking(alice, "patch", offered, to("disconnected"))
    )
    interaction = Interaction.objects.get()
    if answered[0] == 204:
        assert declined == (409, "offer.accepted")
        assert (interaction.state, load(alice)) == (State.CONNECTED, 1)
    else:
        assert (answered, declined[0]) == ((409, "offer.declined"), 204)
        assert (interaction.state, load(alice)) == (State.WAITING, 0)


@pytest.mark.parametrize("round_", ROUNDS)
def test_answer_against_expiry(round_: int, alice: User, offered: str) -> None:
    late = timezone.now() + timedelta(hours=1)
    answered, expired = at_once(asking(alice, "patch", offered, to("connected")), partial(offers.expire_due, late))
    assert (answered, expired) in [((204, ""), 0), ((409, "offer.expired"), 1)]
    assert (Interaction.objects.get().state == State.CONNECTED) is (expired == 0)


def test_two_ends(alice: User, inbox: Any) -> None:
    interaction = connected(alice, inbox)
    path = f"conversations/messages/{interaction.pk}/participants/{interaction.handlings.get().pk}"
    results = at_once(*[asking(alice, "patch", path, to("disconnected")) for _ in range(4)])
    assert Counter(status for status, _ in results) == {204: 1, 409: 3}


def messages_of(interaction: Interaction) -> str:
    return f"conversations/messages/{interaction.pk}/communications/{interaction.handlings.get().pk}/messages"


def test_one_reply_however_often_it_is_posted(alice: User, inbox: Any) -> None:
    interaction = connected(alice, inbox)
    path, key = messages_of(interaction), {"Idempotency-Key": "once"}
    api = Api(token=token_of(alice))
    results = at_once(*[partial(api.of, "post", path, {"textBody": "Hello"}, **key)] * 6)
    assert {each["id"] for each in results} == {str(Message.objects.get(direction="outbound").pk)}
    assert Delivery.objects.count() == 1


def test_two_replies_under_one_key(alice: User, inbox: Any) -> None:
    path = messages_of(connected(alice, inbox))
    results = at_once(
        *[asking(alice, "post", path, {"textBody": text}, **{"Idempotency-Key": "k"}) for text in ("One", "Two")]
    )
    assert Counter(results) == {(200, ""): 1, (409, "idempotency.key.reused"): 1}
    assert Message.objects.filter(direction="outbound").count() == 1


def test_one_file_for_one_address(alice: User, inbox: Any) -> None:
    from tests.api.test_conversation_media import PNG, put

    told = Api(alice).of("post", f"{messages_of(connected(alice, inbox))}/media/uploads", {"fileName": "a.png"})
    results = at_once(*[partial(put, told, PNG)] * 3)
    assert Counter(each.status_code for each in results) == {200: 1, 409: 2}
    assert Upload.objects.get().state == "valid"


def test_two_supervisors_give_it_to_different_agents(
    sam: User, admin: User, alice: User, bob: User, inbox: Any
) -> None:
    interaction = waiting(inbox)
    on_queue(alice)
    on_queue(bob)
    path = f"conversations/{interaction.pk}/assign"
    results = at_once(
        asking(sam, "post", path, {"id": str(alice.pk)}), asking(admin, "post", path, {"id": str(bob.pk)})
    )
    assert sorted(status for status, _ in results) == [200, 409]
    assert load(alice) + load(bob) == 1
