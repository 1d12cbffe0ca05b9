"""The pictures of docs/screenshots: `python -m tests.browser.screenshots` plays a scene and takes them."""

import io
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import django
from PIL import Image
from playwright.sync_api import expect, sync_playwright

django.setup()

from tests.browser.conftest import NARROW, Room  # noqa: E402
from tests.browser.street import Customer, Street  # noqa: E402
from tests.product import ROOT, chromium, running_product  # noqa: E402


if TYPE_CHECKING:
    from playwright.sync_api import Page

FOLDER = ROOT / "docs" / "screenshots"
POST = "@acme my parcel has been “out for delivery” for three days. Is anybody there?"
ANSWER = "Léa, I am sorry about the wait. I have sent you a private message, so that we can find your parcel."
NUMBER = "Thanks. The number is AC-4471. The driver never rang, I was at home all day."
DEPOT = "Thank you. It is at our depot in Rennes, and comes to you tomorrow between 8 and 10."
COLLECT = "Or collect it today until 19:00, at 4 rue de Lorient."


def main() -> None:
    """Take them all."""
    FOLDER.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="pictures-"))
    with running_product(folder, RETRY_SECONDS="1,1") as product, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        room = Room(browser, product.url)
        play(room, Street(room.profile()))
        room.close()


def play(room: Room, street: Street) -> None:
    """One conversation, seen from all sides."""
    desk = room.at("alice", viewport={"width": 1360, "height": 860})
    page = desk.go_on_queue().page
    lea = street.customer("Léa Martin")
    lea.post(POST)
    expect(desk.offer("Léa Martin")).to_be_visible()
    take(page, "offer")
    desk.answer("Léa Martin").send(ANSWER)
    desk.expect_mark(ANSWER, "Published")
    lea.whisper(NUMBER)
    expect(desk.message(NUMBER)).to_be_visible()
    desk.send(DEPOT, "private")
    lea.become("read")
    desk.expect_mark(DEPOT, "Read")
    wait_for_another(room, street)
    take(page, "thread")
    fail(desk, street)
    take(page, "failed")
    look_elsewhere(room, page, street, lea)


def wait_for_another(room: Room, street: Street) -> None:
    """Somebody else writes, so that there is an offer beside the work."""
    street.customer("Tomás Ortega").post("@acme your app says delivered, my neighbours say no. Where is my parcel?")
    expect(room.desks[0].offer("Tomás Ortega")).to_be_visible()


def fail(desk: "object", street: Street) -> None:
    """The network refuses a message."""
    street.weather("refusal", reason="Against our community guidelines")
    desk.send(COLLECT, "private")  # type: ignore[attr-defined]
    desk.expect_mark(COLLECT, "Not delivered")  # type: ignore[attr-defined]
    street.weather("fair")


def look_elsewhere(room: Room, page: "Page", street: Street, customer: Customer) -> None:
    """The same in French and dark, on a phone, on the network, and in the administration."""
    page.set_viewport_size(NARROW)
    take(page, "narrow")
    page.set_viewport_size({"width": 1360, "height": 860})
    take(page, "panel-en-light")
    desk = room.desks[0].speak("fr")
    page.emulate_media(color_scheme="dark")
    desk.open("Léa Martin") if not page.url.count("/i/") else None
    take(page, "panel-fr-dark")
    desk.speak("en")
    practice = street.context.new_page()
    practice.set_viewport_size({"width": 1360, "height": 860})
    practice.goto(f"/practice/?as={customer.handle}")
    take(practice, "practice")
    admin = room.profile(viewport={"width": 1360, "height": 860}).new_page()
    admin.goto("/admin/")
    admin.get_by_label("Name", exact=True).fill("admin")
    admin.get_by_label("Password", exact=True).fill("demo")
    admin.get_by_role("button", name="Sign in").click()
    expect(admin.get_by_role("link", name="Queues").first).to_be_visible()
    take(admin, "admin")


def take(page: "Page", name: str) -> None:
    """A picture of 256 colours: small, and as sharp."""
    page.wait_for_load_state("networkidle")
    picture = Image.open(io.BytesIO(page.screenshot()))
    picture.convert("RGB").quantize(256).save(FOLDER / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
