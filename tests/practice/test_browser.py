"""The page in a real browser: what is done shows at once, and what others do within a second."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def test_playing_the_customer(page: Page) -> None:
    trouble: list[str] = []
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("console", lambda message: trouble.append(message.text) if message.type == "error" else None)
    page.goto("/practice/?as=jonas")
    timeline, conversation = page.locator("#part-timeline"), page.locator("#part-conversation")

    page.fill("#text-public", "@acme is anybody there?")
    page.get_by_role("button", name="Post", exact=True).click()
    expect(timeline).to_contain_text("@acme is anybody there?")
    expect(page.locator("#text-public")).to_have_value("")

    mine = timeline.locator(".msg", has_text="is anybody there?")
    mine.get_by_role("link", name="Edit").click()
    expect(page.locator("#text-public")).to_have_value("@acme is anybody there?")
    page.fill("#text-public", "@acme is anybody at home?")
    page.press("#text-public", "Enter")
    expect(timeline).to_contain_text("edited")

    timeline.locator(".msg", has_text="at home?").get_by_role("link", name="Reply").click()
    expect(page.locator("#write-public .to")).to_contain_text("@jonas")
    page.fill("#text-public", "Hello?")
    page.press("#text-public", "Enter")
    said = timeline.locator(".msg.reply", has_text="Hello?")
    said.get_by_role("button", name="Delete").click()
    expect(timeline).to_contain_text("This post has been deleted.")

    page.fill("#text-private", "My order is AC-1")
    page.press("#text-private", "Enter")
    expect(conversation).to_contain_text("My order is AC-1")

    page.get_by_role("button", name="Go offline").click()
    expect(conversation).to_contain_text("Jonas Weber is offline")
    page.get_by_role("button", name="Come back online").click()
    expect(conversation).not_to_contain_text("is offline")
    assert not trouble


def test_making_the_weather(page: Page) -> None:
    page.goto("/practice/")
    sky = page.locator("#part-sky")
    page.get_by_label("It lasts").select_option("2r")
    page.get_by_role("button", name="Server error").click()
    expect(sky).to_contain_text("For 2 more requests.")
    expect(page.get_by_role("button", name="Server error")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Fair").click()
    expect(sky).to_have_class(re.compile("fair"))


def test_what_somebody_else_does_shows_by_itself(page: Page) -> None:
    page.goto("/practice/?as=maya")
    other = page.context.new_page()
    other.goto("/practice/?as=chloe")
    page.fill("#text-public", "half a sentence")
    other.fill("#text-public", "Bonjour @acme")
    other.press("#text-public", "Enter")
    expect(page.locator("#part-timeline")).to_contain_text("Bonjour @acme")
    expect(page.locator("#text-public")).to_have_value("half a sentence")
    expect(page.locator("#text-public")).to_be_focused()


def test_what_is_wrong_is_said(page: Page) -> None:
    page.goto("/practice/")
    page.fill("#text-public", "x" * 301)
    page.press("#text-public", "Enter")
    expect(page.get_by_role("alert")).to_contain_text("too long")
    expect(page.locator("#text-public")).to_have_value("x" * 301)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_everybody_can_use_it(page: Page, scheme: str, width: int) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.set_viewport_size({"width": width, "height": 900})
    page.goto("/practice/?as=jonas")
    page.locator(".make-up > summary").click()
    page.locator(".received > summary").click()
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
