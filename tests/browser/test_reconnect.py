"""The line breaks: the screen says so, nothing that was written is lost, and on return the screen is right."""

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import At
from tests.browser.street import Street

if TYPE_CHECKING:
    from tests.product import Product

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


def test_the_server_is_killed_and_comes_back(at: At, street: Street, product: "Product") -> None:
    alice, maya = at("alice").go_on_queue(), street.customer("Maya Restart")
    maya.post(f"@acme {street.order}")
    alice.answer(maya.name)
    alice.send(f"Before {street.order}")
    alice.expect_mark("Before", "Published")
    alice.reply.press_sequentially("Half a ")

    product.kill()
    expect(alice.bar()).to_have_text(re.compile("Reconnecting|Offline since"))
    alice.reply.press_sequentially("reply that was")
    alice.page.evaluate("window.stillTheSamePage = true")

    product.start()
    expect(alice.bar()).to_be_hidden()
    expect(alice.reply).to_have_value("Half a reply that was")
    alice.reply.press_sequentially(f" whole {street.order}")
    maya.post(f"After {street.order}", answers=f"Before {street.order}")
    expect(alice.message("After")).to_be_visible()
    alice.reply.press("Enter")
    alice.expect_mark("Half a reply", "Published")
    assert street.asked_and_published(f"Half a reply that was whole {street.order}") == (1, 1)
    assert alice.page.evaluate("window.stillTheSamePage")


def test_a_reply_sent_while_the_server_is_away_goes_out_once(at: At, street: Street, product: "Product") -> None:
    alice, maya = at("alice").go_on_queue(), street.customer("Maya Patient")
    maya.post(f"@acme {street.order}")
    alice.answer(maya.name).write(f"Sent into the void {street.order}")
    product.stop()
    expect(alice.bar()).to_be_visible()
    alice.reply.press("Enter")
    expect(alice.below()).to_contain_text("goes out by itself")
    product.start()
    alice.expect_mark("Sent into the void", "Published")
    expect(alice.reply).to_have_value("")
    assert street.asked_and_published(f"Sent into the void {street.order}") == (1, 1)


def test_the_network_is_cut(at: At, street: Street) -> None:
    alice, maya = at("alice").go_on_queue(), street.customer("Maya Tunnel")
    maya.post(f"@acme {street.order}")
    alice.answer(maya.name).write("Before the tunnel")
    alice.page.context.set_offline(True)
    expect(alice.bar()).to_contain_text("Offline since")
    alice.page.context.set_offline(False)
    expect(alice.bar()).to_be_hidden()
    alice.page.context.set_offline(True)
    expect(alice.bar()).to_contain_text("Offline since")
    alice.write("In the tunnel")
    maya.post(f"While you were away {street.order}", answers=street.order)
    alice.page.context.set_offline(False)
    expect(alice.bar()).to_contain_text("Back.")
    expect(alice.bar()).to_be_hidden()
    expect(alice.message("While you were away")).to_be_visible()
    expect(alice.reply).to_have_value("In the tunnel")
    alice.page.reload()
    expect(alice.reply).to_have_value("In the tunnel")


def test_the_browser_was_wrong_about_the_network(at: At) -> None:
    sam = at("sam")
    # The bar may be gone again before anybody looks: the answered beat shows that the line is up
    sam.page.evaluate("window.dispatchEvent(new Event('offline'))")
    sam.page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(sam.bar()).to_be_hidden()


def test_signing_out_elsewhere_leads_to_the_sign_in_page_and_back(at: At) -> None:
    bob = at("bob")
    tab = bob.page.context.new_page()
    tab.goto("/panel/")
    tab.locator("#settings summary").click()
    tab.get_by_role("button", name="Sign out").click()
    expect(bob.page).to_have_url(re.compile(r"/sign-in/\?next="))
