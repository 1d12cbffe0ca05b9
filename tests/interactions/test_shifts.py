"""Going on and off queue, presences, heartbeats, absence."""

import pytest
from guardian.shortcuts import remove_perm

from accounts.permissions import ACCEPT
from interactions import shifts
from interactions.models import Handling, Interaction, State
from interactions.routing import route
from interactions.upkeep import keep_up
from queues.models import AgentStatus, Presence, RoutingStatus
from socialcare.errors import Invalid, NotPermitted
from tests.factories import on_queue
from tests.scene import asked, connected, load, routing_status, silent_for, waiting

pytestmark = pytest.mark.django_db


def test_going_on_and_off_queue(alice) -> None:
    assert routing_status_of_new(alice) == RoutingStatus.OFF_QUEUE
    assert shifts.go_on_queue(alice).routing_status == RoutingStatus.IDLE
    assert shifts.go_off_queue(alice).routing_status == RoutingStatus.OFF_QUEUE


def routing_status_of_new(person) -> str:
    AgentStatus.objects.of(person)
    return routing_status(person)


def test_going_on_queue_needs_its_permission(charlie) -> None:
    with pytest.raises(NotPermitted, match="Routing > Agent > OnQueue"):
        shifts.go_on_queue(charlie)
    with pytest.raises(NotPermitted):
        shifts.choose_presence(charlie, "OnQueue")


@pytest.mark.parametrize("presence", [value for value in Presence.values if value != "OnQueue"])
def test_any_other_presence_goes_off_queue(presence: str, alice) -> None:
    shifts.go_on_queue(alice)
    status = shifts.choose_presence(alice, presence)
    assert (status.presence, status.routing_status) == (presence, RoutingStatus.OFF_QUEUE)


@pytest.mark.parametrize("nonsense", ["", "Sleeping", "onqueue", "\x00"])
def test_a_presence_that_does_not_exist_is_refused(nonsense: str, alice) -> None:
    with pytest.raises(Invalid) as error:
        shifts.choose_presence(alice, nonsense)
    assert error.value.field == "presence"


def test_off_queue_keeps_running_work(alice, inbox) -> None:
    interaction = connected(alice, inbox)
    shifts.go_off_queue(alice)
    keep_up()
    interaction.refresh_from_db()
    assert (interaction.state, interaction.owner, load(alice)) == (State.CONNECTED, alice, 1)


def test_not_responding_ends_with_coming_back_or_going_on_queue_anew(alice) -> None:
    for back in (shifts.come_back, shifts.go_on_queue):
        on_queue(alice, missed="expired")
        assert routing_status(alice) == RoutingStatus.NOT_RESPONDING
        assert back(alice).routing_status == RoutingStatus.IDLE


def test_coming_back_off_queue_does_not_go_on_queue(alice) -> None:
    on_queue(alice, missed="declined", presence="Available")
    assert shifts.come_back(alice).routing_status == RoutingStatus.OFF_QUEUE


def test_heartbeats_are_written_now_and_then_only(alice, django_assert_num_queries) -> None:
    on_queue(alice)
    silent_for(alice, seconds=5)
    with django_assert_num_queries(1):
        shifts.seen(alice)
    silent_for(alice, seconds=30)
    shifts.seen(alice)
    assert not AgentStatus.objects.get(user=alice).gone


# --- Absence --------------------------------------------------------------------------------------------------------


def test_work_of_the_absent_goes_back_after_the_grace_with_its_waiting_time(alice, bob, inbox, queue) -> None:
    interaction = connected(alice, inbox)
    entered = interaction.queued_at
    silent_for(alice, seconds=queue.absence_grace_seconds - 5)
    keep_up()
    assert Interaction.objects.get().state == State.CONNECTED
    silent_for(alice, seconds=queue.absence_grace_seconds + 5)
    shifts.return_work_of_absent()
    interaction.refresh_from_db()
    assert (interaction.state, interaction.owner, interaction.queued_at) == (State.WAITING, None, entered)
    assert load(alice) == 0
    handling = Handling.objects.get()
    assert (handling.ended_by, bool(handling.wrapped_up_at)) == ("absent", True)
    on_queue(bob)
    route(queue.pk)
    assert asked(interaction) == "bob"


def test_the_grace_is_the_queues(alice, inbox, queue) -> None:
    queue.absence_grace_seconds = 60
    queue.save()
    connected(alice, inbox)
    silent_for(alice, seconds=65)
    shifts.return_work_of_absent()
    assert Interaction.objects.get().state == State.WAITING


def test_parked_work_of_the_absent_goes_back_too(alice, inbox) -> None:
    from interactions import handling

    interaction = connected(alice, inbox)
    handling.park(alice, interaction.pk)
    silent_for(alice, minutes=10)
    shifts.return_work_of_absent()
    assert (Interaction.objects.get().state, load(alice)) == (State.WAITING, 0)


def test_wrap_up_stays_with_the_absent(alice, inbox) -> None:
    from interactions import handling

    interaction = connected(alice, inbox)
    handling.end(alice, interaction.pk)
    silent_for(alice, minutes=10)
    assert shifts.return_work_of_absent() == 0
    assert Interaction.objects.get().state == State.WRAP_UP


@pytest.mark.parametrize("loss", ["the right to accept", "being active"])
def test_running_work_goes_back_at_once_with(loss: str, alice, inbox, queue) -> None:
    connected(alice, inbox)
    if loss == "being active":
        type(alice).objects.filter(pk=alice.pk).update(is_active=False)
    else:
        remove_perm(ACCEPT.name, alice, queue)
    keep_up()
    assert (Interaction.objects.get().state, load(alice)) == (State.WAITING, 0)


def test_work_taken_up_while_the_clock_looked_stays(alice, inbox, monkeypatch) -> None:
    interaction = connected(alice, inbox)
    silent_for(alice, minutes=10)
    Handling.objects.update(ended_at=interaction.started_at)
    assert shifts._return(Handling.objects.get()) is False
    assert Interaction.objects.get().state == State.CONNECTED


def test_nothing_is_lost_when_the_agent_who_was_asked_goes(alice, inbox, queue) -> None:
    on_queue(alice)
    interaction = waiting(inbox)
    route(queue.pk)
    silent_for(alice, minutes=2)
    keep_up()
    assert Interaction.objects.get().state == State.WAITING
    shifts.seen(alice)
    keep_up()
    assert asked(interaction) == "alice"
