"""The cast and the stage: people, queues and channels every test knows, and a really running product."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings as django_settings
from django.db import connection

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from accounts.models import User
    from interactions.models import Inbox
    from queues.models import Queue
    from tests.network import Network
    from tests.product import Product

CI = bool(os.environ.get("CI"))
PATIENCE = 20_000
"""Milliseconds a busy machine may take for what a person sees at once."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what this database cannot show, do not show twice what needs none; run what drives a browser last."""
    on_postgres = connection.vendor == "postgresql"
    if on_postgres:
        config.hook.pytest_deselected(items=[item for item in items if not _needs_servers(item)])
        items[:] = [item for item in items if _needs_servers(item)]
    for item in items:
        if item.get_closest_marker("postgres") and not on_postgres:
            item.add_marker(pytest.mark.skip(reason="needs PostgreSQL: SQLite has one writer"))
        if item.get_closest_marker("redis") and not django_settings.REDIS_URL:
            item.add_marker(pytest.mark.skip(reason="needs Redis"))
    # Playwright leaves an event loop running in this thread, in which Django refuses its database
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


def _needs_servers(item: pytest.Item) -> bool:
    """Whether PostgreSQL or Redis could make a difference: it has a database or a running product, or asks for them."""
    fixtures = set(getattr(item, "fixturenames", ()))
    marked = any(item.get_closest_marker(name) for name in ("django_db", "postgres", "redis", "slow"))
    return marked or not fixtures.isdisjoint({"db", "transactional_db", "product", "live_product"})


def missing(what: str) -> None:
    """Skip the test and say what this machine lacks; in CI, fail it."""
    if CI:
        pytest.fail(f"{what} is missing on this machine")
    pytest.skip(f"{what} is missing on this machine")


# --- Database and files ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def django_db_modify_db_settings(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Test SQLite in a file of this run: several connections to one in memory lock each other out."""
    if connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "test.sqlite3")


@pytest.fixture(autouse=True)
def _laptop(settings: Any, tmp_path: Path) -> None:
    """Files in a folder of the test, passwords hashed quickly, static files not needed."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def tasks_at_once() -> Iterator[None]:
    """Run tasks where they are started, as soon as the transaction has committed."""
    from delivery.lanes import LANES, bell_of
    from socialcare.celery import app
    from socialcare.work import answer

    for lane in range(LANES):  # what an earlier test has rung nobody will answer any more
        answer(bell_of(lane))
    before = app.conf.task_always_eager
    app.conf.task_always_eager = True
    yield
    app.conf.task_always_eager = before


# --- People, queues, channels ---------------------------------------------------------------------------------------


@pytest.fixture
def redis_away(settings: Any) -> None:
    """A cache in a Redis that nobody can reach."""
    backend = "socialcare.cache.ForgetfulRedisCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": "redis://127.0.0.1:1/0"}}


@pytest.fixture
def queue(db: None) -> "Queue":
    """Social Care: 30 s to answer, after-contact work mandatory with a time limit."""
    from queues.models import AfterContactWork
    from tests.factories import QueueFactory

    return QueueFactory(name="Social Care", alerting_seconds=30, acw_mode=AfterContactWork.MANDATORY_TIMEOUT)


@pytest.fixture
def vip(db: None) -> "Queue":
    """VIP: a queue nobody of the cast works in."""
    from tests.factories import QueueFactory

    return QueueFactory(name="VIP")


@pytest.fixture
def inbox(queue: "Queue") -> "Inbox":
    """The account on the practice network."""
    from tests.factories import InboxFactory

    return InboxFactory(name="Practice network", kind="practice", queue=queue)


@pytest.fixture
def webhook(queue: "Queue") -> "Inbox":
    """The open webhook."""
    from tests.factories import InboxFactory

    return InboxFactory(name="Open webhook", kind="open", queue=queue)


@pytest.fixture
def alice(queue: "Queue", inbox: "Inbox") -> "User":
    """An agent of Social Care, off queue, who may reply in public and in private."""
    from tests.factories import UserFactory, agent_of

    return agent_of(UserFactory(username="alice"), queue, inbox)


@pytest.fixture
def bob(queue: "Queue", inbox: "Inbox") -> "User":
    """An agent of Social Care, off queue, who may reply in private only."""
    from tests.factories import UserFactory, agent_of

    return agent_of(UserFactory(username="bob"), queue, inbox, public=False)


@pytest.fixture
def sam(queue: "Queue", vip: "Queue", inbox: "Inbox") -> "User":
    """A supervisor: everything an agent may on both queues, and pulling, assigning, managing members."""
    from accounts import permissions
    from tests.factories import UserFactory, agent_of, grant

    user = UserFactory(username="sam")
    for each in (queue, vip):
        agent_of(user, each, inbox)
        grant(user, permissions.PULL, permissions.ASSIGN, permissions.MANAGE_MEMBERS, on=each)
    return user


@pytest.fixture
def admin(db: None) -> "User":
    """An administrator, who may do everything."""
    from tests.factories import UserFactory

    return UserFactory(username="admin", is_staff=True, is_superuser=True)


@pytest.fixture
def charlie(db: None) -> "User":
    """Somebody who can sign in and has no right at all."""
    from tests.factories import UserFactory

    return UserFactory(username="charlie")


# --- The running product and a browser ------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def live_product(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Product]":
    """The product with its demo data, really running, without scripted customers."""
    from tests.product import running_product

    with running_product(tmp_path_factory.mktemp("product")) as product:
        yield product


@pytest.fixture(scope="session")
def browser() -> "Iterator[Browser]":
    """One Chromium for the whole run."""
    from playwright.sync_api import expect, sync_playwright

    from tests.product import chromium

    expect.set_options(timeout=PATIENCE)

    executable = chromium()
    if not executable:
        missing("Chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield browser
        browser.close()


@pytest.fixture
def page(browser: "Browser", live_product: "Product") -> "Iterator[Page]":
    """A page of a new browser profile, English and light, on the running product."""
    context = browser.new_context(
        base_url=live_product.url, locale="en-GB", viewport={"width": 1440, "height": 900}, color_scheme="light"
    )
    context.set_default_timeout(PATIENCE)
    yield context.new_page()
    context.close()


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> "Iterator[Network]":
    """A network in the test's hand, behind every channel."""
    from tests.network import connected

    with connected(monkeypatch) as network:
        yield network
