"""Where a customer's message goes: into the running conversation, the last one reopened, or a new one."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from delivery.connectors.base import Author, Edit, Original, Removal
from delivery.models import Receipt
from delivery.receipts import apply_early
from delivery.receiving import receive, receive_post
from interactions import handling
from interactions.models import Contact, Handle, Handling, Interaction, Message, MessageStatus, State
from queues.models import AfterContactWork
from tests.factories import InboxFactory, MessageFactory, SkillFactory
from tests.network import PICTURE, post
from tests.scene import connected

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("network")]


def ended(alice, inbox, **since: float) -> Interaction:
    """An interaction that ended so long ago."""
    inbox.queue.acw_mode = AfterContactWork.AGENT_REQUESTED
    inbox.queue.save()
    interaction = connected(alice, inbox)
    handling.end(alice, interaction.pk)
    Interaction.objects.filter(pk=interaction.pk).update(ended_at=timezone.now() - timedelta(**since))
    interaction.refresh_from_db()
    return interaction


def writes_again(interaction: Interaction, **facts) -> Interaction:
    [message] = receive(interaction.inbox, [post("Again", author=interaction.customer.external_id, **facts)])
    return message.interaction


# --- A new one ------------------------------------------------------------------------------------------------------


def test_a_first_message_starts_an_interaction(inbox, queue) -> None:
    inbox.priority = 3
    inbox.save()
    [message] = receive(
        inbox, [post("Where is\nmy   parcel?", author="dana", language="en", url="https://n.example/1")]
    )
    interaction = Interaction.objects.get()
    assert (interaction.state, interaction.queue, interaction.priority) == (State.WAITING, queue, 3)
    assert (interaction.subject, interaction.preview) == ("Where is my parcel?", "Where is my parcel?")
    assert interaction.rank == interaction.queued_at - timedelta(minutes=3)
    assert (message.status, message.direction, message.visibility) == ("received", "inbound", "public")
    assert (message.text, message.author.contact.name) == ("Where is\nmy   parcel?", "Dana")


def test_a_new_one_of_a_customer_known_from_before_names_who_last_spoke_with_them(alice, inbox) -> None:
    before = ended(alice, inbox, hours=100)
    again = writes_again(before)
    assert again.pk != before.pk
    assert (again.state, again.last_agent) == (State.ALERTING, alice)


def test_it_asks_for_the_skills_of_its_inbox_however_many(inbox) -> None:
    inbox.skills.set([SkillFactory() for _ in range(9)])
    receive(inbox, [post()])
    interaction = Interaction.objects.get()
    assert interaction.skills.count() == len(interaction.skill_key.split(",")) == 9


def test_a_repeat_changes_nothing(inbox) -> None:
    same = post("Once")
    message, new = receive_post(inbox, same)
    again, new_again = receive_post(inbox, same)
    assert (again, new, new_again) == (message, True, False)
    assert Message.objects.count() == Interaction.objects.get().version == 1


def test_a_repeat_under_another_name_meets_nobody(inbox) -> None:
    same = post("Once")
    message, _new = receive_post(inbox, same)
    again, new = receive_post(inbox, replace(same, author=replace(same.author, external_id="somebody-else")))
    assert (again, new) == (message, False)
    assert (Handle.objects.count(), Contact.objects.count()) == (1, 1)


def test_what_the_brand_itself_wrote_is_nobodys_message(inbox) -> None:
    assert receive(inbox, [post("Our own", author=inbox.account_id)]) == [None]
    assert not Interaction.objects.exists()


def test_the_original_post_is_kept(inbox) -> None:
    original = Original("root", "@brand", "Sale!", "https://n.example/root", timezone.now())
    [message] = receive(inbox, [post(original=original, thread="root")])
    message.refresh_from_db()
    assert (message.original["text"], message.original["url"], message.thread) == (
        "Sale!",
        "https://n.example/root",
        "root",
    )


def test_what_it_answers_is_linked(alice, inbox) -> None:
    interaction = connected(alice, inbox)
    ours = MessageFactory(interaction=interaction, agent=alice, external_id="ours")
    [message] = receive(inbox, [post(author=interaction.customer.external_id, reply_to="ours")])
    assert message.in_reply_to == ours


# --- Joining, reopening ---------------------------------------------------------------------------------------------


def test_a_following_message_joins_the_running_interaction(alice, inbox) -> None:
    interaction = connected(alice, inbox)
    assert writes_again(interaction, private=True) == interaction
    interaction.refresh_from_db()
    assert (interaction.state, interaction.owner) == (State.CONNECTED, alice)
    assert (interaction.customer_visibility, interaction.preview_visibility) == ("private", "private")


def test_what_waits_keeps_its_place(inbox) -> None:
    receive(inbox, [post()])
    interaction = Interaction.objects.get()
    assert writes_again(interaction) == interaction
    before = interaction.queued_at
    interaction.refresh_from_db()
    assert (interaction.state, interaction.queued_at) == (State.WAITING, before)


def test_what_is_parked_stays_parked_and_unread(alice, inbox) -> None:
    interaction = connected(alice, inbox)
    handling.park(alice, interaction.pk)
    writes_again(interaction)
    interaction.refresh_from_db()
    assert (interaction.state, interaction.unread) == (State.PARKED, 1)


def test_the_same_customer_in_another_inbox_is_another_interaction(inbox, webhook) -> None:
    receive(inbox, [post(author="dana")])
    receive(webhook, [post(author="dana")])
    assert Interaction.objects.count() == 2


def test_within_the_hours_of_the_inbox_it_reopens_through_the_queue(alice, inbox) -> None:
    interaction = ended(alice, inbox, hours=71)
    before = timezone.now()
    assert writes_again(interaction) == interaction
    interaction.refresh_from_db()
    assert (interaction.state, interaction.owner, interaction.ended_at, interaction.wrap_up_code) == (
        State.WAITING,
        None,
        None,
        None,
    )
    assert interaction.queued_at >= before
    assert interaction.last_agent == alice
    assert interaction.messages.count() == 2


def test_after_them_a_new_one_starts(alice, inbox) -> None:
    interaction = ended(alice, inbox, hours=73)
    assert writes_again(interaction) != interaction
    interaction.refresh_from_db()
    assert interaction.state == State.ENDED
    assert Interaction.objects.filter(customer=interaction.customer).count() == 2


@pytest.mark.parametrize(("hours", "reopened"), [(0, False), (1, True)])
def test_the_hours_are_the_inboxs(hours: int, reopened: bool, alice, inbox) -> None:
    interaction = ended(alice, inbox, minutes=30)
    inbox.reopen_hours = hours
    inbox.save()
    [message] = receive(inbox, [post(author=interaction.customer.external_id)])
    assert (message.interaction == interaction) is reopened


def test_of_several_ended_ones_the_last_is_reopened(alice, inbox) -> None:
    first = ended(alice, inbox, hours=50)
    inbox.reopen_hours = 1
    inbox.save()
    [message] = receive(inbox, [post(author=first.customer.external_id)])
    Interaction.objects.filter(pk=message.interaction_id).update(state=State.ENDED, ended_at=timezone.now())
    inbox.reopen_hours = 72
    inbox.save()
    [again] = receive(inbox, [post(author=first.customer.external_id)])
    assert again.interaction == message.interaction


def test_a_clock_set_back_reopens_nothing_while_one_is_running(alice, inbox) -> None:
    old = ended(alice, inbox, hours=-1)
    inbox.reopen_hours = 0
    running = Interaction.objects.create(inbox=inbox, customer=old.customer, queue=inbox.queue)
    assert writes_again(running) == running


# --- Customers ------------------------------------------------------------------------------------------------------


def test_a_customer_is_met_once_and_keeps_their_name_up_to_date(inbox) -> None:
    receive(inbox, [post(author="dana")])
    renamed = post()
    receive(
        inbox,
        [
            type(renamed)(
                "other",
                renamed.visibility,
                Author("dana", "@dana2", "Dana Scully", followers=12, verified=True),
                "Hi",
                timezone.now(),
            )
        ],
    )
    handle = Handle.objects.get()
    assert (handle.handle, handle.name, handle.followers, handle.verified) == ("@dana2", "Dana Scully", 12, True)
    assert Contact.objects.count() == 1


def test_a_network_of_all_is_one_network(queue) -> None:
    first, second = (InboxFactory(kind="bluesky", queue=queue) for _ in range(2))
    receive(first, [post(author="did:plc:dana")])
    receive(second, [post(author="did:plc:dana")])
    assert Handle.objects.count() == 1


# --- Edited, removed ------------------------------------------------------------------------------------------------


def test_an_edit_changes_the_text_and_an_older_one_does_not(inbox) -> None:
    now = timezone.now()
    [message] = receive(inbox, [post("Frist")])
    receive(inbox, [Edit(message.external_id, "First", now), Edit(message.external_id, "Fr", now - timedelta(hours=1))])
    message.refresh_from_db()
    assert (message.text, message.edited_at) == ("First", now)
    assert Interaction.objects.get().preview == "First"


def test_a_removal_shows_as_such_once(inbox) -> None:
    [message] = receive(inbox, [post("Secret")])
    at = timezone.now()
    receive(inbox, [Removal(message.external_id, at), Removal(message.external_id, at + timedelta(hours=1))])
    message.refresh_from_db()
    assert (message.status, message.removed_at, message.text) == (MessageStatus.REMOVED, at, "Secret")
    assert Interaction.objects.get().preview == ""


def test_a_removal_that_comes_before_its_post_is_not_forgotten(inbox) -> None:
    removed = post("Too late")
    receive(inbox, [Removal(removed.external_id, timezone.now())])
    receive(inbox, [removed])
    apply_early()
    assert Message.objects.get().status == MessageStatus.REMOVED
    assert not Receipt.objects.exists()


# --- Bad input ------------------------------------------------------------------------------------------------------


def test_what_no_database_can_carry_is_left_out_and_the_rest_is_kept(inbox) -> None:
    bad = "a\x00b\ud83d\u202ec"
    [message] = receive(
        inbox,
        [
            post(
                bad,
                author=f"dana{bad}",
                external_id=f"id{bad}",
                thread=bad,
                extra={"deep": [{"er": bad}], bad: 1},
                original=Original("o", bad, bad),
            )
        ],
    )
    message.refresh_from_db()
    assert message.text == "ab\u202ec"
    assert (message.extra["deep"], message.original["text"]) == ([{"er": "ab\u202ec"}], "ab\u202ec")
    assert receive_post(inbox, post(author=f"dana{bad}"[:4], external_id="idab\u202ec"))[1] is False


def test_a_hundred_thousand_emoji_are_a_message(inbox) -> None:
    [message] = receive(inbox, [post("👩‍🚀" * 50_000)])
    message.refresh_from_db()
    assert len(message.text) == 100_000
    assert len(Interaction.objects.get().preview) == 200


def test_addresses_and_names_too_long_to_keep_do_not_stop_a_message(inbox) -> None:
    long = "https://n.example/" + "x" * 3000
    base = post("Hello", url=long)
    [message] = receive(
        inbox,
        [
            type(base)(
                base.external_id,
                base.visibility,
                Author("dana", "h" * 300, "n" * 300, long, long),
                "Hello",
                timezone.now(),
                url=long,
                language="x" * 40,
            )
        ],
    )
    message.refresh_from_db()
    assert (message.url, message.author.avatar_url, len(message.author.name)) == ("", "", 255)


def test_a_picture_comes_along_and_a_broken_one_is_kept_as_bytes(inbox) -> None:
    broken = type(PICTURE)(content=PICTURE.content[:20], name="../../etc/pass\u202ewd.png")
    [message] = receive(inbox, [post(media=[PICTURE, broken])])
    good, bad = message.attachments.order_by("created_at")
    assert (good.content_type, good.width, good.alt, good.name) == ("image/png", 1, "A parcel", "parcel.png")
    assert (bad.content_type, bad.name, bad.size) == ("application/octet-stream", "passwd.bin", 20)


def test_lists_do_not_go_on_showing_how_a_removed_post_began(inbox) -> None:
    first, _new = receive_post(inbox, post("My address is 7 Elm Street"))
    receive(inbox, [Removal(first.external_id, timezone.now())])
    interaction = Interaction.objects.get()
    assert (interaction.subject, interaction.preview) == ("", "")


def test_a_name_turns_nothing_that_is_written_after_it(inbox) -> None:
    message, _new = receive_post(inbox, replace(post(), author=Author("x", "@x", "Eve\n\u202e\u2066gnp שלום\u202c")))
    assert (message.author.name, message.author.contact.name) == ("Eve gnp שלום", "Eve gnp שלום")


# --- The cost -------------------------------------------------------------------------------------------------------


def test_a_message_of_a_running_interaction_takes_eight_statements(alice, inbox, django_assert_max_num_queries) -> None:
    interaction = connected(alice, inbox)
    known = inbox.__class__.objects.get(pk=inbox.pk)
    same_profile = Author(interaction.customer.external_id)
    message = post()
    with django_assert_max_num_queries(8):
        receive_post(known, type(message)("in-x", message.visibility, same_profile, "Hi", timezone.now()))


def test_a_new_interaction_takes_twelve_statements(inbox, django_assert_max_num_queries) -> None:
    known = inbox.__class__.objects.get(pk=inbox.pk)
    with django_assert_max_num_queries(12):
        receive_post(known, post())


def test_a_repeat_costs_no_more_than_a_first(alice, inbox, django_assert_max_num_queries) -> None:
    same = post()
    receive_post(inbox, same)
    with django_assert_max_num_queries(4):
        receive_post(inbox, same)
    assert Handling.objects.count() == 0
