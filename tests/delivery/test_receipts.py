"""What platforms say about our messages: twice, late, early, in any order."""

import itertools
import random
import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from delivery import outbox
from delivery.claiming import claim
from delivery.connectors.base import Failure, Receipt, ReceiptKind, SendError
from delivery.ending import finish
from delivery.models import Delivery, DeliveryState
from delivery.models import Receipt as Kept
from delivery.outbox import deliver
from delivery.receipts import apply_early, apply_receipt
from delivery.replying import reply
from interactions.models import Interaction, Message, MessageStatus, Trouble
from tests.factories import MessageFactory
from tests.network import Network
from tests.scene import connected

pytestmark = pytest.mark.django_db
K = ReceiptKind
RANK = {
    **dict.fromkeys(["queued", "failed"], 0),
    "sent": 1,
    "delivery-failed": 2,
    **dict.fromkeys(["published", "delivery-success"], 3),
    "read": 4,
    "removed": 5,
}


@pytest.fixture
def interaction(alice, inbox, network: Network) -> Interaction:
    return connected(alice, inbox)


@pytest.fixture
def sent(alice, interaction: Interaction) -> Message:
    """A private message that the platform has taken."""
    [message] = reply(alice, interaction.pk, visibility="private", text="Hello", key=uuid.uuid4())
    deliver(message.deliveries.get().pk)
    message.refresh_from_db()
    return message


def tell(message: Message, *kinds: ReceiptKind, **facts) -> Message:
    name = message.external_id or str(message.pk)
    for kind in kinds:
        apply_receipt(message.inbox, Receipt(name, kind, timezone.now(), **facts))
    message.refresh_from_db()
    return message


@pytest.mark.parametrize(
    ("kinds", "status"),
    [
        ([K.DELIVERED], "delivery-success"),
        ([K.DELIVERED, K.DELIVERED], "delivery-success"),
        ([K.READ, K.DELIVERED, K.SENT], "read"),
        ([K.PUBLISHED], "published"),
        ([K.PUBLISHED, K.REMOVED], "removed"),
        ([K.REMOVED, K.PUBLISHED, K.READ], "removed"),
        ([K.FAILED], "delivery-failed"),
        ([K.FAILED, K.SENT], "delivery-failed"),
        ([K.FAILED, K.DELIVERED], "delivery-success"),
        ([K.DELIVERED, K.FAILED], "delivery-success"),
    ],
)
def test_status_moves_forward_only(kinds: list[ReceiptKind], status: str, sent: Message) -> None:
    assert tell(sent, *kinds).status == status


def test_any_order_of_any_receipts_moves_forward_and_ends_in_the_same_place(inbox, interaction, alice) -> None:
    chance = random.Random(7)
    possible = [K.SENT, K.DELIVERED, K.READ, K.FAILED, K.REMOVED, K.PENDING]
    for chosen in [*itertools.combinations(possible, 2), possible]:
        ends = set()
        for _ in range(2):
            message = MessageFactory(interaction=interaction, agent=alice, status=MessageStatus.SENT)
            told = [*chosen, *chance.sample(chosen, 1)]
            chance.shuffle(told)
            ranks = [RANK[message.status], *(RANK[tell(message, kind).status] for kind in told)]
            assert ranks == sorted(ranks), told
            ends.add(message.status)
        assert len(ends) == 1, chosen


def test_a_failure_says_why(sent: Message) -> None:
    tell(sent, K.FAILED, reason="RecipientOptedOut", detail="STOP")
    assert (sent.trouble, sent.reason, sent.detail) == (Trouble.REFUSED, "RecipientOptedOut", "STOP")


def test_a_failure_for_lack_of_quota_says_so_and_one_of_an_unknown_reason_gives_none(sent: Message, alice) -> None:
    tell(sent, K.FAILED, reason="RateLimited")
    assert sent.trouble == Trouble.LIMIT
    other = MessageFactory(interaction=sent.interaction, agent=alice, status="sent")
    assert tell(other, K.FAILED, reason="SomethingNew").reason == "GeneralError"


def test_what_waits_for_its_recipient_says_so_until_it_has_arrived(sent: Message) -> None:
    assert tell(sent, K.PENDING).trouble == Trouble.PENDING
    assert tell(sent, K.SENT).trouble == Trouble.PENDING
    assert tell(sent, K.DELIVERED).trouble == ""
    assert tell(sent, K.PENDING).trouble == ""


def test_pending_that_comes_before_our_own_commit_is_not_forgotten(alice, interaction, network: Network) -> None:
    [message] = reply(alice, interaction.pk, visibility="private", text="Hello", key=uuid.uuid4())

    def told_at_once(_outbound) -> None:
        apply_receipt(message.inbox, Receipt(str(message.pk), K.PENDING, timezone.now()))

    network.answers = [told_at_once]  # type: ignore[list-item]
    deliver(message.deliveries.get().pk)
    message.refresh_from_db()
    assert (message.status, message.trouble) == ("sent", Trouble.PENDING)


@pytest.mark.parametrize("by", ["the platform's id", "our key"])
def test_receipts_before_our_own_commit(by: str, alice, interaction, network: Network) -> None:
    [message] = reply(alice, interaction.pk, visibility="private", text="Hello", key=uuid.uuid4())

    def told_at_once(_outbound) -> None:
        name = f"sent-{message.pk}" if by == "the platform's id" else str(message.pk)
        for seconds, kind in ((2, K.READ), (1, K.DELIVERED)):
            apply_receipt(message.inbox, Receipt(name, kind, timezone.now() + timedelta(seconds=seconds)))

    network.answers = [told_at_once]  # type: ignore[list-item]
    deliver(message.deliveries.get().pk)
    message.refresh_from_db()
    assert message.status == "read"
    assert not Kept.objects.exists()
    assert Delivery.objects.get().state == DeliveryState.SENT


def test_a_receipt_that_was_stored_while_the_id_was_being_written_is_found_by_the_clock(sent: Message) -> None:
    Kept.objects.create(inbox=sent.inbox, external_id=sent.external_id, kind=K.DELIVERED, at=timezone.now())
    Kept.objects.create(inbox=sent.inbox, external_id="somebody else's", kind=K.DELIVERED, at=timezone.now())
    assert apply_early() == 1
    sent.refresh_from_db()
    assert sent.status == "delivery-success"
    assert Kept.objects.get().external_id == "somebody else's"


def test_receipts_that_nobody_asks_for_are_forgotten_after_a_week(inbox) -> None:
    for days in (6, 8):
        old = timezone.now() - timedelta(days=days)
        Kept.objects.create(inbox=inbox, external_id=f"x{days}", kind=K.READ, at=old, created_at=old)
    apply_early()
    assert Kept.objects.get().external_id == "x6"


def test_receipts_of_another_inbox_are_not_ours(sent: Message, webhook) -> None:
    assert not apply_receipt(webhook, Receipt(sent.external_id, K.DELIVERED, timezone.now()))
    sent.refresh_from_db()
    assert sent.status == "sent"


def test_a_customers_message_gets_no_receipts(interaction, inbox) -> None:
    theirs = interaction.messages.get()
    assert not apply_receipt(inbox, Receipt(theirs.external_id, K.READ, timezone.now()))
    theirs.refresh_from_db()
    assert theirs.status == "received"


def test_a_receipt_shows_that_what_we_thought_lost_has_arrived(alice, interaction, network: Network) -> None:
    network.idempotent = False
    network.answers = [SendError(Failure.UNCERTAIN)]
    [message] = reply(alice, interaction.pk, visibility="public", text="Hello", key=uuid.uuid4())
    deliver(message.deliveries.get().pk)
    message.refresh_from_db()
    assert message.trouble == Trouble.UNCERTAIN
    assert tell(message, K.PUBLISHED).status == "published"
    assert message.trouble == ""


def test_a_receipt_ends_the_tries(alice, interaction, network: Network) -> None:
    network.answers = [SendError(Failure.SERVER)]
    [message] = reply(alice, interaction.pk, visibility="private", text="Hello", key=uuid.uuid4())
    delivery = message.deliveries.get()
    deliver(delivery.pk)
    tell(message, K.DELIVERED)
    Delivery.objects.update(due_at=timezone.now())
    assert not deliver(delivery.pk)
    assert (Delivery.objects.get().state, len(network.sent)) == (DeliveryState.SENT, 1)


def test_a_receipt_of_failure_before_our_commit_stays(alice, interaction, network: Network) -> None:
    [message] = reply(alice, interaction.pk, visibility="private", text="Hello", key=uuid.uuid4())
    claimed = claim(message.deliveries.get().pk)
    answer = outbox._send(claimed)
    tell(message, K.FAILED, reason="InvalidDestination")
    finish(claimed, answer)
    message.refresh_from_db()
    assert (message.status, message.reason) == ("delivery-failed", "InvalidDestination")
