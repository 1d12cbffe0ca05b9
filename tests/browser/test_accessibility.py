"""Nothing that axe-core can find fault with: every screen, in both themes, narrow, and in French."""

from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import NARROW, WIDE, At, Room
from tests.browser.desk import Desk
from tests.browser.files import png
from tests.browser.street import Street

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
STILL = {"reduced_motion": "reduce"}


def expect_no_fault(page: "Page", where: str, *, within: str | None = None) -> None:
    """Light and dark, wide and narrow; `within` a menu that hangs over the page and covers what is below."""
    faults = []
    for scheme, size in (("light", WIDE), ("dark", WIDE), ("light", NARROW)):
        # Without motion: a colour on its way from one theme to the other is no colour of either
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.set_viewport_size(size)
        result = Axe().run(page, context=within, options=RULES)
        for fault in result.response["violations"]:
            faults += [
                f"{where}, {scheme}, {size['width']}: {fault['id']}: {node['html'][:150]}\n  {node['failureSummary']}"
                for node in fault["nodes"]
            ]
    page.set_viewport_size(WIDE)
    assert not faults, "\n".join(faults)


@pytest.fixture(scope="module")
def alice(staff_room: Room) -> Desk:
    """On queue, with motion switched off."""
    return staff_room.at("alice", **STILL).go_on_queue()


@pytest.fixture(scope="module")
def town(staff_room: Room, alice: Desk) -> Street:
    """A conversation with everything in it: both visibilities, a picture, a note, an edit, a failure."""
    street = Street(staff_room.profile())
    lea = street.customer("Léa Martin")
    lea.post(f"Is it slow? {street.order}", answers="Storm update")
    expect(alice.offer(lea.name)).to_be_visible()
    expect_no_fault(alice.page, "an offer")
    alice.answer(lea.name)
    lea.edit(street.order, to=f"Is it slow or lost? {street.order}")
    alice.send("It is on its way.")
    lea.whisper("My address is 4 rue des Lilas.")
    alice.drop("map.png", png())
    expect(alice.page.locator("#composer-files")).to_contain_text("ready")
    alice.send("Thank you, it comes here.", "private")
    street.weather("refusal", reason="Against our guidelines")
    alice.send("And this one fails.", "private")
    alice.expect_mark("And this one fails.", "Not delivered")
    street.weather("fair")
    return street


def test_sign_in(at: At) -> None:
    stranger = at(**STILL)
    stranger.page.goto("/panel/")
    expect_no_fault(stranger.page, "sign-in")
    stranger.page.get_by_label("Name").fill("nobody")
    stranger.page.get_by_label("Password").fill("wrong")
    stranger.button("Sign in").click()
    expect(stranger.page.get_by_role("alert")).to_be_visible()
    expect_no_fault(stranger.page, "sign-in refused")


def test_an_empty_panel(at: At) -> None:
    sam = at("sam", **STILL)
    expect_no_fault(sam.page, "off queue")
    sam.page.locator("#settings summary").click()
    expect_no_fault(sam.page, "settings", within="#settings")
    sam.page.goto("/panel/i/00000000-0000-4000-8000-000000000000/")
    expect_no_fault(sam.page, "not found")


def test_a_thread(alice: Desk, town: Street) -> None:
    expect_no_fault(alice.page, "thread")
    alice.thread.locator(".channel summary").first.click()
    alice.thread.locator("details.more summary").last.click()
    expect_no_fault(alice.page, "thread with original post and menu")
    alice.page.keyboard.press("Escape")


def test_the_composer(alice: Desk, town: Street) -> None:
    alice.choose("public").write("x" * 301)
    expect_no_fault(alice.page, "too long")
    alice.write("")
    alice.button("Emoji").click()
    expect(alice.page.locator("#emoji-grid button").first).to_be_visible()
    expect_no_fault(alice.page, "emoji", within="#emoji-picker")
    alice.page.keyboard.press("Escape")
    alice.reply.press_sequentially("/")
    expect(alice.page.get_by_role("listbox", name="Canned responses")).to_be_visible()
    expect_no_fault(alice.page, "canned responses", within="#canned-palette")
    alice.page.keyboard.press("Escape")
    alice.write("Hello")
    alice.button("Send as public").click()
    expect(alice.page.locator("#composer-ask")).to_be_visible()
    expect_no_fault(alice.page, "the question")
    alice.page.keyboard.press("Escape")
    alice.write("")


@pytest.mark.parametrize(("key", "name"), [("Alt+n", "Internal note"), ("Alt+t", "Transfer"), ("?", "Keyboard")])
def test_the_dialogs(alice: Desk, town: Street, key: str, name: str) -> None:
    alice.thread.focus()
    alice.page.keyboard.press(key)
    expect(alice.page.get_by_role("dialog", name=name)).to_be_visible()
    expect_no_fault(alice.page, name)
    alice.page.keyboard.press("Escape")


def test_in_french(alice: Desk, town: Street) -> None:
    alice.speak("fr")
    expect_no_fault(alice.page, "thread in French")
    alice.speak("en")


def test_wrap_up_and_not_responding(alice: Desk, town: Street) -> None:
    alice.button("End messages").click()
    expect(alice.page.locator("#part-wrapup.now")).to_be_visible()
    expect_no_fault(alice.page, "wrap-up")
    alice.page.locator("#part-wrapup").get_by_role("combobox").select_option(label="Answered")
    alice.button("Done").click()
    ben = town.customer("Ben Declined")
    ben.post(f"@acme {town.order}")
    alice.button("Decline", within=alice.offer(ben.name)).click()
    expect(alice.page.locator("#not-responding")).to_be_visible()
    alice.page.locator("#part-waiting summary").click()
    expect_no_fault(alice.page, "Not Responding, queues open")


def test_the_practice_network(town: Street) -> None:
    page = town.context.new_page()
    page.goto("/practice/")
    page.locator("#part-received summary").click()
    expect_no_fault(page, "practice network")
    page.goto("/practice/brands/")
    expect_no_fault(page, "brands")
    page.close()
