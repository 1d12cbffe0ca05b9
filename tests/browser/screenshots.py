"""The pictures of docs/screenshots: `make screenshots` plays a scene and takes them. Look at each before you commit."""

import io
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import django
from PIL import Image
from playwright.sync_api import expect, sync_playwright

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from tests.browser.conftest import NARROW, Room
from tests.browser.desk import Desk
from tests.browser.street import Customer, Street
from tests.product import ROOT, chromium, running_product

if TYPE_CHECKING:
    from playwright.sync_api import Page

FOLDER = ROOT / "docs" / "screenshots"
SIZE = {"width": 1360, "height": 860}
POST = "@acme my parcel has been “out for delivery” for three days. Is anybody there?"
ANSWER = "Maya, I am sorry about the wait. I have sent you a private message, so that we can find your parcel."
NUMBER = "Thanks. The number is AC-4471. The driver never rang, I was at home all day."
DEPOT = "Thank you. It is at our depot in Lyon, and comes to you tomorrow between 8 and 10."
COLLECT = "Or collect it today until 19:00, at 4 rue de Lorient."
NOTE = "The depot says the van broke down on Friday. We may give the express fee back."
UPDATE = "Update: they answered me within minutes. But do I get the express fee back, @acme?"
FEE = (
    "Yes, Maya. The express fee goes back to your card today; it shows within four days. Sorry again for the long wait."
)


def main() -> None:
    """Take them all."""
    FOLDER.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="pictures-"))
    with running_product(folder, RETRY_SECONDS="1,1") as product, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        room = Room(browser, product.url)
        alice = room.at("alice", viewport=SIZE, reduced_motion="reduce").go_on_queue()
        street = Street(room.profile())
        play(alice, street)
        look_elsewhere(room, alice, street)
        room.close()


def play(alice: Desk, street: Street) -> None:
    """One conversation, from the offer to a message that fails, and what goes on beside it."""
    maya = Customer(street, "maya", "Maya Lopez")
    maya.post(POST, answers="Storm update")
    expect(alice.offer(maya.name)).to_be_visible()
    take(alice.page, "offer")
    talk(alice, maya)
    expect_unread(alice, street)
    alice.open(maya.name).write(FEE)
    take(alice.page, "thread")
    fail(alice, street)
    street.customer("Tomás Ortega", followers="38").post(
        "@acme your app says delivered, my neighbours say no. Where is it?"
    )
    expect(alice.offer("Tomás Ortega")).to_be_visible()


def talk(alice: Desk, maya: Customer) -> None:
    """In public, in private, a note, and in public again."""
    alice.answer(maya.name).send(ANSWER)
    alice.expect_mark(ANSWER, "Published")
    maya.whisper(NUMBER)
    expect(alice.message(NUMBER)).to_be_visible()
    alice.send(DEPOT, "private")
    maya.become("read")
    alice.expect_mark(DEPOT, "Read")
    alice.page.get_by_role("link", name="Note", exact=True).click()
    alice.page.get_by_role("dialog").get_by_role("textbox").fill(NOTE)
    alice.button("Add note").click()
    expect(alice.message(NOTE)).to_be_visible()
    maya.post(UPDATE, answers=ANSWER)
    expect(alice.message(UPDATE)).to_be_visible()
    alice.choose("public")


def expect_unread(alice: Desk, street: Street) -> None:
    """A second customer, who has written on meanwhile."""
    jonas = Customer(street, "jonas", "Jonas Weber")
    jonas.whisper("It arrived, but the box is wet")
    alice.answer(jonas.name)
    alice.open("Maya Lopez")
    jonas.whisper("And one cup is broken")
    expect(alice.row(jonas.name).locator(".badge")).to_be_visible()


def fail(alice: Desk, street: Street) -> None:
    """The network refuses a message; its menu offers to send it again."""
    alice.write("")
    street.weather("refusal", reason="Against our community guidelines")
    alice.send(COLLECT, "private").expect_mark(COLLECT, "Not delivered")
    street.weather("fair")
    alice.message(COLLECT).locator("details.more summary").click()
    take(alice.page, "failed")
    alice.page.keyboard.press("Escape")
    alice.choose("public").write(FEE)


def look_elsewhere(room: Room, alice: Desk, street: Street) -> None:
    """The whole panel; in French and dark; on a phone; the network; the administration."""
    take(alice.page, "panel-en-light")
    alice.speak("fr").page.emulate_media(color_scheme="dark")
    take(alice.page, "panel-fr-dark")
    alice.speak("en").page.emulate_media(color_scheme="light")
    alice.page.set_viewport_size(NARROW)
    take(alice.page, "narrow")
    practice = room.profile(viewport=SIZE).new_page()
    practice.goto("/practice/?as=maya")
    take(practice, "practice")
    admin = room.profile(viewport=SIZE).new_page()
    admin.goto("/admin/queues/queue/")
    admin.get_by_label("Name", exact=True).fill("admin")
    admin.get_by_label("Password", exact=True).fill("demo")
    admin.get_by_role("button", name="Sign in").click()
    admin.get_by_role("link", name="Social Care").first.click()
    expect(admin.get_by_role("textbox").first).to_be_visible()
    take(admin, "admin")


def take(page: "Page", name: str) -> None:
    """A picture of 256 colours: small, and as sharp."""
    page.wait_for_load_state("networkidle")
    picture = Image.open(io.BytesIO(page.screenshot(animations="disabled")))
    picture.convert("RGB").quantize(256).save(FOLDER / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
