"""A product for each module, agents who sit down at their screens, and customers on the street."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser.desk import Desk
from tests.browser.street import Street
from tests.browser.words import LOCALES
from tests.conftest import PATIENCE
from tests.product import running_product

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

    from tests.product import Product

WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}

At = Callable[..., Desk]


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Product]":
    """A product of the module's own; it gives up on a network after two quick tries more."""
    with running_product(tmp_path_factory.mktemp("browser"), RETRY_SECONDS="1,1") as product:
        yield product


class Room:
    """Where people sit down: each at a machine of their own, with no cookie yet."""

    def __init__(self, browser: "Browser", url: str) -> None:
        self.browser, self.url = browser, url
        self.contexts: list[BrowserContext] = []
        self.desks: list[Desk] = []
        self.faults: list[str] = []

    def profile(self, language: str = "en", **options: object) -> "BrowserContext":
        """A new browser profile."""
        options = {"viewport": WIDE, "color_scheme": "light", **options}
        context = self.browser.new_context(base_url=self.url, locale=LOCALES[language], timezone_id="UTC", **options)
        context.set_default_timeout(PATIENCE)
        self.contexts.append(context)
        return context

    def at(self, name: str = "", *, language: str = "en", page: "Page | None" = None, **options: object) -> Desk:
        """Somebody's screen, signed in if there is a name; or one more `page` of theirs."""
        page = page or self.profile(language, **options).new_page()
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", lambda said: self.faults.append(said.text) if "Security Policy" in said.text else None)
        desk = Desk(page, language)
        self.desks.append(desk)
        return desk.sign_in(name) if name else desk

    def close(self) -> None:
        """Everybody goes off queue and home; no script may have failed meanwhile."""
        for desk in self.desks:
            desk.leave()
        for context in self.contexts:
            context.close()
        assert not self.faults


@pytest.fixture
def room(browser: "Browser", product: "Product") -> Iterator[Room]:
    """For the people of one test."""
    room = Room(browser, product.url)
    yield room
    room.close()


@pytest.fixture(scope="module")
def staff_room(browser: "Browser", product: "Product") -> Iterator[Room]:
    """For those who stay at their screens through all tests of a module."""
    room = Room(browser, product.url)
    yield room
    room.close()


@pytest.fixture
def at(room: Room) -> At:
    """`at("alice")`: Alice's screen."""
    return room.at


@pytest.fixture
def street(room: Room) -> Iterator[Street]:
    """The practice network; its weather clears up afterwards."""
    street = Street(room.profile())
    yield street
    street.weather("fair")
    street.habits(remembers_keys=True)
