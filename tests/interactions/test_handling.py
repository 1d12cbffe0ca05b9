"""Parking, pulling, handing over, notes, unread marks."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.permissions import ASSIGN, PARK, PULL, TRANSFER
from interactions import handling, offers
from interactions.models import Handling, Interaction, Note, Offer, State
from interactions.routing import route
from queues.models import AgentStatus, ScoringMethod
from socialcare.errors import Conflict, Invalid, InvalidTransition, NotFound, NotPermitted
from tests.factories import grant, on_queue
from tests.network import Network, post
from tests.scene import asked, connected, load, open_offer, pass_deadline, waiting

pytestmark = pytest.mark.django_db


# --- Park and resume ------------------------------------------------------------------------------------------------


def test_parking_frees_the_place_and_keeps_the_interaction(alice, inbox, queue) -> None:
    parked = connected(alice, inbox)
    handling.park(alice, parked.pk)
    parked.refresh_from_db()
    assert (parked.state, parked.owner, load(alice)) == (State.PARKED, alice, 0)
    assert parked.parked_at
    following = waiting(inbox)
    route(queue.pk)
    assert asked(following) == "alice"


def test_resuming_takes_a_place_again(alice, inbox) -> None:
    interaction = connected(alice, inbox)
    handling.park(alice, interaction.pk)
    handling.resume(alice, interaction.pk)
    interaction.refresh_from_db()
    assert (interaction.state, interaction.parked_at, load(alice)) == (State.CONNECTED, None, 1)


def test_resuming_needs_room(alice, inbox) -> None:
    parked = connected(alice, inbox)
    handling.park(alice, parked.pk)
    connected(alice, inbox)
    with pytest.raises(Conflict, match="no room") as error:
        handling.resume(alice, parked.pk)
    assert error.value.code == "agent.full"
    parked.refresh_from_db()
    assert (parked.state, load(alice)) == (State.PARKED, 1)


def test_only_what_is_parked_is_resumed_and_only_what_is_connected_parked(alice, inbox) -> None:
    interaction = connected(alice, inbox)
    with pytest.raises(InvalidTransition):
        handling.resume(alice, interaction.pk)
    handling.park(alice, interaction.pk)
    with pytest.raises(InvalidTransition):
        handling.park(alice, interaction.pk)
    assert load(alice) == 0


def test_what_is_parked_may_be_ended_without_freeing_a_place_twice(alice, inbox, queue) -> None:
    parked = connected(alice, inbox)
    handling.park(alice, parked.pk)
    connected(alice, inbox)
    handling.end(alice, parked.pk)
    assert load(alice) == 1


# --- Pull -----------------------------------------------------------------------------------------------------------


def test_pulling_takes_the_first(sam, inbox, queue) -> None:
    waiting(inbox)
    first = waiting(inbox, priority=5)
    assert handling.pull(sam, queue.pk) == first
    first.refresh_from_db()
    assert (first.state, first.owner, load(sam)) == (State.CONNECTED, sam, 1)
    assert Handling.objects.get().agent == sam


def test_pulling_keeps_to_the_queues_order(sam, inbox, queue) -> None:
    queue.scoring_method = ScoringMethod.PRIORITY_ONLY
    queue.save()
    waiting(inbox, queued_at=timezone.now() - timedelta(days=30))
    first = waiting(inbox, priority=1)
    assert handling.pull(sam, queue.pk) == first


def test_one_particular_may_be_pulled(sam, inbox, queue) -> None:
    waiting(inbox, priority=5)
    wanted = waiting(inbox)
    assert handling.pull(sam, queue.pk, wanted.pk) == wanted


def test_an_empty_queue_says_so(sam, queue) -> None:
    with pytest.raises(Conflict, match="Nothing waits") as error:
        handling.pull(sam, queue.pk)
    assert error.value.code == "queue.empty"


def test_what_somebody_else_has_taken_cannot_be_pulled(sam, alice, inbox, queue) -> None:
    taken = connected(alice, inbox)
    with pytest.raises(Conflict):
        handling.pull(sam, queue.pk, taken.pk)


def test_pulling_needs_room(sam, inbox, queue) -> None:
    waiting(inbox)
    handling.pull(sam, queue.pk)
    second = waiting(inbox)
    with pytest.raises(Conflict, match="no room"):
        handling.pull(sam, queue.pk)
    second.refresh_from_db()
    assert second.state == State.WAITING


def test_pulling_needs_its_permission(alice, inbox, queue) -> None:
    waiting(inbox)
    with pytest.raises(NotPermitted, match="Conversation > Message > Pull"):
        handling.pull(alice, queue.pk)
    grant(alice, PULL, on=queue)
    assert handling.pull(alice, queue.pk).owner == alice


# --- Transfer -------------------------------------------------------------------------------------------------------


def test_to_a_queue_it_waits_there_from_now_on(alice, sam, inbox, vip) -> None:
    interaction = connected(alice, inbox, queued_at=timezone.now() - timedelta(hours=1), priority=2)
    grant(alice, TRANSFER, on=vip)
    before = timezone.now()
    handling.transfer_to_queue(alice, interaction.pk, vip.pk)
    interaction.refresh_from_db()
    assert (interaction.state, interaction.queue, interaction.owner) == (State.WAITING, vip, None)
    assert interaction.queued_at >= before
    assert interaction.rank == interaction.queued_at - timedelta(minutes=2)
    assert load(alice) == 0
    assert Handling.objects.get().ended_by == "transferred"
    on_queue(sam)
    route(vip.pk)
    assert asked(interaction) == "sam"


def test_to_a_queue_needs_the_permission_there(alice, inbox, vip) -> None:
    interaction = connected(alice, inbox)
    with pytest.raises(NotPermitted, match="BlindTransfer"):
        handling.transfer_to_queue(alice, interaction.pk, vip.pk)
    interaction.refresh_from_db()
    assert (interaction.state, load(alice)) == (State.CONNECTED, 1)


@pytest.mark.parametrize("nothing", ["", "nonsense", "11111111-1111-1111-1111-111111111111"])
def test_to_a_queue_that_does_not_exist(nothing: str, alice, inbox) -> None:
    interaction = connected(alice, inbox)
    with pytest.raises(Invalid) as error:
        handling.transfer_to_queue(alice, interaction.pk, nothing)
    assert error.value.field == "queue"


def test_to_an_agent_it_is_offered_to_them(alice, bob, inbox) -> None:
    interaction = connected(alice, inbox)
    on_queue(bob)
    handling.transfer_to_agent(alice, interaction.pk, bob.pk)
    assert (asked(interaction), load(alice), load(bob)) == ("bob", 0, 1)
    offers.accept(bob, open_offer(interaction).pk)
    interaction.refresh_from_db()
    assert interaction.owner == bob
    assert list(Handling.objects.order_by("started_at").values_list("agent__username", "ended_by")) == [
        ("alice", "transferred"),
        ("bob", ""),
    ]


def test_an_agent_who_does_not_take_it_lets_it_go_back_to_the_queue(alice, bob, inbox) -> None:
    entered = timezone.now() - timedelta(hours=1)
    interaction = connected(alice, inbox, queued_at=entered)
    on_queue(bob)
    handling.transfer_to_agent(alice, interaction.pk, bob.pk)
    pass_deadline(interaction)
    offers.expire_due()
    interaction.refresh_from_db()
    assert (interaction.state, interaction.queued_at) == (State.WAITING, entered)


def test_to_an_agent_who_is_not_free_nothing_changes(alice, bob, inbox) -> None:
    interaction = connected(alice, inbox)
    on_queue(bob, presence="Meal")
    with pytest.raises(Conflict, match="not free"):
        handling.transfer_to_agent(alice, interaction.pk, bob.pk)
    interaction.refresh_from_db()
    assert (interaction.state, interaction.owner, load(alice), load(bob)) == (State.CONNECTED, alice, 1, 0)
    assert Offer.objects.count() == 1


def test_to_who_may_not_accept_it_is_refused(alice, charlie, inbox) -> None:
    interaction = connected(alice, inbox)
    on_queue(charlie)
    with pytest.raises(Invalid) as error:
        handling.transfer_to_agent(alice, interaction.pk, charlie.pk)
    assert error.value.field == "agent"


def test_to_oneself_is_refused(alice, inbox) -> None:
    interaction = connected(alice, inbox)
    with pytest.raises(Invalid, match="has it already"):
        handling.transfer_to_agent(alice, interaction.pk, alice.pk)


def test_who_may_assign_hands_over_the_work_of_others_and_what_waits(sam, alice, bob, inbox) -> None:
    running = connected(alice, inbox)
    on_queue(bob, capacity=2)
    handling.transfer_to_agent(sam, running.pk, bob.pk)
    assert (asked(running), load(alice)) == ("bob", 0)
    idle = waiting(inbox)
    handling.transfer_to_agent(sam, idle.pk, bob.pk)
    assert asked(idle) == "bob"


def test_the_work_of_others_needs_the_permission_to_assign(alice, bob, inbox) -> None:
    running = connected(bob, inbox)
    on_queue(alice)
    with pytest.raises(NotPermitted, match="Conversation > Message > Assign"):
        handling.transfer_to_agent(alice, running.pk, alice.pk)


def test_what_is_being_offered_cannot_be_handed_over(sam, alice, inbox, queue, vip) -> None:
    on_queue(alice)
    interaction = waiting(inbox)
    route(queue.pk)
    with pytest.raises(Conflict, match="only while"):
        handling.transfer_to_queue(sam, interaction.pk, vip.pk)


def test_agents_to_choose_from_are_those_who_could_take_it(alice, bob, sam, charlie, inbox) -> None:
    interaction = connected(alice, inbox)
    on_queue(bob)
    on_queue(charlie)
    on_queue(sam, missed="declined")
    assert handling.agents_to_transfer_to(alice, interaction) == [bob]


# --- Ending, notes, unread ------------------------------------------------------------------------------------------


def test_only_its_agent_ends_it(alice, bob, inbox) -> None:
    interaction = connected(alice, inbox)
    with pytest.raises(Conflict, match="not with you") as error:
        handling.end(bob, interaction.pk)
    assert error.value.code == "not.owner"


def test_a_second_tab_that_ended_it_already_is_told(alice, inbox) -> None:
    interaction = connected(alice, inbox)
    handling.end(alice, interaction.pk)
    with pytest.raises(InvalidTransition):
        handling.end(alice, interaction.pk)


@pytest.mark.parametrize("act", [handling.end, handling.park, handling.resume, handling.mark_read])
@pytest.mark.parametrize("nothing", ["", "nonsense", "11111111-1111-1111-1111-111111111111"])
def test_an_interaction_that_vanished_is_not_there(act, nothing: str, alice) -> None:
    with pytest.raises(NotFound):
        act(alice, nothing)


def test_parking_needs_its_permission(alice, inbox, queue) -> None:
    from guardian.shortcuts import remove_perm

    interaction = connected(alice, inbox)
    remove_perm(PARK.name, alice, queue)
    with pytest.raises(NotPermitted, match="Conversation > Message > Park"):
        handling.park(type(alice).objects.get(pk=alice.pk), interaction.pk)


def test_notes_are_for_all_who_may_see_it(alice, sam, inbox) -> None:
    interaction = connected(alice, inbox)
    note = handling.add_note(sam, interaction.pk, "  Be kind: third time this week.\x00\ud800  ")
    assert note.text == "Be kind: third time this week."
    assert Note.objects.visible_to(alice).get() == note


@pytest.mark.parametrize(("text", "said"), [("", "Write"), (" \x00 ", "Write"), ("x" * 10_001, "10000")])
def test_a_note_that_is_empty_or_too_long_is_refused(text: str, said: str, alice, inbox) -> None:
    interaction = connected(alice, inbox)
    with pytest.raises(Invalid, match=said) as error:
        handling.add_note(alice, interaction.pk, text)
    assert error.value.field == "text"


def test_what_came_in_is_unread_until_it_is_looked_at(alice, sam, inbox, network: Network) -> None:
    from delivery.receiving import receive

    interaction = connected(alice, inbox)
    customer = interaction.customer.external_id
    receive(inbox, [post("One", author=customer), post("Two", author=customer)])
    handling.mark_read(sam, interaction.pk)
    assert Interaction.objects.get().unread == 2
    handling.mark_read(alice, interaction.pk)
    assert Interaction.objects.get().unread == 0


def test_what_waits_is_not_unread(inbox, network: Network, alice) -> None:
    from delivery.receiving import receive

    receive(inbox, [post("One"), post("Two")])
    assert Interaction.objects.get().unread == 0


def test_assigning_is_granted_for_one_queue(alice, bob, inbox, queue, vip) -> None:
    interaction = connected(bob, inbox)
    grant(alice, ASSIGN, TRANSFER, on=vip)
    with pytest.raises(NotPermitted):
        handling.transfer_to_queue(alice, interaction.pk, vip.pk)
    grant(alice, ASSIGN, on=queue)
    handling.transfer_to_queue(alice, interaction.pk, vip.pk)
    assert load(bob) == 0
    assert AgentStatus.objects.get(user=bob).missed == ""
