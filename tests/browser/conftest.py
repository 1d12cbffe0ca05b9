"""A product for each module, agents who sit down at their screens, and customers on the street."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.desk import Desk
from tests.browser.street import Street
from tests.browser.words import LOCALES
from tests.product import running_product

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

    from tests.product import Product

PATIENCE = 20_000
"""Milliseconds a busy machine may take for what a person sees at once."""
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}

expect.set_options(timeout=PATIENCE)

At = Callable[..., Desk]


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Product]":
    """A product of the module's own; it gives up on a network after two quick tries more."""
    with running_product(tmp_path_factory.mktemp("browser"), RETRY_SECONDS="1,1") as product:
        yield product


@pytest.fixture
def profile(browser: "Browser", product: "Product") -> "Iterator[Callable[..., BrowserContext]]":
    """Makes browser profiles: each a machine of its own, with no cookie yet."""
    made: list[BrowserContext] = []

    def make(language: str = "en", **options: object) -> "BrowserContext":
        options = {"viewport": WIDE, "color_scheme": "light", **options}
        context = browser.new_context(base_url=product.url, locale=LOCALES[language], timezone_id="UTC", **options)
        context.set_default_timeout(PATIENCE)
        made.append(context)
        return context

    yield make
    for context in made:
        context.close()


@pytest.fixture
def at(profile: "Callable[..., BrowserContext]") -> Iterator[At]:
    """`at("alice")`: Alice's screen, signed in. Everybody goes off queue in the end, and no script may have failed."""
    desks: list[Desk] = []
    faults: list[str] = []

    def sit_down(name: str = "", *, language: str = "en", **options: object) -> Desk:
        page = profile(language, **options).new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None)
        desk = Desk(page, language)
        desks.append(desk)
        return desk.sign_in(name) if name else desk

    yield sit_down
    for desk in desks:
        desk.leave()
    assert not faults


@pytest.fixture
def street(profile: "Callable[..., BrowserContext]") -> Iterator[Street]:
    """The practice network; its weather clears up afterwards."""
    street = Street(profile())
    yield street
    street.weather("fair")
    street.habits(remembers_keys=True)
