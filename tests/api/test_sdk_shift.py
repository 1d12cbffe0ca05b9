"""A whole shift without the panel: the public SDK, a notification channel, and the brand's own webhook."""

import io
import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from PIL import Image

from tests.api.shift import Agent, Customer, House, known, panel_of, refused, until
from tests.api.webhook import serving

if TYPE_CHECKING:
    from tests.product import Product

pytestmark = [pytest.mark.long, pytest.mark.timeout(360)]
SECRET = "a secret of more than sixteen characters"


def picture() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (300, 200), "teal").save(made, "PNG")
    return made.getvalue()


@pytest.fixture(scope="module")
def house(live_product: "Product") -> Iterator[House]:
    with serving(SECRET) as webhook:
        yield House(live_product, webhook)


@pytest.fixture
def alice(live_product: "Product", house: House) -> Iterator[Agent]:
    """Alone in the queue, idle, listening."""
    house.staff(house.queue, "alice")
    agent = Agent(live_product, "alice")
    agent.be("OFF_QUEUE")
    with agent.listening():
        agent.be("IDLE")
        yield agent
        agent.be("OFF_QUEUE")


@pytest.fixture
def bob(live_product: "Product", house: House) -> Iterator[Agent]:
    """Off queue, listening, and no member of the queue."""
    house.staff(house.second, "bob")
    agent = Agent(live_product, "bob")
    agent.be("OFF_QUEUE")
    with agent.listening():
        yield agent
        agent.be("OFF_QUEUE")


def answered(agent: Agent, conversation: str) -> Any:
    """Their part, answered as soon as it alerts."""
    part = agent.part(conversation, "alerting")
    agent.move(conversation, part, "connected")
    return agent.part(conversation, "connected")


def status_of(agent: Agent, conversation: str, message: str) -> str:
    return str(known(agent.conversations.get_conversations_message_message(conversation, message)).status)


def test_a_whole_shift(live_product: "Product", house: House, alice: Agent) -> None:
    maya = Customer(house, "Maya")
    conversation = maya.write("Where is my parcel?").conversation_id

    alerted = alice.part(conversation, "alerting")
    assert alerted.alerting_timeout_ms == 60_000
    assert conversation in alice.work()
    alice.move(conversation, alerted, "connected")
    part = alice.part(conversation, "connected")
    assert part.id == alerted.id
    seen = alice.conversation(conversation)
    [customer] = [each for each in seen.participants if each.purpose == "customer"]
    read = known(
        alice.conversations.post_conversations_message_messages_bulk(
            conversation, body=[each.message_id for each in customer.messages]
        )
    )
    assert [each.normalized_message.text for each in read.entities] == ["Where is my parcel?"]

    # In private
    send = alice.conversations.post_conversations_message_communication_messages
    typing = alice.conversations.post_conversations_message_communication_typing
    typing(conversation, part.id, {"typing": {"type": "On", "duration": 2000}})
    query = {"queryPhrase": house.canned.name, "pageSize": 5}
    [canned] = known(alice.responses.post_responsemanagement_responses_query(query)).results.entities
    text = canned.texts[0].content.replace("{{CUSTOMER_NAME}}", maya.name)
    sent = known(send(conversation, part.id, {"textBody": text}))
    out = house.webhook.next()
    assert (out["id"], out["text"], out["channel"]["type"]) == (sent.id, "I am looking into it, Maya", "Private")
    assert out["channel"]["to"]["id"] == maya.id
    until(lambda: status_of(alice, conversation, sent.id) == "sent")
    maya.tell(out, "Delivered")
    until(lambda: status_of(alice, conversation, sent.id) == "delivery-success")

    # A picture
    uploads = alice.conversations.post_conversations_message_communication_messages_media_uploads
    announced = known(uploads(conversation, part.id, {"fileName": "label.png"}))
    media = alice.conversations.get_conversations_message_communication_messages_media_media_id
    assert known(media(conversation, part.id, announced.id)).status == "uploading"
    assert httpx.put(announced.upload_url, content=picture(), headers=announced.upload_headers).status_code == 200
    assert known(media(conversation, part.id, announced.id)).status == "valid"
    sent = known(send(conversation, part.id, {"mediaIds": [announced.id]}))
    out = house.webhook.next()
    [content] = out["content"]
    assert content["attachment"]["mediaType"] == "Image"
    assert httpx.get(content["attachment"]["url"]).content == picture()
    maya.tell(out, "Failed", reasons=[{"code": "MediaTypeNotAllowed", "message": "No pictures, please"}])
    until(lambda: status_of(alice, conversation, sent.id) == "delivery-failed")
    lost = known(alice.conversations.get_conversations_message_message(conversation, sent.id))
    assert lost.normalized_receipts[-1].reasons[0].code == "MediaTypeNotAllowed"

    # In public, to a chosen post
    chosen, _other = maya.post("Nobody answers me!", "Hello?")
    public = alice.conversations.post_conversations_message_communication_socialmedia_messages
    body = {"textBody": "It is on its way", "inReplyToMessageId": chosen.id}
    sent = known(public(conversation, part.id, body))
    out = house.webhook.next()
    assert (out["channel"]["type"], out["text"]) == ("Public", "It is on its way")
    assert out["channel"]["publicMetadata"]["replyToId"] == chosen.channel.message_id
    maya.tell(out, "Published")
    until(lambda: status_of(alice, conversation, sent.id) == "published")

    # End, and wrap up
    alice.move(conversation, part, "disconnected")
    ended = alice.part(conversation, "disconnected")
    assert (ended.wrapup_required, ended.wrapup) == (True, None)
    [code] = alice.conversations.get_conversations_message_participant_wrapupcodes(conversation, part.id)
    assert code.id == house.code.id
    wrap_up = alice.conversations.post_conversations_message_participant_communication_wrapup
    wrong = refused(400, wrap_up, conversation, part.id, part.id, body={"code": str(uuid.uuid4())})
    assert wrong["details"][0]["fieldName"] == "code"
    wrap_up(conversation, part.id, part.id, body={"code": code.id, "notes": "Label sent", "tags": ["parcel"]})
    done = known(alice.conversations.get_conversations_message_participant_wrapup(conversation, part.id))
    assert (done.code, done.notes, done.tags) == (code.id, "Label sent", ["parcel"])
    whole = known(alice.conversations.get_conversation(conversation))
    assert whole.state == "disconnected"
    assert whole.participants[-1].messages[0].id == part.id
    assert conversation not in alice.work()


def test_a_declined_one_goes_back(house: House, alice: Agent) -> None:
    conversation = Customer(house, "Noor").write("Hello?").conversation_id
    part = alice.part(conversation, "alerting")
    alice.move(conversation, part, "disconnected")
    assert alice.status == "NOT_RESPONDING"
    again = refused(
        409,
        alice.conversations.patch_conversations_message_participant,
        conversation,
        part.id,
        body={"state": "connected"},
    )
    assert again["code"] == "offer.declined"
    seen = alice.conversation(conversation)
    standing = [(each.purpose, each.state) for each in seen.participants]
    assert standing == [("customer", "connected"), ("acd", "connected"), ("agent", "disconnected")]
    assert conversation not in alice.work()
    alice.be("IDLE")
    second = answered(alice, conversation)
    assert second.id != part.id
    alice.move(conversation, second, "disconnected")


def test_park_transfer_and_assign(live_product: "Product", house: House, alice: Agent, bob: Agent) -> None:
    conversation = Customer(house, "Otto").write("Can you call the depot?").conversation_id
    part = answered(alice, conversation)
    parking = alice.conversations.patch_conversations_message_participant_parkingstate
    parking(conversation, part.id, {"state": "parked"})
    assert alice.part(conversation, "parked").id == part.id
    assert conversation in alice.work()
    parking(conversation, part.id, {"state": "connected"})

    # To the second line, where Bob works
    bob.be("IDLE")
    replace = alice.conversations.post_conversations_message_participant_replace
    replace(conversation, part.id, {"queueId": house.second.id})
    assert alice.part(conversation, "disconnected").disconnect_type == "transfer"
    at_bob = answered(bob, conversation)

    # A supervisor gives it to Alice again
    sam = Agent(live_product, "sam")
    refused(403, bob.conversations.post_conversation_assign, conversation, {"id": alice.id})
    sam.conversations.post_conversation_assign(conversation, {"id": alice.id})
    assert bob.part(conversation, "disconnected").id == at_bob.id
    back = answered(alice, conversation)
    alice.move(conversation, back, "disconnected")
    told = alice.conversation(conversation)
    queues = [each.queue.id for each in told.participants if each.purpose == "acd"]
    assert set(queues) == {house.queue.id, house.second.id}


def test_who_may_see_and_who_may_act(live_product: "Product", house: House, alice: Agent, bob: Agent) -> None:
    conversation = Customer(house, "Pia").write("Is anybody there?").conversation_id
    part = answered(alice, conversation)
    # Bob may view the queue's conversations, and do nothing to them
    assert bob.conversation(conversation).id == conversation
    move = bob.conversations.patch_conversations_message_participant
    send = bob.conversations.post_conversations_message_communication_messages
    refused(403, move, conversation, part.id, body={"state": "disconnected"})
    refused(403, send, conversation, part.id, {"textBody": "Me too"})
    # Charlie may see nothing
    charlie = Agent(live_product, "charlie")
    refused(404, charlie.conversations.get_conversations_message, conversation)
    refused(404, charlie.conversations.get_conversation, conversation)
    refused(
        404,
        charlie.conversations.patch_conversations_message_participant,
        conversation,
        part.id,
        body={"state": "connected"},
    )
    assert charlie.work() == set()
    # Who may not reply in public is told why
    house.staff(house.queue, "bob")
    bob.be("IDLE")
    alice.conversations.post_conversations_message_participant_replace(conversation, part.id, {"userId": bob.id})
    mine = answered(bob, conversation)
    public = bob.conversations.post_conversations_message_communication_socialmedia_messages
    error = refused(403, public, conversation, mine.id, {"textBody": "In public"})
    assert error["messageParams"] == {"permission": "Conversation > Socialmedia > Create"}
    bob.move(conversation, mine, "disconnected")


def test_the_panel_shows_the_same(live_product: "Product", house: House, alice: Agent) -> None:
    conversation = Customer(house, "Quentin").write("A question for the panel").conversation_id
    part = alice.part(conversation, "alerting")
    panel = panel_of(live_product, "alice")
    assert "Quentin" in panel.get("/panel/").text
    # Answered in the panel, written by the API, seen in the panel
    form = {"csrfmiddlewaretoken": panel.cookies["csrftoken"]}
    answer = panel.post(f"/panel/offers/{part.id}/accept/", data=form, headers={"Referer": live_product.url})
    assert "A question for the panel" in answer.text
    assert alice.part(conversation, "connected").id == part.id
    send = alice.conversations.post_conversations_message_communication_messages
    send(conversation, part.id, {"textBody": "An answer by the API"})
    house.webhook.next()
    assert "An answer by the API" in panel.get(f"/panel/i/{conversation}/").text
    form = {**form, "visibility": "private", "text": "An answer by the panel", "key": str(uuid.uuid4())}
    panel.post(f"/panel/i/{conversation}/reply/", data=form, headers={"Referer": live_product.url})
    out = house.webhook.next()
    message = known(alice.conversations.get_conversations_message_message(conversation, out["id"]))
    assert message.normalized_message.text == "An answer by the panel"
    alice.move(conversation, part, "disconnected")
    assert f"/panel/i/{conversation}/wrapup/" in panel.get(f"/panel/i/{conversation}/").text
    panel.close()
