"""Writing to the customer: what is refused, and how what is taken goes out."""

import io
import uuid

import pytest
from django.core.cache import cache
from django.utils import timezone
from guardian.shortcuts import remove_perm

from accounts.permissions import REPLY_PRIVATE, REPLY_PUBLIC
from delivery.connectors.base import Failure, Receipt, ReceiptKind, SendError
from delivery.due import ON_ITS_WAY
from delivery.models import Delivery, DeliveryState
from delivery.outbox import deliver, deliver_due
from delivery.receipts import apply_receipt
from delivery.receiving import receive
from delivery.replying import needs_confirmation, reply, resend
from interactions import handling
from interactions.attachments import upload
from interactions.models import Attachment, Interaction, Message, MessageStatus, Visibility
from interactions.wrapup import finish_wrap_up
from socialcare.errors import Conflict, Invalid, NotFound, NotPermitted
from tests.factories import InboxFactory, MessageFactory, grant
from tests.network import PNG, Network, post
from tests.scene import connected

pytestmark = pytest.mark.django_db


@pytest.fixture
def interaction(alice, inbox, network: Network) -> Interaction:
    """Alice has it; the customer has written in public."""
    return connected(alice, inbox)


def say(agent, interaction: Interaction, text: str = "Hello", *, visibility: str = "public", **facts) -> list[Message]:
    facts.setdefault("key", uuid.uuid4())
    return reply(agent, interaction.pk, visibility=visibility, text=text, **facts)


def deliver_all() -> None:
    for pk in Delivery.objects.order_by("pk").values_list("pk", flat=True):
        deliver(pk)


def picture(agent, interaction: Interaction, name: str = "map.png") -> Attachment:
    return upload(agent, interaction.pk, io.BytesIO(PNG), name, alt="A map")


def writes(interaction: Interaction, text: str = "More", *, private: bool = False) -> Message:
    [message] = receive(interaction.inbox, [post(text, author=interaction.customer.external_id, private=private)])
    return message


# --- What goes out --------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_the_worker_is_called_before_the_screens_are_told(alice, interaction, monkeypatch) -> None:
    done: list[str] = []
    monkeypatch.setattr("delivery.tasks.send.delay", lambda _number: done.append("called"))
    monkeypatch.setattr("socialcare.events._send", lambda *_: done.append("told"))
    cache.clear()
    say(alice, interaction)
    assert done[0] == "called"
    assert set(done[1:]) == {"told"}


def test_text_and_each_file_are_messages_of_their_own_in_order(alice, interaction, network: Network) -> None:
    files = [picture(alice, interaction, f"{name}.png") for name in ("b", "a")]
    messages = say(alice, interaction, "Look:", attachment_ids=[file.pk for file in files])
    assert [message.part for message in messages] == [0, 1, 2]
    deliver_all()
    assert network.texts == ["Look:", "b.png", "a.png"]
    assert network.sent[1].file.content == PNG
    assert (network.sent[1].file.content_type, network.sent[1].file.alt) == ("image/png", "A map")
    assert [message.attachments.count() for message in messages] == [0, 1, 1]


def test_files_alone_are_enough(alice, interaction, network: Network) -> None:
    say(alice, interaction, "", attachment_ids=[picture(alice, interaction).pk])
    deliver_all()
    assert network.texts == ["map.png"]


def test_a_public_reply_answers_the_newest_post_or_the_one_chosen(alice, interaction, network: Network) -> None:
    first = interaction.messages.get()
    second = writes(interaction)
    [plain] = say(alice, interaction)
    [chosen] = say(alice, interaction, in_reply_to_id=first.pk)
    assert (plain.in_reply_to, chosen.in_reply_to) == (second, first)
    deliver_all()
    assert [sent.target.external_id for sent in network.sent] == [second.external_id, first.external_id]


def test_a_private_reply_needs_no_post(alice, interaction, network: Network) -> None:
    [message] = say(alice, interaction, visibility="private")
    deliver_all()
    assert (message.in_reply_to, network.sent[0].target) == (None, None)
    assert network.sent[0].recipient.external_id == interaction.customer.external_id


def test_a_removed_post_is_not_answered_by_itself(alice, interaction) -> None:
    kept = interaction.messages.get()
    Message.objects.filter(pk=writes(interaction).pk).update(status=MessageStatus.REMOVED)
    assert say(alice, interaction)[0].in_reply_to == kept


def test_the_interaction_remembers_the_reply(alice, interaction) -> None:
    say(alice, interaction, "  It is\non its way.  ")
    interaction.refresh_from_db()
    assert (interaction.preview, interaction.preview_visibility) == ("It is on its way.", "public")
    assert interaction.replied_at
    first = interaction.replied_at
    say(alice, interaction)
    interaction.refresh_from_db()
    assert interaction.replied_at == first


def test_what_is_parked_can_be_answered(alice, interaction) -> None:
    handling.park(alice, interaction.pk)
    assert say(alice, interaction)


def test_what_no_platform_can_carry_is_left_out(alice, interaction, network: Network) -> None:
    [message] = say(alice, interaction, "a\x00b\ud83d\u202e \u200f👍🏽")
    message.refresh_from_db()
    assert message.text == "ab\u202e \u200f👍🏽"


# --- One press sends once -------------------------------------------------------------------------------------------


def test_the_same_key_again_gives_the_same_messages(alice, interaction, network: Network) -> None:
    key = uuid.uuid4()
    file = picture(alice, interaction)
    first = say(alice, interaction, key=key, attachment_ids=[file.pk])
    again = say(alice, interaction, key=key, attachment_ids=[file.pk])
    assert again == first
    deliver_all()
    assert len(network.sent) == 2


def test_the_same_key_after_the_end_still_gives_the_same_messages(alice, interaction) -> None:
    key = uuid.uuid4()
    first = say(alice, interaction, key=key)
    handling.end(alice, interaction.pk)
    assert say(alice, interaction, key=key) == first
    with pytest.raises(Conflict):
        say(alice, interaction)


def test_a_key_counts_within_its_interaction(alice, interaction, inbox) -> None:
    key = uuid.uuid4()
    other = connected(alice, inbox)
    assert say(alice, interaction, key=key) != say(alice, other, key=key)


# --- What is refused ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", "  \n ", "\x00", "\ud800"])
def test_nothing_to_say_is_refused(text: str, alice, interaction) -> None:
    with pytest.raises(Invalid, match="Write something") as error:
        say(alice, interaction, text)
    assert (error.value.field, error.value.code) == ("text", "empty")


def test_a_text_too_long_is_refused_saying_by_how_much(alice, interaction, inbox) -> None:
    inbox.text_limit = 10
    inbox.save()
    with pytest.raises(Invalid, match="2 characters too many") as error:
        say(alice, interaction, "x" * 12)
    assert (error.value.code, error.value.params["over"]) == ("too.long", 2)
    with pytest.raises(Invalid, match="1 character too many"):
        say(alice, interaction, "x" * 11)
    assert say(alice, interaction, "x" * 10)
    assert Message.objects.filter(direction="outbound").count() == 1


def test_a_hundred_thousand_emoji_are_too_long(alice, interaction) -> None:
    with pytest.raises(Invalid, match="too many"):
        say(alice, interaction, "🏳️‍🌈" * 100_000)


def test_a_visibility_that_does_not_exist_is_refused(alice, interaction) -> None:
    with pytest.raises(Invalid) as error:
        say(alice, interaction, visibility="secret")
    assert error.value.field == "visibility"


@pytest.mark.parametrize(
    ("visibility", "right", "name"),
    [
        ("public", REPLY_PUBLIC, "Conversation > Socialmedia > Create"),
        ("private", REPLY_PRIVATE, "Conversation > Message > Create"),
    ],
)
def test_each_visibility_needs_its_permission(visibility: str, right, name: str, alice, interaction, inbox) -> None:
    remove_perm(right.name, alice, inbox)
    alice = type(alice).objects.get(pk=alice.pk)
    with pytest.raises(NotPermitted, match=name) as error:
        say(alice, interaction, visibility=visibility)
    assert error.value.status == 403
    assert say(alice, interaction, visibility="private" if visibility == "public" else "public")


def test_somebody_elses_interaction_cannot_be_answered(sam, interaction) -> None:
    with pytest.raises(Conflict, match="not with you") as error:
        say(sam, interaction)
    assert error.value.code == "not.owner"


def test_what_one_may_not_see_is_not_there(charlie, interaction) -> None:
    for nothing in (interaction.pk, uuid.uuid4(), "nonsense"):
        with pytest.raises(NotFound):
            reply(charlie, nothing, visibility="public", text="Hi", key=uuid.uuid4())


@pytest.mark.parametrize("which", ["of another interaction", "our own", "private", "nonsense", "nothing"])
def test_a_public_reply_answers_only_a_public_post_of_this_conversation(which: str, alice, interaction, inbox) -> None:
    chosen = {
        "of another interaction": lambda: MessageFactory(interaction__inbox=inbox).pk,
        "our own": lambda: MessageFactory(interaction=interaction, agent=alice).pk,
        "private": lambda: MessageFactory(interaction=interaction, visibility=Visibility.PRIVATE).pk,
        "nonsense": lambda: "nonsense",
        "nothing": lambda: uuid.uuid4(),
    }[which]()
    with pytest.raises(Invalid) as error:
        say(alice, interaction, in_reply_to_id=chosen)
    assert error.value.field == "in_reply_to"


def test_without_a_public_post_there_is_nothing_to_answer_in_public(alice, interaction) -> None:
    interaction.messages.update(visibility=Visibility.PRIVATE)
    with pytest.raises(Invalid, match="no public post"):
        say(alice, interaction)


# --- In public after a private message ------------------------------------------------------------------------------


def test_a_public_reply_after_a_private_message_is_confirmed_once(alice, interaction, network: Network) -> None:
    writes(interaction, private=True)
    with pytest.raises(Conflict, match="Answer in public") as error:
        say(alice, interaction)
    assert error.value.code == "confirm.public"
    assert say(alice, interaction, visibility="private")
    interaction.refresh_from_db()
    assert needs_confirmation(interaction)
    assert say(alice, interaction, confirmed=True)
    assert say(alice, interaction)


def test_a_further_private_message_asks_again(alice, interaction, network: Network) -> None:
    writes(interaction, private=True)
    say(alice, interaction, confirmed=True)
    writes(interaction, private=True)
    with pytest.raises(Conflict):
        say(alice, interaction)


def test_saying_yes_to_what_was_not_asked_is_no_yes_for_later(alice, interaction, network: Network) -> None:
    say(alice, interaction, visibility="private", confirmed=True)
    writes(interaction, private=True)
    with pytest.raises(Conflict):
        say(alice, interaction)


# --- Files ----------------------------------------------------------------------------------------------------------


def test_a_file_is_sent_once(alice, interaction) -> None:
    file = picture(alice, interaction)
    say(alice, interaction, attachment_ids=[file.pk, file.pk, str(file.pk)])
    with pytest.raises(Invalid, match="not here any more"):
        say(alice, interaction, attachment_ids=[file.pk])


def test_files_of_others_or_of_elsewhere_are_not_there(alice, bob, interaction, inbox) -> None:
    elsewhere = connected(alice, inbox)
    for wrong in (picture(alice, elsewhere).pk, uuid.uuid4(), "nonsense"):
        with pytest.raises(Invalid) as error:
            say(alice, interaction, attachment_ids=[wrong])
        assert error.value.field == "attachments"


def test_a_platform_that_takes_no_such_files_is_not_sent_any(alice, queue, network: Network) -> None:
    bluesky = InboxFactory(kind="bluesky", queue=queue)
    grant(alice, REPLY_PUBLIC, REPLY_PRIVATE, on=bluesky)
    interaction = connected(alice, bluesky)
    file = picture(alice, interaction)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.network.FakeConnector.platform", "bluesky")
        with pytest.raises(Invalid, match="cannot be sent here") as error:
            say(alice, interaction, visibility="private", attachment_ids=[file.pk])
        assert error.value.code == "media.not.allowed"
        assert say(alice, interaction, attachment_ids=[file.pk])


# --- Resend ---------------------------------------------------------------------------------------------------------


def test_resending_sends_only_the_part_that_failed_under_the_same_key(alice, interaction, network: Network) -> None:
    network.answers = [None, SendError(Failure.REJECTED, "DataFiltered"), None]  # type: ignore[list-item]
    files = [picture(alice, interaction, f"{name}.png") for name in ("one", "two")]
    _text, failed, _other = say(alice, interaction, "Look:", attachment_ids=[file.pk for file in files])
    deliver_all()
    assert network.texts == ["Look:", "two.png"]
    failed.refresh_from_db()
    assert (failed.status, failed.trouble, failed.reason) == ("failed", "refused", "DataFiltered")

    resend(alice, failed.pk)
    failed.refresh_from_db()
    assert (failed.status, failed.trouble, failed.reason) == ("queued", "", "")
    deliver_all()
    assert network.texts == ["Look:", "two.png", "one.png"]
    assert network.sent[1].key == network.sent[-1].key == str(failed.pk)
    assert Message.objects.filter(direction="outbound").count() == 3


def test_resending_what_had_arrived_after_all_makes_no_second_one(alice, interaction, network: Network) -> None:
    def lost(message) -> None:
        network.accept(message)
        raise SendError(Failure.REJECTED, "GeneralError", "the answer was garbled")

    network.answers = [lost]  # type: ignore[list-item]
    [message] = say(alice, interaction)
    deliver_all()
    resend(alice, message.pk)
    deliver_all()
    assert (len(network.sent), len(network.posts)) == (2, 1)
    message.refresh_from_db()
    assert message.status == "sent"


@pytest.mark.parametrize("status", [status for status in MessageStatus if status not in {"failed", "delivery-failed"}])
def test_only_what_has_failed_is_resent(status: str, alice, interaction) -> None:
    [message] = say(alice, interaction)
    Delivery.objects.update(state=DeliveryState.SENT)
    Message.objects.filter(pk=message.pk).update(status=status)
    with pytest.raises(Conflict, match="Only a message that has failed") as error:
        resend(alice, message.pk)
    assert error.value.code == "not.failed"
    assert Delivery.objects.count() == 1


def test_resending_twice_is_refused_the_second_time(alice, interaction, network: Network) -> None:
    network.answers = [SendError(Failure.REJECTED)]
    [message] = say(alice, interaction)
    deliver_all()
    resend(alice, message.pk)
    with pytest.raises(Conflict):
        resend(alice, message.pk)
    assert Delivery.objects.count() == 2


def test_what_is_told_to_have_failed_while_it_is_still_being_sent_waits_for_that(alice, interaction, inbox) -> None:
    [message] = say(alice, interaction)
    Delivery.objects.update(state=DeliveryState.SENDING, lease_until=timezone.now())
    apply_receipt(inbox, Receipt(str(message.pk), ReceiptKind.FAILED, timezone.now()))
    with pytest.raises(Conflict):
        resend(alice, message.pk)


def test_resending_needs_the_interaction_and_the_permission(alice, sam, charlie, interaction, inbox, network) -> None:
    network.answers = [SendError(Failure.REJECTED)]
    [message] = say(alice, interaction)
    deliver_all()
    with pytest.raises(NotFound):
        resend(charlie, message.pk)
    with pytest.raises(NotFound):
        resend(alice, interaction.messages.filter(direction="inbound").first().pk)
    with pytest.raises(Conflict, match="not with you"):
        resend(sam, message.pk)
    remove_perm(REPLY_PUBLIC.name, alice, inbox)
    with pytest.raises(NotPermitted, match="Socialmedia > Create"):
        resend(type(alice).objects.get(pk=alice.pk), message.pk)


def test_resending_goes_on_until_the_wrap_up_is_done(alice, interaction, network: Network) -> None:
    network.answers = [SendError(Failure.REJECTED), SendError(Failure.REJECTED)]
    [message] = say(alice, interaction)
    deliver_all()
    handling.end(alice, interaction.pk)
    resend(alice, message.pk)
    deliver_all()
    finish_wrap_up(alice, interaction.pk)
    with pytest.raises(Conflict, match="not with you"):
        resend(alice, message.pk)


def test_the_clock_finds_what_was_not_woken(
    alice, interaction, network: Network, tasks_at_once, django_capture_on_commit_callbacks
) -> None:
    say(alice, interaction, "One")
    assert deliver_due() == 0, "it is woken already"
    Delivery.objects.update(due_at=timezone.now() - ON_ITS_WAY)
    with django_capture_on_commit_callbacks(execute=True):
        assert deliver_due() == 1
    assert network.texts == ["One"]
