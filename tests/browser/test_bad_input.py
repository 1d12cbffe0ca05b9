"""What should not be sent, and what comes too late: a clear answer in words, nothing lost, nothing crashed."""

import re
import uuid
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import At, Room
from tests.browser.desk import Desk
from tests.browser.files import png
from tests.browser.street import Customer, Street

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

MEGABYTE = 1024 * 1024


@pytest.fixture(scope="module")
def alice(staff_room: Room) -> Desk:
    """In conversation with Maya, through all of this."""
    return staff_room.at("alice").go_on_queue()


@pytest.fixture(scope="module")
def maya(staff_room: Room, alice: Desk) -> Customer:
    maya = Street(staff_room.profile()).customer("Maya Patience")
    maya.post(f"@acme {maya.street.order}")
    alice.answer(maya.name)
    return maya


def test_a_text_that_is_too_long_is_refused_in_words(alice: Desk, maya: Customer) -> None:
    text = "é" * 301
    alice.choose("public").write(text)
    expect(alice.page.locator("#composer-count")).to_contain_text("1 character too many")
    expect(alice.reply).to_have_attribute("aria-invalid", "true")
    alice.reply.press("Enter")
    expect(alice.below()).to_have_text("This is too long for Practice network. Shorten it, and then send.")
    expect(alice.reply).to_have_value(text)
    alice.choose("private")
    expect(alice.page.locator("#composer-count")).to_contain_text("699")
    alice.choose("public").write("")


def test_an_empty_message_is_refused_in_words(alice: Desk, maya: Customer) -> None:
    for text in ("", "  \n "):
        alice.write(text)
        alice.button("Send as public").click(force=True)
        expect(alice.below()).to_have_text("Write something, or attach a file, and then send.")


def test_a_hundred_thousand_emoji_stay_and_are_counted(alice: Desk, maya: Customer) -> None:
    alice.write("👨‍👩‍👧‍👦" * 100_000)
    expect(alice.page.locator("#composer-count")).to_contain_text("99,700 characters too many")
    alice.reply.press("Enter")
    expect(alice.below()).to_contain_text("too long")
    alice.write("")


@pytest.mark.parametrize(
    ("name", "content", "size", "words"),
    [
        ("holiday.png", b"%PDF-1.7 and so on", 0, "Type refused: JPEG, PNG, GIF"),
        ("holiday.jpg", b"<svg onload=alert(1)>", 0, re.compile("JPEG, PNG", re.IGNORECASE)),
        ("nothing.png", b"", 0, "This file is empty"),
        ("film.png", png(), 26 * MEGABYTE, re.compile(r"26(\.0)? MB is too big: at most 25 MB")),
    ],
)
def test_files_that_cannot_be_sent(
    alice: Desk, maya: Customer, tmp_path: Path, name: str, content: bytes, size: int, words: str
) -> None:
    file = tmp_path / name
    file.write_bytes(content.ljust(size, b"\0"))
    alice.page.locator("#composer-pick").set_input_files(file)
    chip = alice.page.locator("#composer-files li").filter(has_text=name)
    expect(chip).to_contain_text(words)
    alice.write("Look").reply.press("Enter")
    expect(alice.below()).to_have_text("Remove the files that were refused, and then send.")
    chip.get_by_role("button", name=f"Remove {name}").click()
    expect(chip).to_have_count(0)
    alice.write("")


def test_a_text_with_marks_and_halves_arrives_clean(alice: Desk, maya: Customer) -> None:
    alice.choose("private").write("")
    alice.page.evaluate(
        """() => { const box = document.querySelector("#reply");
        box.value = "a\\u0000b \\ud83d c \\u202eright to left"; box.dispatchEvent(new Event("input")); }"""
    )
    alice.button("Send as private").click()
    alice.expect_mark("right to left", "Delivered")
    assert maya.seen("right to left") == 1


def test_markup_of_customers_is_text(alice: Desk, maya: Customer) -> None:
    maya.whisper("<img src=x onerror=alert(1)> <script>alert(2)</script> javascript:alert(3)")
    expect(alice.message("<img src=x onerror=alert(1)>")).to_be_visible()
    expect(alice.message("<img src=x")).to_contain_text("<script>alert(2)</script>")
    assert alice.message("<img src=x").locator("img, script").count() == 0


def test_an_offer_that_has_just_gone(at: At, street: Street) -> None:
    sam, tab, ben = at("sam").go_on_queue(), at("sam"), street.customer("Ben Late")
    ben.post(f"@acme {street.order}")
    expect(tab.offer(ben.name)).to_be_visible()
    held = sam.hold("**/accept/")
    sam.button("Answer", within=sam.offer(ben.name)).click()
    tab.answer(ben.name)
    held.let_go()
    expect(sam.toast()).to_contain_text("You have already answered this one.")
    expect(sam.offer(ben.name)).to_have_count(0)
    expect(sam.row(ben.name)).to_be_visible()
    tab.finish("Answered")


def test_a_second_tab_has_ended_it_already(at: At, street: Street) -> None:
    sam, tab, ben = at("sam").go_on_queue(), at("sam"), street.customer("Ben Ended")
    ben.post(f"@acme {street.order}")
    sam.answer(ben.name)
    tab.open(ben.name)
    sam.write(f"One more thing {street.order}")
    held = sam.hold("**/reply/")
    sam.reply.press("Enter")
    tab.button("End messages").click()
    expect(tab.page.locator("#composer-closed")).to_be_visible()
    held.let_go()
    expect(sam.toast()).to_be_visible()
    assert street.asked_and_published(f"One more thing {street.order}") == (0, 0)
    expect(sam.page.locator("#composer-closed")).to_be_visible()


def test_bob_may_not_post_in_public(at: At, street: Street) -> None:
    bob, ben = at("bob").go_on_queue(), street.customer("Ben Public")
    ben.post(f"@acme {street.order}")
    bob.answer(ben.name)
    expect(bob.page.locator('#composer-visibility input[value="public"]')).to_be_disabled()
    expect(bob.page.locator("#composer-only")).to_contain_text("Conversation > Socialmedia > Create")
    expect(bob.button("Send as public")).to_have_count(0)
    bob.write("In private, then").reply.press("Enter")
    bob.expect_mark("In private, then", "Delivered")
    bob.finish("Answered")


def test_what_is_not_there_and_who_has_no_right(at: At, maya: Customer, alice: Desk) -> None:
    charlie = at("charlie")
    expect(charlie.button("On queue")).to_have_attribute("aria-disabled", "true")
    for address in (f"/panel/i/{uuid.uuid4()}/", alice.page.url):
        assert charlie.page.goto(address).status == 404
        expect(charlie.page.get_by_role("heading", level=1)).to_have_text("This is not here")
