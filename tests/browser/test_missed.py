"""Declined, or not answered in time: Not Responding, somebody else first, and the way back."""

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import At
from tests.browser.desk import Desk
from tests.browser.street import Street

if TYPE_CHECKING:
    from tests.product import Product

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


def expect_not_responding(desk: Desk, why: str) -> None:
    """The banner says why, and the screen is not asked for anything more."""
    expect(desk.page.get_by_role("alert").filter(has_text="You are Not Responding")).to_contain_text(why)
    expect(desk.page.locator("#presence summary")).to_contain_text("Not responding")
    expect(desk.page.get_by_role("article")).to_have_count(0)


def come_back(desk: Desk) -> None:
    desk.button("I'm back").click()
    expect(desk.page.locator("#not-responding")).to_have_count(0)
    expect(desk.button("On queue")).to_have_attribute("aria-pressed", "true")


def test_what_one_declines_goes_to_somebody_else_first(at: At, street: Street) -> None:
    maya, alice, bob = street.customer("Maya Declined"), at("alice"), at("bob")
    alice.go_on_queue()
    maya.post("@acme anybody there?")
    expect(alice.offer(maya.name)).to_be_visible()
    bob.go_on_queue()
    alice.button("Decline", within=alice.offer(maya.name)).click()
    expect_not_responding(alice, "You declined an offer at")

    expect(bob.offer(maya.name)).to_be_visible()
    expect(bob.page).to_have_title(re.compile(r"^\(1\)"))
    bob.answer(maya.name)

    other = street.customer("Jonas Second")
    other.post("@acme and me?")
    expect(bob.page.locator("#part-waiting summary")).to_contain_text("1 waiting")
    expect(alice.page.locator("#part-waiting summary")).to_contain_text("1 waiting")
    expect(alice.offer(other.name)).to_have_count(0)
    come_back(alice)
    expect(alice.offer(other.name)).to_be_visible()
    alice.answer(other.name)


def test_an_offer_that_runs_out_goes_back_and_comes_again_when_one_is_back(
    at: At, street: Street, product: "Product"
) -> None:
    product.manage("shell", "-c", "from queues.models import Queue; Queue.objects.update(alerting_seconds=7)")
    chloe, sam = street.customer("Chloe Expired"), at("sam").go_on_queue()
    chloe.post("@acme no hurry")
    offer = sam.offer(chloe.name)
    expect(offer).to_be_visible()
    expect(offer.get_by_role("progressbar")).to_have_class(re.compile("soon"))
    late = sam.hold("**/accept/")
    sam.button("Answer", within=offer).click()
    expect(offer).to_have_count(0)
    late.let_go()
    expect(sam.toast()).to_contain_text("This offer has just expired; it went back to the queue.")
    expect_not_responding(sam, "An offer ran out at")
    expect(sam.page.locator("#part-waiting summary")).to_contain_text("1 waiting")
    come_back(sam)
    expect(offer).to_be_visible()
    expect(offer.locator(".waited time")).to_have_text(re.compile(r"0:(0[7-9]|[1-5]\d)|[1-9]:\d\d"))
    sam.answer(chloe.name)
    sam.send("Here I am.")
    sam.expect_mark("Here I am.", "Published")


def test_without_script_the_page_signs_in_and_goes_on_queue_too(at: At, street: Street) -> None:
    desk = at(java_script_enabled=False)
    page = desk.page
    page.goto("/panel/")
    page.get_by_label("Name").fill("bob")
    page.get_by_label("Password").fill("demo")
    desk.button("Sign in").click()
    desk.button("On queue").click()
    expect(desk.button("On queue")).to_have_attribute("aria-pressed", "true")
