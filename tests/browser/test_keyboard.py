"""A shift without a mouse: everything by the keys that `?` shows."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import At
from tests.browser.street import Street

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


def test_a_shift_by_keyboard_alone(at: At, street: Street) -> None:
    alice, maya = at(), street.customer("Maya Keys")
    page, press, write = alice.page, alice.page.keyboard.press, alice.page.keyboard.type
    page.goto("/panel/")
    expect(page.get_by_label("Name")).to_be_focused()
    write("alice")
    press("Tab")
    write("demo")
    press("Enter")
    alice.expect_language("en")

    write("?")
    keys = page.get_by_role("dialog", name="Keyboard")
    expect(keys).to_contain_text("Answer the offer")
    press("Escape")
    expect(keys).to_be_hidden()

    press("Alt+q")
    expect(alice.button("On queue")).to_have_attribute("aria-pressed", "true")
    maya.post(f"@acme {street.order}")
    expect(alice.offer(maya.name)).to_be_visible()
    press("Alt+a")
    alice.expect_open(maya.name)
    expect(alice.reply).to_be_focused()

    write("In public first")
    press("Shift+Enter")
    write("on two lines")
    press("Enter")
    alice.expect_mark("on two lines", "Published")
    press("Alt+v")
    expect(alice.button("Send as private")).to_be_visible()
    write("/hel")
    expect(page.get_by_role("listbox", name="Canned responses")).to_be_visible()
    press("Tab")
    expect(alice.reply).to_have_value(re.compile("^Hello Maya Keys, this is Alice"))
    press("Alt+m")
    expect(page.get_by_role("searchbox", name="Search emoji")).to_be_focused()
    write("waving hand")
    expect(page.locator("#emoji-grid").get_by_role("option", name="waving hand", exact=True)).to_be_visible()
    press("Enter")
    expect(alice.reply).to_have_value(re.compile("👋$"))
    expect(alice.reply).to_be_focused()
    press("Enter")
    alice.expect_mark("Hello Maya Keys", "Delivered")

    press("Alt+n")
    expect(page.get_by_role("dialog", name="Internal note")).to_be_visible()
    write("She prefers mornings.")
    press("Tab")
    press("Tab")
    press("Enter")
    expect(alice.message("She prefers mornings.")).to_be_visible()
    press("Alt+p")
    expect(alice.button("Resume")).to_be_visible()
    press("Alt+p")
    expect(alice.button("Park")).to_be_visible()
    press("Alt+t")
    expect(page.get_by_role("dialog", name="Transfer")).to_be_visible()
    press("Escape")

    second = street.customer("Ben Keys")
    second.post(f"@acme and {street.order}")
    expect(alice.offer(second.name)).to_be_visible()
    press("Alt+a")
    alice.expect_open(second.name)
    press("Alt+ArrowDown")
    alice.expect_open(maya.name)
    press("Alt+ArrowDown")
    alice.expect_open(second.name)

    press("Alt+e")
    expect(page.locator("#composer-closed")).to_be_visible()
    press("Alt+w")
    expect(page.locator("#part-wrapup select")).to_be_focused()
    write("Answ")
    for _ in ("notes", "tags", "More time", "Done"):
        press("Tab")
    expect(alice.button("Done")).to_be_focused()
    press("Enter")
    expect(alice.row(second.name)).to_have_count(0)

    press("Alt+q")
    expect(alice.button("Off queue")).to_have_attribute("aria-pressed", "true")


def test_declining_by_key_and_coming_back(at: At, street: Street) -> None:
    sam, maya = at("sam").go_on_queue(), street.customer("Maya Later")
    maya.post(f"@acme {street.order}")
    expect(sam.offer(maya.name)).to_be_visible()
    sam.page.keyboard.press("Alt+d")
    expect(sam.page.locator("#not-responding")).to_be_visible()
    sam.page.keyboard.press("Alt+q")
    expect(sam.page.locator("#not-responding")).to_have_count(0)
    expect(sam.offer(maya.name)).to_be_visible()
