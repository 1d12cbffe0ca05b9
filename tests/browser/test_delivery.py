"""What becomes of a message, by the weather of the network: the words an agent reads, and never a duplicate."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Room
from tests.browser.desk import Desk
from tests.browser.files import png
from tests.browser.street import Customer, Street

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

CLOCK = re.compile(r"at \d\d:\d\d")


Talk = Callable[[str], tuple[Desk, Customer]]


@pytest.fixture(scope="module")
def alice(staff_room: Room) -> Desk:
    """On queue all day."""
    return staff_room.at("alice").go_on_queue()


@pytest.fixture
def talk(alice: Desk, street: Street) -> Iterator[Talk]:
    """Alice in conversation with a customer; the interaction is ended afterwards."""

    def begin(name: str) -> tuple[Desk, Customer]:
        customer = street.customer(name)
        customer.post(f"@acme about {street.order}")
        return alice.answer(name), customer

    yield begin
    alice.finish("Answered")


def test_pending_delivery(talk: Talk, street: Street) -> None:
    alice, maya = talk("Maya Away")
    maya.become("offline")
    alice.send("Are you there?", "private")
    alice.expect_mark("Are you there?", "Pending delivery, Maya is offline")
    maya.become("online")
    alice.expect_mark("Are you there?", "Delivered")
    assert maya.seen("Are you there?") == 1


def test_an_outage_is_retried_then_given_up_and_resent_by_hand(talk: Talk, street: Street) -> None:
    alice, maya = talk("Maya Outage")
    street.weather("error")
    text = f"We are on it {street.order}"
    alice.send(text)
    why = alice.message(text).locator(".why")
    expect(why).to_contain_text("Refused by the server")
    expect(why).to_contain_text("We try again by ourselves at")
    alice.expect_mark(text, "Not delivered")
    expect(why).to_contain_text("Practice network was out of order, and all tries failed. Maya has not got this.")
    assert street.asked_and_published(text) == (3, 0)
    expect(alice.row(maya.name)).to_contain_text("1 message not delivered")

    street.weather("fair")
    alice.button("Resend", within=alice.message(text).locator("footer")).click()
    alice.expect_mark(text, "Published")
    expect(why).to_have_count(0)
    assert street.asked_and_published(text) == (4, 1)
    assert maya.seen(text) == 1


def test_refused_content_says_why_and_resends_that_part_only(talk: Talk, street: Street) -> None:
    alice, maya = talk("Maya Refused")
    street.weather("refusal", lasts="1r", reason="Against our guidelines: no order numbers")
    text = f"Your number is {street.order}"
    alice.drop("map.png", png())
    expect(alice.page.locator("#composer-files")).to_contain_text("ready")
    alice.send(text, "private")
    alice.expect_mark(text, "Not delivered")
    why = alice.message(text).locator(".why")
    expect(why).to_contain_text("Refused by the server")
    expect(why).to_contain_text("The platform filtered the message out. Maya has not got this.")
    expect(why).to_contain_text("Against our guidelines: no order numbers")
    picture = alice.thread.locator("li.msg").filter(has=alice.page.locator(".picture"))
    expect(picture.locator(".mark")).to_have_text("Delivered")

    alice.message(text).locator("details.more summary").click()
    alice.button("Copy", within=alice.message(text)).click()
    alice.reply.press("ControlOrMeta+v")
    expect(alice.reply).to_have_value(text)
    alice.reply.fill("")
    alice.message(text).locator("details.more summary").click()
    alice.button("Resend", within=alice.message(text).locator(".menu")).click()
    alice.expect_mark(text, "Delivered")
    assert maya.seen(text) == 1
    assert maya.pictures() == 1


def test_a_limit_says_until_when_and_goes_on_by_itself(talk: Talk, street: Street) -> None:
    alice, _ = talk("Maya Limited")
    street.weather("limit", lasts="4s")
    text = f"Soon {street.order}"
    alice.send(text)
    why = alice.message(text).locator(".why")
    expect(why).to_contain_text("Message limit exceeded")
    expect(why).to_contain_text("We go on by ourselves at")
    expect(why).to_contain_text("see your administrator")
    expect(why).to_contain_text(CLOCK)
    expect(alice.message(text).locator(".mark")).to_contain_text("Waits until")
    alice.expect_mark(text, "Published")
    assert street.asked_and_published(text) == (2, 1)


def test_an_unreachable_network_is_retried_then_given_up(talk: Talk, street: Street) -> None:
    alice, _ = talk("Maya Unreached")
    street.weather("unreachable")
    text = f"Hello {street.order}"
    alice.send(text)
    why = alice.message(text).locator(".why")
    expect(why).to_contain_text("Network error")
    expect(why).to_contain_text("cannot be reached. We try again by ourselves at")
    expect(why).to_contain_text("stayed out of reach, and all tries failed. Maya has not got this.")
    alice.expect_mark(text, "Not delivered")
    street.weather("fair")
    alice.button("Resend", within=alice.message(text).locator("footer")).click()
    alice.expect_mark(text, "Published")
    assert street.asked_and_published(text) == (1, 1)


def test_a_lost_answer_is_asked_again_where_repeats_are_recognised(talk: Talk, street: Street) -> None:
    alice, maya = talk("Maya Lost")
    street.weather("lost", lasts="1r")
    text = f"Once only {street.order}"
    alice.send(text)
    alice.expect_mark(text, "Published")
    assert street.asked_and_published(text) == (2, 1)
    assert maya.seen(text) == 1


def test_a_lost_answer_is_not_certain_where_they_are_not(talk: Talk, street: Street) -> None:
    alice, maya = talk("Maya Uncertain")
    street.habits(remembers_keys=False)
    street.weather("lost", lasts="1r")
    text = f"Perhaps {street.order}"
    alice.send(text)
    alice.expect_mark(text, "Not certain")
    why = alice.message(text).locator(".why")
    expect(why).to_contain_text("The line broke after this had gone out.")
    expect(why).to_contain_text("Look on Practice network first; resend only if it is not there.")
    assert street.asked_and_published(text) == (1, 1)
    maya.post(f"I see it {street.order}", answers=street.order)
    expect(alice.message("I see it")).to_be_visible()
    alice.expect_mark(text, "Not certain")
    assert street.asked_and_published(text) == (1, 1)
    alice.button("Resend", within=alice.message(text).locator("footer")).click()
    alice.expect_mark(text, "Published")
    assert street.asked_and_published(text) == (2, 2)


def test_edited_and_deleted_posts_show_as_such(talk: Talk, street: Street) -> None:
    alice, maya = talk("Maya Regrets")
    maya.edit(f"about {street.order}", to=f"@acme please, about {street.order}")
    expect(alice.message("@acme please")).to_contain_text("Edited")
    maya.delete("@acme please")
    expect(alice.thread.locator("li.msg.removed")).to_be_visible()
    expect(alice.message("@acme please")).to_have_count(0)


def test_older_messages_are_fetched_when_asked_for(talk: Talk, street: Street) -> None:
    alice, maya = talk("Maya Chatty")
    for number in range(1, 56):
        maya.whisper(f"Line {number:02}")
    expect(alice.message("Line 55")).to_be_visible()
    alice.page.reload()  # a thread that is open keeps what has come
    expect(alice.message("Line 55")).to_be_visible()
    expect(alice.message("Line 03")).to_have_count(0)
    alice.page.get_by_role("link", name="Show earlier messages").click()
    expect(alice.message("Line 03")).to_be_attached()
    expect(alice.thread.locator("li.msg")).to_have_count(56)
    maya.whisper("Line 56")
    expect(alice.thread.locator("li.msg")).to_have_count(57)
    expect(alice.page.get_by_role("link", name="Show earlier messages")).to_be_hidden()
