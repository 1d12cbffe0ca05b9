"""One interaction, from the first message to the wrap-up."""

import uuid

import pytest
from django.utils import timezone

from delivery.connectors.base import Receipt, ReceiptKind
from delivery.models import Delivery, DeliveryState
from delivery.outbox import deliver
from delivery.receipts import apply_receipt
from delivery.receiving import receive
from delivery.replying import reply
from interactions import handling, offers, shifts, wrapup
from interactions.models import Interaction, Message, Offer, OfferState, State
from queues.models import AgentStatus, RoutingStatus
from tests.factories import WrapUpCodeFactory
from tests.network import Network, post


@pytest.mark.django_db
def test_from_the_first_message_to_the_wrap_up(alice, inbox, queue, network: Network) -> None:
    shifts.go_on_queue(alice)
    receive(inbox, [post("Where is my parcel?")])
    interaction = Interaction.objects.get()
    assert interaction.state == State.ALERTING
    assert AgentStatus.objects.get(user=alice).routing_status == RoutingStatus.INTERACTING

    offers.accept(alice, Offer.objects.get(state=OfferState.OPEN).pk)
    interaction.refresh_from_db()
    assert (interaction.state, interaction.owner) == (State.CONNECTED, alice)

    [message] = reply(alice, interaction.pk, visibility="public", text="It is on its way.", key=uuid.uuid4())
    assert deliver(Delivery.objects.get().pk)
    message.refresh_from_db()
    assert (message.status, message.external_id) == ("sent", f"sent-{message.pk}")
    assert Delivery.objects.get().state == DeliveryState.SENT
    assert network.texts == ["It is on its way."]

    apply_receipt(inbox, Receipt(message.external_id, ReceiptKind.PUBLISHED, timezone.now()))
    assert Message.objects.get(pk=message.pk).status == "published"

    handling.end(alice, interaction.pk)
    code = WrapUpCodeFactory(name="Answered")
    code.queues.add(queue)
    wrapup.finish_wrap_up(alice, interaction.pk, code_id=code.pk, notes="Sent the link.", tags=["parcel"])
    interaction.refresh_from_db()
    assert (interaction.state, interaction.owner, interaction.wrap_up_code) == (State.ENDED, None, code)
    assert AgentStatus.objects.get(user=alice).routing_status == RoutingStatus.IDLE
