"""Every lifecycle moves along the arrows of its table, and along no other."""

import itertools
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, models, transaction
from django.utils import timezone

from accounts.models import User
from delivery.models import Delivery, DeliveryState, InboundPayload, PayloadState
from interactions.models import Handling, Inbox, Interaction, Message, MessageStatus, Offer, OfferState, State
from interactions.models.interaction import OWNED
from queues.models import AgentStatus
from socialcare.errors import InvalidTransition
from socialcare.states import sources, transition
from tests.factories import HandleFactory, InteractionFactory, MessageFactory, UserFactory, on_queue

pytestmark = pytest.mark.django_db

LIFECYCLES: list[tuple[type[models.Model], type[models.TextChoices], str]] = [
    (Interaction, State, "state"),
    (Offer, OfferState, "state"),
    (Message, MessageStatus, "status"),
    (Delivery, DeliveryState, "state"),
    (InboundPayload, PayloadState, "state"),
]
PAIRS = [
    pytest.param(model, field, start, to, id=f"{model.__name__}-{start}-{to}")
    for model, states, field in LIFECYCLES
    for start, to in itertools.product(states, states)
]


@pytest.fixture
def agent() -> User:
    return UserFactory()


@pytest.fixture
def row(agent: User, inbox: Inbox):
    """Makes a row of any of the models, in any of its states."""

    def make(model: type[models.Model], field: str, state: str) -> Any:
        owner = agent if model is Interaction and state in OWNED else None
        interaction = InteractionFactory(inbox=inbox, owner=owner)
        if model is Interaction:
            made: Any = interaction
        elif model is Offer:
            made = Offer.objects.create(
                interaction=interaction, agent=agent, queue=inbox.queue, deadline=timezone.now() + timedelta(hours=1)
            )
        elif model is InboundPayload:
            made = InboundPayload.objects.create(inbox=inbox, body=b"{}")
        else:
            made = MessageFactory(interaction=interaction, agent=agent)
            if model is Delivery:
                made = Delivery.objects.create(message=made, interaction=interaction, inbox=inbox)
        model.objects.filter(pk=made.pk).update(**{field: state})  # type: ignore[attr-defined]
        made.refresh_from_db()
        return made

    return make


def owner_after(model: type[models.Model], to: str, agent: User) -> dict[str, Any]:
    return {"owner": agent if to in OWNED else None} if model is Interaction else {}


@pytest.mark.parametrize(("model", "field", "start", "to"), PAIRS)
def test_each_pair_of_states(model: Any, field: str, start: str, to: str, row, agent: User) -> None:
    made, twin = row(model, field, start), None
    twin = model.objects.get(pk=made.pk)
    before = model.objects.filter(pk=made.pk).values().get()
    changes = owner_after(model, to, agent)
    if to in model.TRANSITIONS[start]:
        assert transition(made, to, field=field, **changes) is made
        assert getattr(made, field) == to
        assert model.objects.filter(pk=made.pk, **{field: to}).exists()
        if to not in model.TRANSITIONS[to]:
            with pytest.raises(InvalidTransition):  # whoever comes second finds it moved
                transition(twin, to, field=field, **changes)
            assert getattr(twin, field) == start
    else:
        with pytest.raises(InvalidTransition) as error:
            transition(made, to, field=field, **changes)
        assert error.value.status == 409
        assert getattr(made, field) == start
        assert model.objects.filter(pk=made.pk).values().get() == before


@pytest.mark.parametrize(("model", "states", "field"), LIFECYCLES, ids=lambda part: getattr(part, "__name__", part))
def test_a_table_says_something_of_each_state_and_of_no_other(model: Any, states: Any, field: str) -> None:
    assert set(model.TRANSITIONS) == set(states)
    assert set().union(*model.TRANSITIONS.values()) <= set(states)


def test_sources_reads_the_table_backwards() -> None:
    assert sources({"a": frozenset("b"), "b": frozenset(), "c": frozenset("ab")}, "b") == ["a", "c"]


def test_a_condition_that_does_not_hold_stops_the_move(row) -> None:
    offer = row(Offer, "state", OfferState.OPEN)
    with pytest.raises(InvalidTransition):
        transition(offer, OfferState.ACCEPTED, only={"deadline__lt": timezone.now()})
    assert Offer.objects.get().state == OfferState.OPEN


# --- What the database forbids, whatever the code does --------------------------------------------------------------


def refused() -> Any:
    return pytest.raises(IntegrityError)


@pytest.mark.parametrize("state", State)
def test_an_interaction_has_an_owner_exactly_while_it_is_worked_on(state: str, agent: User, inbox: Inbox) -> None:
    interaction = InteractionFactory(inbox=inbox)
    wrong = None if state in OWNED else agent
    with refused(), transaction.atomic():
        Interaction.objects.filter(pk=interaction.pk).update(state=state, owner=wrong)


def test_a_customer_has_one_running_interaction_per_inbox(inbox: Inbox) -> None:
    customer = HandleFactory(network=inbox.network)
    first = InteractionFactory(inbox=inbox, customer=customer)
    with refused(), transaction.atomic():
        InteractionFactory(inbox=inbox, customer=customer)
    Interaction.objects.filter(pk=first.pk).update(state=State.ENDED)
    InteractionFactory(inbox=inbox, customer=customer)


def test_an_interaction_has_one_open_offer(row, agent: User) -> None:
    offer = row(Offer, "state", OfferState.OPEN)
    again = {"interaction": offer.interaction, "queue": offer.queue, "deadline": offer.deadline}
    with refused(), transaction.atomic():
        Offer.objects.create(agent=UserFactory(), **again)
    Offer.objects.create(agent=agent, state=OfferState.DECLINED, **again)


def test_an_interaction_has_one_handling_at_a_time(agent: User, inbox: Inbox) -> None:
    interaction = InteractionFactory(inbox=inbox, owner=agent)
    Handling.objects.create(interaction=interaction, agent=agent, queue=inbox.queue)
    with refused(), transaction.atomic():
        Handling.objects.create(interaction=interaction, agent=UserFactory(), queue=inbox.queue)


@pytest.mark.parametrize("facts", [{"load": 2}, {"capacity": 26}, {"load": -1}])
def test_load_and_capacity_have_their_bounds(facts: dict[str, int], agent: User) -> None:
    on_queue(agent)
    with refused(), transaction.atomic():
        AgentStatus.objects.filter(user=agent).update(**facts)


def test_an_id_of_the_platform_is_there_once_per_inbox(inbox: Inbox, webhook: Inbox) -> None:
    MessageFactory(interaction__inbox=inbox, external_id="same")
    MessageFactory(interaction__inbox=webhook, external_id="same")
    with refused(), transaction.atomic():
        MessageFactory(interaction__inbox=inbox, external_id="same")


def test_a_message_is_delivered_by_one_delivery_at_a_time(row) -> None:
    first = row(Delivery, "state", DeliveryState.WAITING)
    again = {"message": first.message, "interaction": first.interaction, "inbox": first.inbox}
    with refused(), transaction.atomic():
        Delivery.objects.create(**again)
    Delivery.objects.filter(pk=first.pk).update(state=DeliveryState.FAILED)
    Delivery.objects.create(**again)
