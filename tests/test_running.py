"""The running product from outside: one signs in, a socket follows, it stays open when nothing happens."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from websockets.sync.client import ClientConnection, connect

from tests.product import Product

pytestmark = [pytest.mark.slow, pytest.mark.long]
IDLE = 10.0
"""Seconds of silence; redis-py would end a connection after five."""


@contextmanager
def signed_in(product: Product, name: str) -> Iterator[httpx.Client]:
    """A person's browser, without a face."""
    with httpx.Client(base_url=product.url, follow_redirects=True, timeout=20) as browser:
        browser.get("/sign-in/")
        answer = post(browser, "/sign-in/", username=name, password="demo")
        assert answer.status_code == 200, answer.text
        yield browser


def post(browser: httpx.Client, path: str, **fields: str) -> httpx.Response:
    return browser.post(path, data=fields, headers={"X-CSRFToken": browser.cookies["csrftoken"]})


def socket_of(browser: httpx.Client) -> ClientConnection:
    cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    url = str(browser.base_url)
    return connect(
        url.replace("http", "ws", 1).rstrip("/") + "/ws/panel/",
        origin=url.rstrip("/"),
        additional_headers={"Cookie": cookies},
    )


def next_parts(socket: ClientConnection, within: float) -> dict[str, Any]:
    """The next frame with parts; TimeoutError when none comes in time."""
    deadline = time.monotonic() + within
    while True:
        frame = json.loads(socket.recv(timeout=max(0.01, deadline - time.monotonic())))
        if frame["type"] == "parts":
            return frame


def test_a_socket_streams_all_stays_open_and_hears_what_happens(live_product: Product) -> None:
    with signed_in(live_product, "sam") as browser, socket_of(browser) as socket:
        first = next_parts(socket, 20)
        assert first["all"]
        assert "part-me" in first["html"]["me"]
        with pytest.raises(TimeoutError):
            next_parts(socket, IDLE)
        for move in ("on", "off"):
            assert post(browser, "/panel/routing/", to=move).is_success
            while "me" not in next_parts(socket, 20)["html"]:
                pass  # what waits may be told first


def test_a_stranger_gets_no_socket_of_anybody(live_product: Product) -> None:
    with httpx.Client(base_url=live_product.url) as browser, socket_of(browser) as socket:
        assert json.loads(socket.recv(timeout=20))["type"] == "signed-out"


def test_a_restart_keeps_sessions_and_data(live_product: Product) -> None:
    with signed_in(live_product, "sam") as browser:
        before = browser.get("/panel/")
        live_product.restart()
        after = browser.get("/panel/")
        assert before.status_code == after.status_code == 200
        assert after.url.path == "/panel/"
        with socket_of(browser) as socket:
            assert next_parts(socket, 20)["all"]
