"""Two or more at the same moment: of what may happen once, one happens."""

import threading
import uuid
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.core.cache import cache
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from delivery.connectors.base import Receipt, ReceiptKind
from delivery.models import Delivery, InboundPayload
from delivery.outbox import deliver
from delivery.receipts import apply_receipt
from delivery.receiving import accept_payload, receive_post
from delivery.replying import reply, resend
from interactions import handling, intake, offers, routing
from interactions.models import Contact, Handle, Handling, Interaction, Message, MessageStatus, Offer, OfferState, State
from interactions.queueing import bell_of
from interactions.routing import route
from queues.models import AgentStatus, Queue
from socialcare import work
from socialcare.errors import Conflict, InvalidTransition
from socialcare.work import rings
from tests.factories import UserFactory, agent_of, grant, on_queue
from tests.network import Network, post
from tests.races.processes import Actor, acting
from tests.races.threads import at_once
from tests.scene import connected, load, open_offer, waiting

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def kinds(results: list[object]) -> Counter[str]:
    return Counter(type(result).__name__ for result in results)


# --- Coming in ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("round_", range(3))
def test_who_comes_at_the_same_moment_is_offered_once_and_nobody_is_left_behind(
    round_: int, inbox, queue, monkeypatch
) -> None:
    monkeypatch.setattr(work, "_start", lambda task, args, **_how: task(*args))  # here, in whoever's thread it is
    agents = [on_queue(agent_of(UserFactory(), queue), capacity=2) for _ in range(6)]
    results = at_once(*[partial(receive_post, inbox, post(f"{n}", author=f"{n}"), alone_with=()) for n in range(12)])
    assert not any(isinstance(result, Exception) for result in results), results
    assert Offer.objects.values("interaction").distinct().count() == Offer.objects.count() == 12
    assert sorted(AgentStatus.objects.values_list("load", flat=True)) == [2] * len(agents)
    assert not rings(bell_of(queue.pk))


def test_who_comes_is_offered_at_once_while_another_place_is_being_taken_and_a_router_has_the_queue(
    alice, bob, inbox, queue, monkeypatch
) -> None:
    """Somebody else is taking a place of the longest idle agent: nobody waits for that, the next one is asked."""
    told: list[str] = []
    monkeypatch.setattr(work, "_start", lambda task, *_args, **_how: told.append(task.name))
    on_queue(alice, idle_since=timezone.now() - timedelta(hours=1))
    on_queue(bob)
    with transaction.atomic():
        assert routing._LOCKED.rows(queue=queue.pk)
        assert AgentStatus.objects.reserve(alice.pk)
        assert kinds(at_once(partial(receive_post, inbox, post("1", author="1"), alone_with=()))) == {"tuple": 1}
    assert (Offer.objects.get().agent, told) == (bob, [])


def test_where_all_who_are_free_are_being_asked_it_waits_for_a_router(alice, inbox, queue, monkeypatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(work, "_start", lambda task, *_args, **_how: told.append(task.name))
    on_queue(alice, capacity=2)
    with transaction.atomic():
        assert AgentStatus.objects.reserve(alice.pk)
        at_once(partial(receive_post, inbox, post("1", author="1"), alone_with=()))
    assert (Interaction.objects.get().state, told) == (State.WAITING, ["interactions.tasks.route_queue"])
    assert route(queue.pk) == 1


# --- Offers ---------------------------------------------------------------------------------------------------------


def test_one_of_several_simultaneous_answers_counts(alice, inbox, queue) -> None:
    on_queue(alice)
    interaction = waiting(inbox)
    route(queue.pk)
    offer = open_offer(interaction)
    results = at_once(*[partial(offers.accept, alice, offer.pk)] * 6)
    assert kinds(results) == {"Interaction": 1, "Conflict": 5}
    assert (Handling.objects.count(), load(alice)) == (1, 1)


@pytest.mark.parametrize("round_", range(4))
def test_answer_decline_and_expiry_at_the_same_moment(round_: int, alice, inbox, queue) -> None:
    on_queue(alice)
    interaction = waiting(inbox)
    route(queue.pk)
    offer = open_offer(interaction)
    late = timezone.now() + timedelta(hours=1)
    at_once(
        partial(offers.accept, alice, offer.pk),
        partial(offers.decline, alice, offer.pk),
        partial(offers.expire_due, late),
        partial(offers.withdraw_offers_of, alice),
    )
    interaction.refresh_from_db()
    offer.refresh_from_db()
    accepted = offer.state == OfferState.ACCEPTED
    assert (interaction.state == State.CONNECTED) is accepted
    assert load(alice) == Handling.objects.count() == accepted


def test_routers_at_the_same_moment_make_no_offer_twice(inbox, queue) -> None:
    for number in range(4):
        on_queue(agent_of(UserFactory(username=f"agent{number}"), queue), capacity=2)
    for _ in range(12):
        waiting(inbox)
    results = at_once(*[partial(route, queue.pk)] * 6)
    assert sum(results) == 8
    assert set(AgentStatus.objects.values_list("load", flat=True)) == {2}
    assert Offer.objects.count() == Offer.objects.values("interaction").distinct().count() == 8


def test_who_rings_while_a_router_is_at_work_is_not_forgotten(inbox, queue, monkeypatch) -> None:
    """The second router leaves the queue to the first, which had looked before the second interaction came."""
    on_queue(agent_of(UserFactory(username="agent"), queue), capacity=2)
    late: list[Interaction] = []
    look = routing._in_order

    def look_and_be_late(at: Queue) -> Iterator[Interaction]:
        yield from look(at)
        if not late:
            [came] = at_once(partial(waiting, inbox))
            late.append(came)
            cache.set(bell_of(queue.pk), True, 60)
            assert at_once(partial(route, queue.pk)) == [0]

    monkeypatch.setattr(routing, "_in_order", look_and_be_late)
    assert route(queue.pk) == 1
    assert open_offer(late[0])


def test_pull_and_routing_at_the_same_moment(sam, alice, inbox, queue) -> None:
    on_queue(alice, capacity=5)
    AgentStatus.objects.of(sam)
    AgentStatus.objects.filter(user=sam).update(capacity=5)
    for _ in range(6):
        waiting(inbox)
    at_once(*[partial(handling.pull, sam, queue.pk)] * 3, *[partial(route, queue.pk)] * 3)
    taken = Interaction.objects.exclude(state=State.WAITING).count()
    assert taken == load(sam) + load(alice) == 6
    assert load(alice) == Offer.objects.count()


def test_the_last_place_is_taken_once(sam, inbox, queue) -> None:
    for _ in range(4):
        waiting(inbox)
    results = at_once(*[partial(handling.pull, sam, queue.pk)] * 4)
    assert kinds(results) == {"Interaction": 1, "Conflict": 3}
    assert load(sam) == 1


@pytest.mark.parametrize("round_", range(3))
def test_two_agents_hand_each_other_their_work(round_: int, alice, bob, inbox) -> None:
    of_alice, of_bob = connected(alice, inbox), connected(bob, inbox)
    for agent in (alice, bob):
        on_queue(agent, capacity=2)
    results = at_once(
        partial(handling.transfer_to_agent, alice, of_alice.pk, bob.pk),
        partial(handling.transfer_to_agent, bob, of_bob.pk, alice.pk),
    )
    assert not any(isinstance(result, OperationalError) for result in results), results
    assert kinds(results) == {"Interaction": 2}
    assert (load(alice), load(bob)) == (1, 1)


def test_ending_twice_and_transferring_at_the_same_moment(alice, inbox, vip) -> None:
    from accounts.permissions import TRANSFER

    grant(alice, TRANSFER, on=vip)
    interaction = connected(alice, inbox)
    results = at_once(
        partial(handling.end, alice, interaction.pk),
        partial(handling.end, alice, interaction.pk),
        partial(handling.transfer_to_queue, alice, interaction.pk, vip.pk),
    )
    assert sum(isinstance(result, Interaction) for result in results) == 1
    assert all(
        isinstance(result, Interaction | Conflict | InvalidTransition) or "NotFound" in repr(result)
        for result in results
    )


# --- What comes in --------------------------------------------------------------------------------------------------


def test_eight_identical_webhooks_make_one_message(inbox, network: Network) -> None:
    network.inbound = [post("Hi")]
    results = at_once(*[partial(accept_payload, inbox, b"{}", {})] * 8)
    assert kinds(results) == {"InboundPayload": 8}
    assert (Message.objects.count(), Interaction.objects.count(), Handle.objects.count()) == (1, 1, 1)
    assert Contact.objects.count() == 1
    assert not InboundPayload.objects.exclude(state="processed").exists()


def test_many_first_messages_of_one_customer_make_one_interaction(inbox) -> None:
    results = at_once(*[partial(receive_post, inbox, post(f"{n}", author="dana")) for n in range(8)])
    assert not any(isinstance(result, Exception) for result in results), results
    interaction = Interaction.objects.get()
    assert interaction.messages.count() == 8
    assert (Handle.objects.count(), Contact.objects.count()) == (1, 1)
    assert interaction.version == 8


@pytest.mark.parametrize("round_", range(3))
def test_identical_webhooks_of_somebody_new_are_offered_once(
    round_: int, inbox, queue, network: Network, caplog
) -> None:
    caplog.set_level("INFO", logger="delivery.receiving")
    for _ in range(3):
        on_queue(agent_of(UserFactory(), queue), capacity=2)
    network.inbound = [post("Hi")]
    results = at_once(*[partial(accept_payload, inbox, b"{}", {})] * 8)
    assert kinds(results) == {"InboundPayload": 8}
    assert (Message.objects.count(), Contact.objects.count(), Offer.objects.count()) == (1, 1, 1)
    assert sorted(AgentStatus.objects.values_list("load", flat=True)) == [0, 0, 1]
    assert InboundPayload.objects.filter(state="processed").count() == 8
    assert "one by one" not in caplog.text


def test_who_has_still_to_wait_for_the_customer_locks_no_agent(alice, inbox, queue, monkeypatch) -> None:
    """Two meet somebody new: the second may wait for the first again, who may want an agent."""
    on_queue(alice)
    looks: list[object] = []
    find = intake._find

    def look(*args: Any) -> Any:
        looks.append(at_once(lock_alice)[0] if looks else None)
        return find(*args)

    @transaction.atomic
    def lock_alice() -> bool:
        return bool(AgentStatus.objects.filter(user=alice).select_for_update(nowait=True))

    @transaction.atomic
    def meet() -> None:
        handle = Handle(contact=Contact.objects.create(), network=inbox.network, external_id="dana")
        handle.save()
        met.set()
        while not somebody_waits():
            pass

    def come_second() -> object:
        assert met.wait(30)
        return receive_post(inbox, post("Hi", author="dana"), alone_with=())

    met = threading.Event()
    monkeypatch.setattr(intake, "_find", look)
    results = at_once(meet, come_second)
    assert not any(isinstance(result, Exception) for result in results), results
    assert (looks, Contact.objects.count()) == ([None, True], 1)
    assert open_offer(Interaction.objects.get()).agent == alice


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
        return bool(cursor.fetchone()[0])


@pytest.mark.slow
def test_many_first_messages_in_several_processes(inbox) -> None:
    actors = [Actor("first_messages", inbox=inbox.pk, process=number, count=10) for number in range(3)]
    with acting(*actors):
        told = [actor.result()["interactions"] for actor in actors]
    assert told == [[str(Interaction.objects.get().pk)]] * 3
    assert Message.objects.count() == 30


def test_a_message_at_the_moment_of_the_end_is_not_lost(alice, inbox, queue) -> None:
    for _ in range(3):
        interaction = connected(alice, inbox)
        customer = interaction.customer.external_id
        results = at_once(
            partial(handling.end, alice, interaction.pk), partial(receive_post, inbox, post("Wait!", author=customer))
        )
        assert not any(isinstance(result, Exception) for result in results), results
        interaction.refresh_from_db()
        assert interaction.messages.count() == 2
        assert interaction.state in {State.WRAP_UP, State.CONNECTED}
        assert interaction.owner == alice


# --- What goes out --------------------------------------------------------------------------------------------------


def test_one_press_of_send_that_arrives_six_times(alice, inbox, network: Network) -> None:
    interaction, key = connected(alice, inbox), uuid.uuid4()
    press = partial(reply, alice, interaction.pk, visibility="public", text="Hello", key=key)
    results = at_once(*[press] * 6)
    assert {message.pk for [message] in results} == {Message.objects.get(direction="outbound").pk}
    assert Delivery.objects.count() == 1


@pytest.mark.slow
def test_one_press_of_send_in_several_processes(alice, inbox) -> None:
    interaction = connected(alice, inbox)
    actors = [Actor("press_send", agent=alice.pk, interaction=interaction.pk, key=uuid.uuid4())]
    same = [Actor("press_send", agent=alice.pk, interaction=interaction.pk, key=uuid.UUID(int=7)) for _ in range(3)]
    with acting(*actors, *same):
        [other], *told = [actor.result()["messages"] for actor in [*actors, *same]]
    assert told == [told[0]] * 3
    assert [other] != told[0]
    assert Message.objects.filter(direction="outbound").count() == Delivery.objects.count() == 2


def test_workers_at_the_same_moment_send_once_and_in_order(alice, inbox, network: Network) -> None:
    interaction = connected(alice, inbox)
    network.idempotent = False
    for number in range(5):
        reply(alice, interaction.pk, visibility="public", text=f"{number}", key=uuid.uuid4())
    rows = list(Delivery.objects.order_by("pk").values_list("pk", flat=True))
    while Delivery.objects.exclude(state="sent").exists():
        at_once(*[partial(deliver, pk) for pk in reversed(rows)])
    assert network.texts == ["0", "1", "2", "3", "4"]


def test_resend_is_taken_once(alice, inbox, network: Network) -> None:
    interaction = connected(alice, inbox)
    [message] = reply(alice, interaction.pk, visibility="public", text="Hello", key=uuid.uuid4())
    Delivery.objects.update(state="failed")
    Message.objects.filter(pk=message.pk).update(status=MessageStatus.FAILED)
    results = at_once(*[partial(resend, alice, message.pk)] * 4)
    assert kinds(results) == {"Message": 1, "Conflict": 3}


def test_the_answer_and_all_receipts_at_the_same_moment(alice, inbox, network: Network) -> None:
    from delivery.receipts import apply_early

    for _ in range(3):
        interaction = connected(alice, inbox)
        [message] = reply(alice, interaction.pk, visibility="private", text="Hello", key=uuid.uuid4())
        name = f"sent-{message.pk}"
        results = at_once(
            partial(deliver, message.deliveries.get().pk),
            *[
                partial(apply_receipt, inbox, Receipt(name, kind, timezone.now()))
                for kind in (ReceiptKind.READ, ReceiptKind.DELIVERED, ReceiptKind.SENT)
            ],
        )
        assert not any(isinstance(result, Exception) for result in results), results
        apply_early()
        message.refresh_from_db()
        assert message.status == "read"


def test_resend_receipt_and_late_worker_do_not_wait_for_each_other_in_a_circle(alice, inbox, network: Network) -> None:
    from delivery import outbox
    from delivery.claiming import claim
    from delivery.ending import finish

    for _ in range(3):
        interaction = connected(alice, inbox)
        [message] = reply(alice, interaction.pk, visibility="private", text="Hello", key=uuid.uuid4())
        claimed = claim(message.deliveries.get().pk)
        answer = outbox._send(claimed)
        Message.objects.filter(pk=message.pk).update(status=MessageStatus.UNDELIVERED)
        Delivery.objects.filter(pk=claimed.pk).update(state="failed")
        results = at_once(
            partial(finish, claimed, answer),
            partial(resend, alice, message.pk),
            partial(apply_receipt, inbox, Receipt(str(message.pk), ReceiptKind.DELIVERED, timezone.now())),
            partial(handling.add_note, alice, interaction.pk, "Note"),
        )
        assert not any(isinstance(result, OperationalError) for result in results), results
        message.refresh_from_db()
        assert message.status in {"delivery-success", "queued", "sent"}


# --- Events ---------------------------------------------------------------------------------------------------------


def test_versions_count_up_in_the_order_of_the_commits(inbox, monkeypatch) -> None:
    from interactions.screens import show_thread
    from socialcare import events

    told: list[int] = []
    monkeypatch.setattr(events, "_send", lambda _group, message: told.append(message["version"]))
    interaction = waiting(inbox)
    at_once(*[partial(show_thread, Interaction.objects.get(pk=interaction.pk), "head") for _ in range(8)])
    assert sorted(told) == list(range(1, 9))
    interaction.refresh_from_db()
    assert interaction.version == 8
    assert connection.vendor == "postgresql"


# --- Places ---------------------------------------------------------------------------------------------------------


def test_a_place_is_taken_once_however_many_want_it(alice) -> None:
    from django.db import transaction

    on_queue(alice, capacity=3)

    def take() -> bool:
        with transaction.atomic():
            taken = AgentStatus.objects.reserve(alice.pk)
            connection.cursor().execute("SELECT pg_sleep(0.05)")
        return taken

    assert sorted(at_once(*[take] * 6)) == [0, 0, 0, 1, 2, 3]  # the versions
    assert load(alice) == 3
