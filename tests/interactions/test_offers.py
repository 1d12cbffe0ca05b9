"""Answering an offer, or not."""

import uuid

import pytest
from guardian.shortcuts import remove_perm

from accounts.permissions import ACCEPT, VIEW
from interactions import offers, shifts
from interactions.models import Handling, Interaction, Offer, OfferState, State
from interactions.routing import route
from interactions.upkeep import keep_up
from queues.models import AgentStatus
from socialcare.errors import Conflict, NotFound, NotPermitted
from tests.factories import on_queue
from tests.scene import asked, load, open_offer, pass_deadline, routing_status, silent_for, waiting

pytestmark = pytest.mark.django_db


@pytest.fixture
def offer(alice, inbox, queue) -> Offer:
    """Alice is being asked."""
    on_queue(alice)
    interaction = waiting(inbox)
    route(queue.pk)
    return open_offer(interaction)


def fresh(person):
    """The person as the next request sees them."""
    return type(person).objects.get(pk=person.pk)


def test_an_offer_lasts_as_long_as_the_queue_says(alice, inbox, queue) -> None:
    queue.alerting_seconds = 7
    queue.save()
    on_queue(alice)
    interaction = waiting(inbox)
    route(queue.pk)
    assert open_offer(interaction).seconds == 7


def test_answering_makes_it_the_agents(offer, alice) -> None:
    interaction = offers.accept(alice, offer.pk)
    interaction.refresh_from_db()
    assert (interaction.state, interaction.owner, interaction.last_agent) == (State.CONNECTED, alice, alice)
    assert interaction.answered_at
    assert Handling.objects.get().pk == offer.pk
    assert (load(alice), routing_status(alice)) == (1, "INTERACTING")


def test_answering_twice_says_so(offer, alice) -> None:
    offers.accept(alice, offer.pk)
    with pytest.raises(Conflict, match="already answered") as error:
        offers.accept(alice, offer.pk)
    assert error.value.code == "offer.accepted"
    assert load(alice) == 1


def test_declining_twice_says_so(offer, alice) -> None:
    offers.decline(alice, offer.pk)
    with pytest.raises(Conflict, match="already declined"):
        offers.decline(alice, offer.pk)
    assert load(alice) == 0


def test_an_answer_after_the_deadline_comes_too_late_even_before_the_clock_has_noticed(offer, alice) -> None:
    pass_deadline(offer.interaction)
    with pytest.raises(Conflict, match="just expired") as error:
        offers.accept(alice, offer.pk)
    assert error.value.code == "offer.expired"
    assert offers.expire_due() == 1
    assert Interaction.objects.get().state == State.WAITING


def test_an_expired_offer_cannot_be_answered_or_declined(offer, alice) -> None:
    pass_deadline(offer.interaction)
    offers.expire_due()
    for answer in (offers.accept, offers.decline):
        with pytest.raises(Conflict, match="just expired"):
            answer(alice, offer.pk)
    assert AgentStatus.objects.get(user=alice).missed == "expired"


def test_a_late_clock_cannot_touch_a_newer_offer(offer, alice, bob) -> None:
    offers.decline(alice, offer.pk)
    on_queue(bob)
    route(offer.queue_id)
    Offer.objects.filter(pk=offer.pk).update(deadline=offer.made_at)
    assert offers.expire_due() == 0
    assert asked(offer.interaction) == "bob"


def test_declines_and_expiries_are_counted_apart(offer, alice, bob) -> None:
    offers.decline(alice, offer.pk)
    on_queue(bob)
    route(offer.queue_id)
    pass_deadline(offer.interaction)
    offers.expire_due()
    states = dict(Offer.objects.values_list("agent__username", "state"))
    assert states == {"alice": OfferState.DECLINED, "bob": OfferState.EXPIRED}


def test_an_offer_to_somebody_else_is_not_there(offer, bob) -> None:
    for answer in (offers.accept, offers.decline):
        with pytest.raises(NotFound):
            answer(bob, offer.pk)


@pytest.mark.parametrize("nothing", [uuid.uuid4(), "nonsense", ""])
def test_an_offer_that_never_was_is_not_there(nothing, alice) -> None:
    with pytest.raises(NotFound):
        offers.accept(alice, nothing)


def test_going_off_queue_gives_the_offer_back_without_blame(offer, alice) -> None:
    shifts.go_off_queue(alice)
    offer.refresh_from_db()
    assert offer.state == OfferState.WITHDRAWN
    assert (load(alice), routing_status(alice)) == (0, "OFF_QUEUE")
    assert Interaction.objects.get().state == State.WAITING


def test_an_offer_to_who_has_gone_is_withdrawn_after_a_minute(offer, alice) -> None:
    silent_for(alice, seconds=61)
    keep_up()
    offer.refresh_from_db()
    assert (offer.state, load(alice)) == (OfferState.WITHDRAWN, 0)
    assert AgentStatus.objects.get(user=alice).missed == ""


def test_an_agent_who_has_gone_and_comes_again_goes_on(offer, alice) -> None:
    silent_for(alice, seconds=61)
    keep_up()
    shifts.seen(alice)
    keep_up()
    assert asked(offer.interaction) == "alice"


@pytest.mark.parametrize("loss", ["the right to accept", "being active", "being on queue"])
def test_an_open_offer_ends_with(loss: str, offer, alice, queue) -> None:
    if loss == "the right to accept":
        remove_perm(ACCEPT.name, alice, queue)
    elif loss == "being active":
        type(alice).objects.filter(pk=alice.pk).update(is_active=False)
    else:
        AgentStatus.objects.filter(user=alice).update(presence="Available")
    keep_up()
    offer.refresh_from_db()
    assert (offer.state, load(alice)) == (OfferState.WITHDRAWN, 0)
    assert Interaction.objects.get().state == State.WAITING


def test_who_loses_the_right_cannot_answer_any_more_and_reads_why(offer, alice, queue) -> None:
    remove_perm(ACCEPT.name, alice, queue)
    with pytest.raises(NotPermitted, match="Conversation > Message > Accept"):
        offers.accept(fresh(alice), offer.pk)
    offer.refresh_from_db()
    assert (offer.state, load(alice)) == (OfferState.OPEN, 1)


def test_the_customer_writing_on_does_not_disturb_the_offer(offer, alice, inbox, network) -> None:
    from delivery.receiving import receive
    from tests.network import post

    customer = offer.interaction.customer
    receive(inbox, [post("Hello?", author=customer.external_id)])
    assert asked(offer.interaction) == "alice"
    assert offer.interaction.messages.count() == 2


def test_the_agent_offered_may_look_at_it_and_others_of_the_queue_only_if_they_may_view(
    offer, alice, bob, queue
) -> None:
    for person in (alice, bob):
        remove_perm(VIEW.name, person, queue)
    assert Interaction.objects.visible_to(fresh(alice)).exists()
    assert not Interaction.objects.visible_to(fresh(bob)).exists()
