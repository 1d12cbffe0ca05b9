"""The outbox: in order, once, tried again by rule, and never silently lost."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone

from delivery import claiming, ending, lanes, outbox
from delivery.connectors.base import Failure, SendError, Sent
from delivery.due import LEASE, in_lane
from delivery.lanes import LANES, wake_delivery
from delivery.models import Delivery, DeliveryState
from delivery.outbox import deliver, deliver_due
from delivery.replying import reply, resend
from interactions.models import Inbox, Interaction, Message, MessageStatus, Trouble
from tests.factories import InboxFactory
from tests.network import Network
from tests.scene import connected

pytestmark = pytest.mark.django_db


@pytest.fixture
def interaction(alice, inbox, network: Network) -> Interaction:
    return connected(alice, inbox)


@pytest.fixture
def queued(alice, interaction: Interaction):
    """Writes a reply and gives its delivery, not sent yet."""

    def write(text: str = "Hello", *, visibility: str = "public") -> Delivery:
        [message] = reply(alice, interaction.pk, visibility=visibility, text=text, key=uuid.uuid4())
        return message.deliveries.get()

    return write


def message_of(delivery: Delivery) -> Message:
    return Message.objects.get(pk=delivery.message_id)


def now_due(delivery: Delivery) -> None:
    Delivery.objects.filter(pk=delivery.pk).update(due_at=timezone.now())


def state(delivery: Delivery) -> str:
    return Delivery.objects.get(pk=delivery.pk).state


def waits(delivery: Delivery) -> float:
    """Seconds until its next try."""
    delivery.refresh_from_db()
    return (delivery.due_at - timezone.now()).total_seconds()


# --- Order ----------------------------------------------------------------------------------------------------------


def test_what_was_written_later_waits_its_turn(queued, network: Network) -> None:
    first, second, third = queued("1"), queued("2"), queued("3")
    assert not deliver(third.pk)
    assert not deliver(second.pk)
    assert all(deliver(each.pk) for each in (first, second, third))
    assert network.texts == ["1", "2", "3"]


def test_what_waits_for_its_next_try_holds_the_rest_back_and_what_has_failed_does_not(queued, network) -> None:
    network.answers = [SendError(Failure.SERVER, "ServerError"), SendError(Failure.REJECTED)]
    first, second = queued("1"), queued("2")
    deliver(first.pk)
    assert not deliver(second.pk)
    now_due(first)
    deliver(first.pk)
    assert state(first) == DeliveryState.FAILED
    assert deliver(second.pk)
    assert network.texts == ["2"]


def test_other_conversations_do_not_wait(alice, inbox, queued, network: Network) -> None:
    network.answers = [SendError(Failure.SERVER)]
    deliver(queued("1").pk)
    other = connected(alice, inbox)
    [message] = reply(alice, other.pk, visibility="public", text="2", key=uuid.uuid4())
    assert deliver(message.deliveries.get().pk)
    assert network.texts == ["2"]


def test_the_next_is_woken_as_soon_as_the_way_is_free(
    queued, network, tasks_at_once, django_capture_on_commit_callbacks
) -> None:
    first = queued("1")
    queued("2")
    queued("3")
    with django_capture_on_commit_callbacks(execute=True):
        deliver(first.pk)
    assert network.texts == ["1", "2", "3"]


# --- Lanes ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def many(alice, bob, inbox, network: Network) -> list[Delivery]:
    """A message each in conversations enough that every lane has two."""
    for number in range(2 * LANES):
        agent = (alice, bob)[number % 2]
        reply(agent, connected(agent, inbox).pk, visibility="private", text=f"{number}", key=uuid.uuid4())
    return list(Delivery.objects.order_by("pk"))


def lane_of(delivery: Delivery) -> int:
    return delivery.pk % LANES


def poison(monkeypatch: pytest.MonkeyPatch, module: Any, step: str, delivery: Delivery) -> None:
    """This step of the outbox fails with this delivery."""
    taken = getattr(module, step)

    def poisoned(pk: int) -> Any:
        if pk == delivery.pk:
            raise ValueError("poison")
        return taken(pk)

    monkeypatch.setattr(module, step, poisoned)


def test_a_task_takes_all_that_is_due_in_its_lane_and_nothing_else(many: list[Delivery]) -> None:
    lane = lane_of(many[0])
    assert outbox.deliver_lane(lane) == 2
    assert [delivery.pk for delivery in many if state(delivery) == "sent"] == [many[0].pk, many[LANES].pk]
    assert outbox.deliver_lane(lane) == 0
    assert sum(outbox.deliver_lane(lane) for lane in range(LANES)) == len(many) - 2


def test_the_one_that_a_task_was_called_for_is_claimed_with_the_look_at_its_lane(
    many: list[Delivery], network: Network, monkeypatch
) -> None:
    first, second = many[0], many[LANES]
    claimed: list[int] = []
    monkeypatch.setattr(outbox, "claim", claimed.append)
    assert outbox.deliver_lane(lane_of(second), first=second.pk) == 2
    assert network.texts == [message_of(second).text, message_of(first).text]
    assert claimed == []


def test_one_that_is_not_free_to_go_is_not_claimed_with_the_look(many: list[Delivery], interaction, queued) -> None:
    before, after = queued("1"), queued("2")
    assert claiming.claim_in_lane(after.pk, lane_of(after))[0] is None
    assert claiming.claim_in_lane(before.pk, lane_of(before))[0] == before
    assert claiming.claim_in_lane(before.pk, lane_of(before))[0] is None
    assert claiming.claim_in_lane(0, 0)[0] is None


def test_one_whose_platform_is_slow_just_now_is_not_claimed_before_the_others(many: list[Delivery], queue) -> None:
    first, second, slow = many[0], many[LANES], many[1]
    Delivery.objects.filter(pk=slow.pk).update(state="sending", lease_until=timezone.now() + LEASE)
    Delivery.objects.filter(pk=second.pk).update(inbox=InboxFactory(queue=queue))
    taken, due = claiming.claim_in_lane(first.pk, lane_of(first))
    assert (taken, [delivery.pk for delivery in due]) == (None, [second.pk, first.pk])


def test_one_that_cannot_be_handled_holds_up_none_behind_it(many: list[Delivery], monkeypatch, caplog) -> None:
    poison(monkeypatch, outbox, "claim", many[0])
    assert outbox.deliver_lane(lane_of(many[0])) == 1
    assert (state(many[0]), state(many[LANES])) == ("queued", "sent")
    assert f"delivery {many[0].pk}" in caplog.messages


def test_one_that_cannot_be_claimed_with_the_look_holds_up_none_either(
    many: list[Delivery], monkeypatch, caplog
) -> None:
    poison(monkeypatch, claiming, "taking_for_idle", many[0])
    assert outbox.deliver_lane(lane_of(many[0]), first=many[0].pk) == 2
    assert (state(many[0]), state(many[LANES])) == ("sent", "sent")
    assert f"delivery {many[0].pk}" in caplog.messages


def test_the_next_is_claimed_with_the_end_of_the_one_before(many: list[Delivery], monkeypatch) -> None:
    states, claimed, send, claim = [], [], outbox._send, outbox.claim

    def look(delivery: Delivery) -> Sent:
        states.append([state(each) for each in (many[0], many[LANES])])
        return send(delivery)

    monkeypatch.setattr(outbox, "_send", look)
    monkeypatch.setattr(outbox, "claim", lambda pk: claimed.append(pk) or claim(pk))
    assert outbox.deliver_lane(lane_of(many[0])) == 2
    assert states == [["sending", "queued"], ["sent", "sending"]]
    assert claimed == [many[0].pk]


def test_where_the_next_cannot_be_claimed_the_end_of_the_one_before_is_kept(many, monkeypatch, caplog) -> None:
    poison(monkeypatch, claiming, "taking", many[LANES])
    poison(monkeypatch, ending, "taking", many[LANES])
    assert outbox.deliver_lane(lane_of(many[0])) == 1
    assert (state(many[0]), state(many[LANES])) == ("sent", "queued")
    assert f"delivery {many[0].pk}, or the one after it" in caplog.messages


def test_where_the_end_is_not_committed_at_first_it_is_written_with_the_platforms_id(many, monkeypatch, caplog) -> None:
    told: list[object] = []

    def fails_once(*given: object) -> None:
        told.append(given)
        if len(told) == 1:
            raise ValueError("poison")

    monkeypatch.setattr(ending, "show_in_queue", fails_once)
    assert outbox.deliver_lane(lane_of(many[0])) == 2
    for delivery in (many[0], many[LANES]):
        message = Message.objects.get(pk=delivery.message_id)
        assert (state(delivery), message.status, bool(message.external_id)) == ("sent", "sent", True)


def test_a_task_is_called_once_until_it_begins_and_again_while_it_sends(
    many: list[Delivery], monkeypatch, django_capture_on_commit_callbacks
) -> None:
    cache.clear()
    called: list[int] = []
    monkeypatch.setattr("delivery.tasks.send.delay", called.append)
    first, second, other = many[0], many[LANES], many[1]

    def woken(*deliveries: Delivery) -> list[int]:
        called.clear()
        with django_capture_on_commit_callbacks(execute=True):
            for delivery in deliveries:
                wake_delivery(delivery.pk)
        return list(called)

    assert woken(first, second, other) == [first.pk, other.pk]
    assert woken(second) == []

    send = outbox._send

    def slow(delivery: Delivery) -> Sent:
        assert woken(second) == ([second.pk] if delivery == first else [])
        return send(delivery)

    monkeypatch.setattr(outbox, "_send", slow)
    assert outbox.deliver_lane(lane_of(first)) == 2


def test_after_a_while_another_task_is_called_for_the_rest_of_the_lane(
    many: list[Delivery], monkeypatch, django_capture_on_commit_callbacks
) -> None:
    called: list[int] = []
    monkeypatch.setattr("delivery.tasks.send.delay", called.append)
    monkeypatch.setattr(lanes, "LONGEST", 0.0)
    lane = lane_of(many[0])
    with django_capture_on_commit_callbacks(execute=True):
        assert outbox.deliver_lane(lane) == 1
    assert called == [lane]
    with django_capture_on_commit_callbacks(execute=True):
        assert outbox.deliver_lane(lane) == 1
    assert called == [lane]


def test_what_goes_to_a_platform_that_is_slow_just_now_goes_last(alice, many: list[Delivery], queue) -> None:
    first, second = many[0], many[LANES]
    slow = Delivery.objects.filter(pk=many[1].pk)
    slow.update(state="sending", lease_until=timezone.now() + LEASE)
    Delivery.objects.filter(pk=second.pk).update(inbox=InboxFactory(queue=queue))
    due = in_lane(lane_of(first)).answer()
    assert [delivery.pk for delivery in due] == [second.pk, first.pk]


# --- Success --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("visibility", "at_once", "status"),
    [
        ("public", False, "sent"),
        ("public", True, "published"),
        ("private", False, "sent"),
        ("private", True, "delivery-success"),
    ],
)
def test_what_the_platform_has_taken(visibility: str, at_once: bool, status: str, queued, network: Network) -> None:
    network.published = at_once
    delivery = queued(visibility=visibility)
    assert deliver(delivery.pk)
    message = message_of(delivery)
    assert (message.status, message.trouble, message.url) == (status, "", f"https://network.example/{message.pk}")
    assert message.external_id == f"sent-{message.pk}"
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts, delivery.lease_until) == (DeliveryState.SENT, 1, None)
    assert delivery.finished_at


def test_a_delivery_is_sent_once(queued, network: Network) -> None:
    delivery = queued()
    assert deliver(delivery.pk)
    assert not deliver(delivery.pk)
    assert not deliver(10**9)
    assert len(network.sent) == 1


def test_key_and_time_are_the_same_at_every_try(queued, network: Network) -> None:
    network.answers = [SendError(Failure.NETWORK), SendError(Failure.NETWORK)]
    delivery = queued()
    for _ in range(3):
        now_due(delivery)
        deliver(delivery.pk)
    assert {sent.key for sent in network.sent} == {str(delivery.message_id)}
    assert len({sent.created_at for sent in network.sent}) == 1
    assert [sent.attempt for sent in network.sent] == [1, 2, 3]


def test_a_platform_that_gives_one_id_twice_stops_nothing(queued, network: Network) -> None:
    network.answers = [lambda _: Sent("same"), lambda _: Sent("same")]
    first, second = queued("1"), queued("2")
    deliver(first.pk)
    deliver(second.pk)
    assert [message_of(each).external_id for each in (first, second)] == ["same", None]
    assert message_of(second).status == "sent"


# --- The five rows of the error table -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        (SendError(Failure.NETWORK, "GeneralError"), Trouble.NETWORK),
        (SendError(Failure.SERVER, "ServerError", "out of order"), Trouble.REFUSED),
        (SendError(Failure.QUOTA, "RateLimited"), Trouble.LIMIT),
        (SendError(Failure.UNCERTAIN, "GeneralError"), Trouble.NETWORK),
    ],
)
def test_what_may_pass_is_tried_again_and_says_why_and_when(error, trouble: str, queued, network: Network) -> None:
    network.answers = [error]
    delivery = queued()
    deliver(delivery.pk)
    message = message_of(delivery)
    assert (state(delivery), message.status) == (DeliveryState.WAITING, "queued")
    assert (message.trouble, message.reason, message.detail) == (trouble, error.reason, error.detail)
    assert message.retry_at == Delivery.objects.get().due_at > timezone.now()
    assert not deliver(delivery.pk)
    now_due(delivery)
    assert deliver(delivery.pk)
    message.refresh_from_db()
    assert (message.status, message.trouble, message.reason, message.retry_at) == ("sent", "", "", None)
    assert network.texts == ["Hello"]


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        (Failure.RECIPIENT, "InvalidDestination"),
        (Failure.WINDOW, "MessageExpired"),
        (Failure.REJECTED, "DataFiltered"),
        (Failure.ACCOUNT, "GeneralError"),
    ],
)
def test_what_will_not_pass_fails_at_once_with_its_reason(failure, reason: str, queued, network: Network) -> None:
    network.answers = [SendError(failure, reason, "no\x00!" + "x" * 2000)]
    delivery = queued()
    deliver(delivery.pk)
    message = message_of(delivery)
    assert (state(delivery), message.status, message.trouble, message.reason) == (
        DeliveryState.FAILED,
        "failed",
        Trouble.REFUSED,
        reason,
    )
    assert message.detail.startswith("no!x")
    assert len(message.detail) == 1000


def test_a_refused_account_is_told_at_its_inbox(queued, network: Network, inbox: Inbox) -> None:
    network.answers = [SendError(Failure.ACCOUNT, "SomethingNew", "")]
    deliver(queued().pk)
    inbox.refresh_from_db()
    assert inbox.trouble == "The platform gave no reason."
    assert inbox.trouble_at


def test_where_the_platform_knows_no_repeat_a_broken_line_is_not_certain(alice, queued, network: Network) -> None:
    network.idempotent = False
    network.answers = [SendError(Failure.UNCERTAIN)]
    delivery = queued()
    deliver(delivery.pk)
    message = message_of(delivery)
    assert (state(delivery), message.status, message.trouble) == (
        DeliveryState.UNCERTAIN,
        MessageStatus.FAILED,
        Trouble.UNCERTAIN,
    )
    for _ in range(3):
        deliver_due()
        assert not deliver(delivery.pk)
    assert len(network.sent) == 1
    resend(alice, message.pk)
    deliver(Delivery.objects.latest("pk").pk)
    assert len(network.sent) == 2
    assert message_of(delivery).status == "sent"


def test_never_reached_is_tried_again_even_where_repeats_are_not_known(queued, network: Network) -> None:
    network.idempotent = False
    network.answers = [SendError(Failure.NETWORK)]
    delivery = queued()
    deliver(delivery.pk)
    assert state(delivery) == DeliveryState.WAITING


@pytest.mark.parametrize("idempotent", [True, False])
def test_a_connector_that_breaks_is_a_broken_line(idempotent: bool, queued, network: Network) -> None:
    network.idempotent = idempotent
    network.answers = [ZeroDivisionError("bug")]
    delivery = queued()
    deliver(delivery.pk)
    expected = DeliveryState.WAITING if idempotent else DeliveryState.UNCERTAIN
    assert state(delivery) == expected


def test_what_cannot_even_be_made_ready_fails_and_says_so(queued, network: Network, monkeypatch) -> None:
    def broken(_delivery: Delivery) -> None:
        raise FileNotFoundError("map.png")

    monkeypatch.setattr(outbox, "outbound", broken)
    delivery = queued()
    deliver(delivery.pk)
    message = message_of(delivery)
    assert (state(delivery), message.trouble) == (DeliveryState.FAILED, Trouble.REFUSED)
    assert "map.png" in message.detail
    assert network.sent == []


# --- When it is tried again -----------------------------------------------------------------------------------------


def test_the_tries_grow_apart_and_end(queued, network: Network, settings) -> None:
    settings.RETRY_SECONDS = [2, 10, 100]
    network.answers = [SendError(Failure.NETWORK, "GeneralError") for _ in range(9)]
    delivery = queued()
    waited = []
    while state(delivery) != DeliveryState.FAILED:
        now_due(delivery)
        deliver(delivery.pk)
        waited.append(waits(delivery))
    assert [round(seconds, -1 if seconds > 50 else 0) for seconds in waited[:3]] == [
        pytest.approx(2, rel=0.5),
        pytest.approx(10, rel=0.12),
        pytest.approx(100, rel=0.12),
    ]
    assert len(network.sent) == 4
    message = message_of(delivery)
    assert (message.status, message.trouble, message.retry_at) == ("failed", Trouble.NETWORK, None)


@pytest.mark.parametrize("luck", [0.9, 1.1])
@pytest.mark.parametrize("failure", [Failure.NETWORK, Failure.SERVER])
def test_what_is_written_while_a_platform_is_down_for_an_hour_arrives_by_itself_once(
    failure: Failure, luck: float, queued, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("delivery.ending.random.uniform", lambda low, high: luck)
    deliveries, down = [queued("1"), queued("2")], timedelta(hours=1).total_seconds()
    passed = 0.0
    while passed < down:
        network.answers = [SendError(failure, "GeneralError")]
        now_due(deliveries[0])
        deliver(deliveries[0].pk)
        said = message_of(deliveries[0])
        assert (said.status, said.retry_at) == ("queued", Delivery.objects.get(pk=deliveries[0].pk).due_at)
        assert not deliver(deliveries[1].pk), "the second is not sent before the first"
        passed += waits(deliveries[0])
    network.sent.clear()
    for delivery in deliveries:
        now_due(delivery)
        deliver(delivery.pk)
    assert [sent.text for sent in network.sent] == ["1", "2"]
    assert [message_of(delivery).status for delivery in deliveries] == ["sent", "sent"]


@pytest.mark.parametrize("failure", [Failure.QUOTA, Failure.SERVER])
def test_the_platform_may_say_when(failure: Failure, queued, network: Network) -> None:
    network.answers = [SendError(failure, "RateLimited", retry_after=90)]
    delivery = queued()
    deliver(delivery.pk)
    assert waits(delivery) == pytest.approx(90, abs=2)


def test_a_quota_without_a_time_waits_a_minute_and_is_no_failure_for_a_day(queued, network: Network, settings) -> None:
    settings.RETRY_SECONDS = [1]
    network.answers = [SendError(Failure.QUOTA, "RateLimited") for _ in range(6)]
    delivery = queued()
    for _ in range(5):
        now_due(delivery)
        deliver(delivery.pk)
        assert waits(delivery) == pytest.approx(60, abs=2)
    assert message_of(delivery).trouble == Trouble.LIMIT
    Delivery.objects.update(created_at=timezone.now() - timedelta(hours=24))
    now_due(delivery)
    deliver(delivery.pk)
    assert (state(delivery), message_of(delivery).trouble) == (DeliveryState.FAILED, Trouble.LIMIT)


# --- Dead and late workers ------------------------------------------------------------------------------------------


def dies(delivery: Delivery, *, after: bool) -> None:
    """A worker claims it, perhaps sends it, and is never heard of again."""
    claimed = outbox.claim(delivery.pk)
    assert claimed
    if after:
        outbox._send(claimed)


def lease_over(delivery: Delivery) -> None:
    Delivery.objects.filter(pk=delivery.pk).update(lease_until=timezone.now() - timedelta(milliseconds=1))


@pytest.mark.parametrize("after", [False, True])
def test_a_dead_workers_delivery_is_taken_over_where_a_repeat_is_known(after: bool, queued, network: Network) -> None:
    delivery = queued()
    dies(delivery, after=after)
    assert not deliver(delivery.pk)  # its lease is good
    assert Delivery.objects.get().lease_until == pytest.approx(timezone.now() + LEASE, abs=timedelta(seconds=5))
    lease_over(delivery)
    assert deliver(delivery.pk)
    assert network.texts == ["Hello"]
    assert message_of(delivery).status == "sent"


@pytest.mark.parametrize("after", [False, True])
def test_a_dead_workers_delivery_is_not_certain_where_it_is_not(after: bool, queued, network: Network) -> None:
    network.idempotent = False
    delivery = queued()
    dies(delivery, after=after)
    lease_over(delivery)
    assert not deliver(delivery.pk)
    assert len(network.sent) == after
    assert (state(delivery), message_of(delivery).trouble) == (DeliveryState.UNCERTAIN, Trouble.UNCERTAIN)


def test_the_clock_finds_what_a_dead_worker_left(
    queued, network: Network, tasks_at_once, django_capture_on_commit_callbacks
) -> None:
    delivery = queued()
    dies(delivery, after=True)
    assert deliver_due() == 0
    lease_over(delivery)
    with django_capture_on_commit_callbacks(execute=True):
        assert deliver_due() == 1
    assert network.texts == ["Hello"]
    assert state(delivery) == DeliveryState.SENT


def test_a_worker_late_past_its_lease_still_brings_its_news(queued, network: Network) -> None:
    network.idempotent = False
    delivery = queued()
    late = outbox.claim(delivery.pk)
    sent = outbox._send(late)
    lease_over(delivery)
    deliver(delivery.pk)
    assert message_of(delivery).trouble == Trouble.UNCERTAIN
    ending.finish(late, sent)
    message = message_of(delivery)
    assert (state(delivery), message.status, message.trouble) == (DeliveryState.SENT, "sent", "")


def test_late_success_ends_the_tries_of_another(queued, network: Network) -> None:
    delivery = queued()
    late = outbox.claim(delivery.pk)
    sent = outbox._send(late)
    lease_over(delivery)
    network.answers = [SendError(Failure.SERVER)]
    deliver(delivery.pk)
    ending.finish(late, sent)
    assert state(delivery) == DeliveryState.SENT
    now_due(delivery)
    assert not deliver(delivery.pk)


def test_late_failure_does_not_touch_the_claim_of_another(queued, network: Network) -> None:
    delivery = queued()
    late = outbox.claim(delivery.pk)
    lease_over(delivery)
    other = outbox.claim(delivery.pk)
    ending.fail(late, SendError(Failure.REJECTED))
    assert state(delivery) == DeliveryState.SENDING
    ending.finish(other, outbox._send(other))
    ending.fail(late, SendError(Failure.NETWORK))
    assert (state(delivery), message_of(delivery).status) == (DeliveryState.SENT, "sent")


def test_late_success_spares_the_resend_that_has_not_gone_out(alice, queued, network: Network) -> None:
    network.idempotent = False
    delivery = queued()
    late = outbox.claim(delivery.pk)
    sent = outbox._send(late)
    lease_over(delivery)
    deliver(delivery.pk)
    resend(alice, delivery.message_id)
    ending.finish(late, sent)
    again = Delivery.objects.latest("pk")
    assert not deliver(again.pk)
    assert (state(again), len(network.sent)) == (DeliveryState.SENT, 1)


def test_two_workers_claim_one(queued) -> None:
    delivery = queued()
    assert outbox.claim(delivery.pk)
    assert outbox.claim(delivery.pk) is None


def test_an_inbox_of_a_kind_that_is_gone_fails_its_messages(alice, queue, queued, network: Network) -> None:
    delivery = queued()
    Inbox.objects.update(kind="vanished")
    assert deliver(delivery.pk)
    assert state(delivery) == DeliveryState.FAILED
    assert InboxFactory(queue=queue)
