"""One agent in two tabs, or at two machines: both show the same, and what is begun here is finished there."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import At
from tests.browser.street import Street

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


def test_two_machines_of_one_agent_stay_in_step(at: At, street: Street) -> None:
    office, home, maya = at("alice"), at("alice"), street.customer("Maya Twice")
    office.go_on_queue()
    expect(home.button("On queue")).to_have_attribute("aria-pressed", "true")
    maya.post(f"@acme {street.order}")
    expect(office.offer(maya.name)).to_be_visible()
    expect(home.offer(maya.name)).to_be_visible()

    office.answer(maya.name)
    expect(home.offer(maya.name)).to_have_count(0)
    home.open(maya.name)

    office.reply.press_sequentially("Begun in the office")
    expect(home.reply).to_have_value("Begun in the office")
    home.reply.press("End")
    home.reply.press_sequentially(f", sent from home {street.order}")
    home.reply.press("Enter")
    home.expect_mark("sent from home", "Published")
    office.expect_mark("sent from home", "Published")
    expect(office.reply).to_have_value("")
    assert street.asked_and_published(f"Begun in the office, sent from home {street.order}") == (1, 1)

    maya.whisper("Only for you")
    expect(home.message("Only for you")).to_be_visible()
    expect(office.message("Only for you")).to_be_visible()
    office.finish("Answered")
    expect(home.row(maya.name)).to_have_count(0)


def test_two_tabs_and_an_unread_badge(at: At, street: Street) -> None:
    sam, first, second = at("sam").go_on_queue(), street.customer("Ana First"), street.customer("Ben Second")
    first.post(f"@acme one {street.order}")
    sam.answer(first.name)
    second.post(f"@acme two {street.order}")
    sam.answer(second.name)
    tab = at(page=sam.page.context.new_page())
    tab.page.goto("/panel/")
    first.whisper("Hello?")
    for desk in (sam, tab):
        expect(desk.row(first.name).locator(".badge")).to_contain_text("1")
        expect(desk.page).to_have_title(re.compile(r"^\(1\)"))
    tab.open(first.name)
    for desk in (sam, tab):
        expect(desk.row(first.name).locator(".badge")).to_have_count(0)
        expect(desk.page).not_to_have_title(re.compile(r"^\(1\)"))
    for customer in (first, second):
        sam.open(customer.name).finish("Answered")
