"""One whole shift, in each language: from the sign-in to the wrap-up, with everything an agent does in between."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import At
from tests.browser.desk import Desk
from tests.browser.files import png
from tests.browser.street import Customer, Street
from tests.browser.words import words

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

QUESTION, SECOND, REPLY = (
    "Does that storm hold up my parcel",
    "And will I be told when it moves?",
    "It is on its way 🚚",
)
TRUCK = {"en": "delivery truck", "fr": "camion de livraison"}
HELLO = {
    "en": ("/hel", "Hello Léa Martin, this is Alice. How can I help you?"),
    "fr": ("/bonj", "Bonjour Léa Martin, ici Alice. Comment puis-je vous aider ?"),
}


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_whole_shift(language: str, at: At, street: Street) -> None:
    alice = at(language=language)
    lea = street.customer("Léa Martin")
    begin(alice, language)
    is_offered_and_answers(alice, lea)
    looks_at_the_original_post(alice)
    answers_the_post_she_chooses(alice, lea, language)
    fills_in_a_canned_response(alice, language)
    changes_her_mind_about_who_may_read_it(alice, HELLO[language][1])
    sees_how_far_it_got(alice, lea, HELLO[language][1])
    is_asked_before_she_answers_a_private_message_in_public(alice, lea)
    attaches_pictures(alice, lea)
    notes_parks_and_resumes(alice, lea)
    hands_over(alice, at("sam", language="en"), street)
    ends(alice, lea)


def begin(alice: Desk, language: str) -> None:
    """Signs in, speaks her language, goes on queue."""
    alice.sign_in("alice")
    alice.speak(language)
    expect(alice.button("Off queue")).to_have_attribute("aria-pressed", "true")
    alice.go_on_queue()
    expect(alice.page.get_by_text(alice.say("Nothing to answer"))).to_be_visible()
    expect(alice.page).to_have_title(alice.say("Interactions"))


def is_offered_and_answers(alice: Desk, lea: Customer) -> None:
    """A comment on the brand's post becomes an offer; title and icon show it; Answer opens the thread."""
    lea.post(f"{QUESTION} {lea.street.order} too?", answers="Storm update")
    offer = alice.offer(lea.name)
    expect(offer).to_contain_text(QUESTION)
    expect(offer).to_contain_text("Social Care")
    expect(alice.button("Decline", within=offer)).to_be_visible()
    expect(offer.get_by_role("progressbar")).to_be_visible()
    expect(alice.page).to_have_title(re.compile(r"^\(1\) "))
    expect(alice.page.locator("link[rel~=icon]")).to_have_attribute("href", re.compile("^data:image/png"))
    alice.answer(lea.name)
    expect(offer).to_have_count(0)
    expect(alice.page).to_have_title(re.compile("^Léa Martin"))
    expect(alice.page.locator("link[rel~=icon]")).to_have_attribute("href", re.compile("svg$"))


def looks_at_the_original_post(alice: Desk) -> None:
    """The channel identifier says where it came from, and opens to the post that it answers."""
    question = alice.message(QUESTION)
    expect(question.locator(".channel summary")).to_contain_text("@acme")
    expect(question.locator(".channel summary")).to_contain_text(alice.say("Public"))
    original = question.get_by_role("blockquote")
    expect(original).to_be_hidden()
    question.locator(".channel summary").click()
    expect(original).to_contain_text("Storm update: parcels to Brittany")
    expect(original.get_by_role("link")).to_have_attribute("href", re.compile("/practice/"))
    question.locator(".channel summary").click()


def answers_the_post_she_chooses(alice: Desk, lea: Customer, language: str) -> None:
    """The composer follows the newest post, unless she chooses another; Enter sends; an emoji is one character."""
    lea.post(SECOND, answers=lea.street.order)
    expect(alice.message(SECOND)).to_be_visible()
    expect(alice.message(SECOND)).to_have_class(re.compile("answering"))
    alice.button("Answer this post", within=alice.message(QUESTION)).click()
    expect(alice.message(QUESTION)).to_have_class(re.compile("answering"))
    expect(alice.page.locator("#composer-whom")).to_contain_text(QUESTION)
    expect(alice.page.locator("#composer-count")).to_contain_text("300")
    alice.page.keyboard.type("It is on its way ")
    alice.button("Emoji").click()
    alice.page.get_by_role("searchbox", name=alice.say("Search emoji")).fill(TRUCK[language])
    alice.page.locator("#emoji-grid").get_by_text("🚚", exact=True).click()
    alice.page.keyboard.press("Escape")
    expect(alice.reply).to_have_value(re.compile(f"^{REPLY}"))
    expect(alice.page.locator("#composer-count")).to_contain_text("282")
    alice.page.keyboard.type(f" {lea.street.order}")
    alice.reply.press("Enter")
    alice.expect_mark(REPLY, alice.say("Published"))
    expect(alice.reply).to_have_value("")
    expect(alice.message(REPLY).locator(".answers")).to_contain_text(QUESTION)
    assert lea.seen(f"{REPLY} {lea.street.order}") == 1


def fills_in_a_canned_response(alice: Desk, language: str) -> None:
    """A slash finds it, Enter takes it, and the names are filled in before anything is sent."""
    command, text = HELLO[language]
    alice.reply.press_sequentially(command)
    expect(
        alice.page.get_by_role("listbox", name=alice.say("Canned responses")).get_by_role("option").first
    ).to_have_attribute("aria-selected", "true")
    alice.reply.press("Enter")
    expect(alice.reply).to_have_value(text)


def changes_her_mind_about_who_may_read_it(alice: Desk, text: str) -> None:
    """To private, back to public, to private again: the text stays, the words and the count change."""
    for visibility, limit in (("private", 1000), ("public", 300), ("private", 1000)):
        alice.choose(visibility)
        expect(alice.page.locator("#composer")).to_have_class(re.compile(visibility))
        expect(alice.button(f"Send as {visibility}")).to_be_visible()
        expect(alice.page.locator("#composer-count")).to_contain_text(re.compile(rf"\D{limit - len(text)}\b"))
        expect(alice.reply).to_have_value(text)
    alice.button("Send as private").click()


def sees_how_far_it_got(alice: Desk, lea: Customer, text: str) -> None:
    """Delivered, and read once the customer has looked."""
    alice.expect_mark(text, alice.say("Delivered"))
    lea.become("read")
    alice.expect_mark(text, alice.say("Read"))
    assert lea.seen(text) == 1


def is_asked_before_she_answers_a_private_message_in_public(alice: Desk, lea: Customer) -> None:
    """Once in a conversation."""
    lea.whisper("My number is 06 12 34 56 78.")
    expect(alice.message("My number is")).to_be_visible()
    alice.choose("public").write(f"Thank you, noted. {lea.street.order}")
    alice.button("Send as public").click()
    expect(alice.page.locator("#composer-ask")).to_be_visible()
    assert not lea.seen(f"Thank you, noted. {lea.street.order}")
    alice.button("Yes, send as public").click()
    alice.expect_mark("Thank you, noted.", alice.say("Published"))


def attaches_pictures(alice: Desk, lea: Customer) -> None:
    """By button, by drop, by paste; the text and each picture leave as messages of their own, in order."""
    with alice.page.expect_file_chooser() as chooser:
        alice.button("Attach file").first.click()
    chooser.value.set_files({"name": "label.png", "mimeType": "image/png", "buffer": png("teal")})
    alice.drop("parcel.png", png("plum"))
    alice.paste("receipt.png", png("navy"))
    chips = alice.page.locator("#composer-files li")
    expect(chips).to_have_count(3)
    for name in ("label.png", "parcel.png", "receipt.png"):
        expect(chips.filter(has_text=name)).to_contain_text(re.compile("prêt|ready"))
    before = alice.thread.locator("li.msg").count()
    alice.choose("private").write("Three pictures for you.")
    alice.button("Send as private").click()
    expect(alice.thread.locator("li.msg")).to_have_count(before + 4)
    marks = alice.thread.locator("li.msg .mark").filter(has_text=alice.say("Delivered"))
    expect(marks).to_have_count(4)
    expect(alice.thread.locator("li.msg .picture img")).to_have_count(3)
    expect(chips).to_have_count(0)
    assert lea.pictures() == 3


def notes_parks_and_resumes(alice: Desk, lea: Customer) -> None:
    """A note for the team; parked, the interaction keeps its place in the list, and is taken up again."""
    alice.page.get_by_role("link", name=alice.say("Note"), exact=True).click()
    alice.page.get_by_role("dialog").get_by_role("textbox").fill("Called the carrier: tomorrow before noon.")
    alice.button("Add note").click()
    expect(alice.message("Called the carrier")).to_have_class(re.compile("note"))
    alice.button("Park").click()
    expect(alice.button("Resume")).to_be_visible()
    alice.button("Resume").click()
    expect(alice.button("Park")).to_be_visible()
    assert not lea.seen("Called the carrier")


def hands_over(alice: Desk, sam: Desk, street: Street) -> None:
    """To a queue, from which the supervisor pulls it and hands it to the agent."""
    tomas = street.customer("Tomás Ortega")
    tomas.post("@acme I am a VIP and I want to talk to somebody")
    alice.answer(tomas.name)
    alice.go_off_queue()
    alice.transfer_to("VIP")
    expect(alice.row(tomas.name)).to_have_count(0)
    sam.page.locator("#part-waiting summary").click()
    sam.page.get_by_role("button", name="Pull from VIP").click()
    sam.expect_open(tomas.name)
    sam.send("I take care of it myself, Tomás.")
    sam.expect_mark("I take care of it myself", "Published")
    alice.go_on_queue()
    sam.transfer_to("Alice Martin")
    expect(alice.offer(tomas.name)).to_be_visible()
    alice.answer(tomas.name)
    expect(alice.message("I take care of it myself")).to_be_visible()
    alice.button("End messages").click()
    alice.button("Done").click()
    expect(alice.row(tomas.name)).to_have_count(0)


def ends(alice: Desk, lea: Customer) -> None:
    """End messages, wrap-up with its code, Done; and the list is empty again."""
    alice.open(lea.name)
    alice.button("End messages").click()
    expect(alice.page.locator("#composer-closed")).to_be_visible()
    wrapup = alice.page.locator("#part-wrapup")
    expect(wrapup.get_by_role("progressbar")).to_be_visible()
    wrapup.get_by_role("combobox").select_option(label="Answered")
    wrapup.get_by_role("textbox").first.fill("Parcel AC-20417 comes tomorrow.")
    alice.button("Done").click()
    expect(alice.row(lea.name)).to_have_count(0)
    expect(alice.page.get_by_text(alice.say("Nothing to answer"))).to_be_visible()
    alice.go_off_queue()
    alice.speak("en")


def test_the_words_agreed_on_are_the_catalogues() -> None:
    """The French names of the buttons, letter by letter, are also what the catalogue says."""
    from django.utils import translation
    from django.utils.translation import gettext

    from tests.browser.words import AGREED

    with translation.override("fr"):
        assert {name: gettext(name) for name in AGREED} == AGREED
    assert words("en")("Answer") == "Answer"
