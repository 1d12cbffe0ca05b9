"""One conversation from end to end: a real post, offered, answered in public and in private, seen by the customer."""

import uuid

import pytest
from django.utils import timezone

from delivery import tasks
from delivery.models import Delivery, DeliveryState, Position
from delivery.replying import reply, resend
from interactions.handling import end
from interactions.models import Interaction, Message, MessageStatus, Offer, OfferState, State, Visibility
from interactions.offers import accept
from interactions.wrapup import finish_wrap_up
from queues.models import AfterContactWork
from tests.factories import InboxFactory, QueueFactory, UserFactory, agent_of, on_queue
from tests.networks.bluesky.people import eventually, reference
from tests.networks.bluesky.pictures import png

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("tasks_at_once")]


@pytest.fixture
def inbox(brand):
    settings = {"handle": brand.handle, "service": brand.service, "chat_did": brand.chat_did}
    inbox = InboxFactory(
        kind="bluesky",
        settings=settings,
        secrets={"app_password": brand.password},
        account_id=brand.did,
        queue=QueueFactory(acw_mode=AfterContactWork.OPTIONAL),
    )
    look()
    return inbox


@pytest.fixture
def alice(inbox):
    user = agent_of(UserFactory(username="alice"), inbox.queue, inbox)
    on_queue(user)
    return user


def look():
    """What the clock does every two seconds; the pause between two looks is over."""
    Position.objects.update(due_at=timezone.now())
    tasks.poll_inboxes()


def looking(found):
    """Look until `found` gives something."""
    return eventually(lambda: look() or found())


def say(user, interaction, visibility, text, **options):
    return reply(user, interaction.pk, visibility=visibility, text=text, key=uuid.uuid4(), **options)


def offered():
    return Offer.objects.filter(state=OfferState.OPEN).first()


def test_a_shift(brand, customer, chat, inbox, alice):
    question = customer.mention(brand, "my zoetrope is broken")
    offer = looking(offered)
    interaction = accept(alice, offer.pk)
    [asked] = interaction.messages.all()
    assert (asked.external_id, asked.visibility) == (question.uri, Visibility.PUBLIC)
    assert asked.author.external_id == customer.did

    [answer] = say(alice, interaction, "public", "Sorry! Which one is it?", in_reply_to_id=asked.pk)
    seen = eventually(lambda: customer.thread(question.uri).replies)
    assert [each.post.record.text for each in seen] == ["Sorry! Which one is it?"]
    looking(lambda: Message.objects.get(pk=answer.pk).status == MessageStatus.PUBLISHED)

    [asking] = say(alice, interaction, "private", "Please tell us your order number.")
    convo, convos = customer.chat_with(chat, brand)
    assert [each.text for each in convos.get_messages({"convo_id": convo}).messages] == [
        "Please tell us your order number."
    ]
    assert Message.objects.get(pk=asking.pk).status == MessageStatus.DELIVERED

    convos.send_message({"convo_id": convo, "message": {"text": "It is 4711."}})
    told = looking(lambda: interaction.messages.filter(text="It is 4711.").first())
    assert told.visibility == Visibility.PRIVATE
    assert Interaction.objects.count() == 1

    customer.client.delete_post(question.uri)
    looking(lambda: Message.objects.get(pk=asked.pk).removed_at)

    end(alice, interaction.pk)
    finish_wrap_up(alice, interaction.pk)
    interaction.refresh_from_db()
    assert interaction.state == State.ENDED


def test_a_picture_of_the_customer_reaches_the_agent(brand, customer, inbox, alice):
    ours = brand.says("Show us your zoetropes!")
    customer.client.send_image("Here", png(), "a strip", reply_to=reference(ours, ours))

    interaction = accept(alice, looking(offered).pk)

    message = interaction.messages.get()
    assert message.original["text"] == "Show us your zoetropes!"
    attachment = looking(lambda: message.attachments.first())
    assert attachment.alt == "a strip"


def test_a_line_cut_in_the_outbox_gives_one_post(brand, customer, inbox, alice, cutting, settings):
    settings.RETRY_SECONDS = [0, 0]
    customer.mention(brand, "hello?")
    interaction = accept(alice, looking(offered).pk)
    inbox.settings = {**inbox.settings, "service": cutting.url}
    inbox.save()
    look()
    cutting.cut = b"com.atproto.repo.putRecord"

    [message] = say(alice, interaction, "public", "Hello!", in_reply_to_id=interaction.messages.get().pk)

    assert Delivery.objects.get().state == DeliveryState.WAITING
    assert cutting.swallowed == 1
    eventually(lambda: tasks.tick() or Delivery.objects.get().state == DeliveryState.SENT)
    looking(lambda: Message.objects.get(pk=message.pk).status == MessageStatus.PUBLISHED)
    records = {"repo": brand.did, "collection": "app.bsky.feed.post"}
    assert len(brand.person.client.com.atproto.repo.list_records(records).records) == 1


def test_an_uncertain_private_message_waits_for_the_agent(brand, customer, chat, inbox, alice):
    customer.tell(chat, brand, "psst")
    interaction = accept(alice, looking(offered).pk)
    chat.weather = "late"

    [message] = say(alice, interaction, "private", "Yes?")

    assert Delivery.objects.get().state == DeliveryState.UNCERTAIN
    resend(alice, message.pk)
    message.refresh_from_db()
    assert message.status == MessageStatus.DELIVERED
    convo, convos = customer.chat_with(chat, brand)
    assert [each.text for each in convos.get_messages({"convo_id": convo}).messages] == ["Yes?", "psst"]
