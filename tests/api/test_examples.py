"""The example bridge, as a process of its own between the running product and a second system."""

import base64
import hashlib
import hmac
import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.product import ROOT, Product
from tests.services import free_port, running, wait_for

pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.timeout(240)]
SECRET = "a secret of more than sixteen"
PATIENCE = 60.0


class Second:
    """The second system: keeps what it is told; may be out of order."""

    def __init__(self) -> None:
        self.got: list[Any] = []
        self.status = 200
        second = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if second.status == 200:
                    second.got.append(body)
                self.send_response(second.status)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/messages"
        Thread(target=self.server.serve_forever, daemon=True).start()


class Caller:
    """The product's API with a token."""

    def __init__(self, product: Product, user: str) -> None:
        self.base = f"{product.url}/api/v2/"
        self.token = product.manage("issue_token", user).strip()

    def __call__(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        with urlopen(Request(self.base + path, data, headers, method=method), timeout=30) as answer:
            content = answer.read()
        return json.loads(content) if content else None


@pytest.fixture
def second() -> Iterator[Second]:
    second = Second()
    yield second
    second.server.shutdown()
    second.server.server_close()


@pytest.fixture
def admin(live_product: Product) -> Caller:
    return Caller(live_product, "admin")


@pytest.fixture
def bridge(live_product: Product, second: Second, admin: Caller, tmp_path: Path) -> Iterator[Any]:
    """The integration and the bridge's address; the bridge runs."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    [queue] = [each for each in admin("GET", "routing/queues")["entities"] if each["name"] == "Social Care"]
    made = admin(
        "POST",
        "conversations/messaging/integrations/open",
        {
            "name": f"Bridge {uuid.uuid4()}",
            "outboundNotificationWebhookUrl": f"{url}/outbound",
            "outboundNotificationWebhookSignatureSecretToken": SECRET,
            "queue": {"id": queue["id"]},
            "priority": 100_000,
        },
    )
    right = "conversation:message:create"
    alice = Caller(live_product, "alice")("GET", "users/me")["id"]
    grants = [{"subject": {"id": alice, "type": "USER"}, "permissions": [right]}]
    admin("PUT", f"conversations/messaging/integrations/open/{made['id']}/grants", grants)
    inbound = f"{live_product.url}/api/v2/conversations/messages/{made['id']}/inbound/open"
    environment = {
        **os.environ,
        "SECRET": SECRET,
        "PRODUCT": inbound,
        "SECOND": second.url,
        "PORT": str(port),
        "STATE": str(tmp_path / "bridge.sqlite3"),
    }
    command = [sys.executable, str(ROOT / "examples" / "open_bridge.py")]
    with (tmp_path / "log").open("wb") as log, running(command, env=environment, stdout=log, stderr=log) as process:
        wait_for(port, process)
        yield {"url": url, "id": made["id"]}


def call(url: str, body: bytes, **headers: str) -> int:
    """The status."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        with urlopen(Request(url, body, {"Content-Type": "application/json", **named}), timeout=30) as answer:
            return int(answer.status)
    except HTTPError as error:
        return error.code


def signed(body: bytes, secret: str = SECRET) -> str:
    return "sha256=" + base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def until(what: Callable[[], Any]) -> Any:
    """Ask until the answer is not empty."""
    deadline = time.monotonic() + PATIENCE
    while not (found := what()):
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.1)
    return found


def test_both_directions_and_the_receipt(live_product: Product, bridge: Any, second: Second, admin: Caller) -> None:
    text = f"Where is my parcel {uuid.uuid4()}?"
    body = json.dumps({"id": f"m-{text}", "from": "c-7", "name": "Maya", "text": text}).encode()
    for _ in range(2):
        assert call(f"{bridge['url']}/inbound", body) == 202

    alice = Caller(live_product, "alice")
    me = alice("GET", "users/me")["id"]
    alice("PUT", f"users/{me}/routingstatus", {"status": "IDLE"})
    conversation = until(lambda: _mine(alice, "alerting"))
    message = f"conversations/messages/{conversation['id']}"
    mine = _agent(conversation, me)
    alice("PATCH", f"{message}/participants/{mine['id']}", {"state": "connected"})
    mine = _agent(until(lambda: _mine(alice, "connected")), me)
    communication = mine["id"]
    sent = alice("POST", f"{message}/communications/{communication}/messages", {"textBody": "On its way."})
    until(lambda: second.got)
    assert second.got == [{"id": sent["id"], "to": "c-7", "text": "On its way.", "files": []}]

    def status() -> bool:
        told = alice("GET", f"{message}/messages/{sent['id']}")
        return bool(told["status"] == "delivery-success")

    until(status)
    alice("PATCH", f"{message}/participants/{mine['id']}", {"state": "disconnected"})
    alice("PUT", f"users/{me}/routingstatus", {"status": "OFF_QUEUE"})


def _mine(caller: Caller, state: str) -> Any:
    for each in caller("GET", "conversations/messages")["entities"]:
        if any(part["purpose"] == "agent" and part.get("state") == state for part in each["participants"]):
            return each
    return None


def _agent(conversation: Any, user: str) -> Any:
    own = [part for part in conversation["participants"] if part["purpose"] == "agent"]
    return own[-1]


def outbound(key: str) -> bytes:
    channel = {"type": "Private", "to": {"id": "c-7"}, "messageId": key}
    return json.dumps({"id": key, "type": "Text", "text": "Hello", "channel": channel}).encode()


def test_a_wrong_signature_is_refused(bridge: Any, second: Second) -> None:
    body = outbound("k1")
    address = f"{bridge['url']}/outbound"
    for signature in ("", "sha256=", signed(body, "another secret"), signed(body + b" "), "é"):
        assert call(address, body, X_Hub_Signature_256=signature.encode().decode("latin-1")) == 401
    assert call(address, body) == 401
    assert second.got == []
    older = {"X_Hub_Signature_256": signed(body, "the newest secret"), "X_Hub_Signature_256_Older": signed(body)}
    assert call(address, body, **older, Idempotency_Key="k1") == 200


def test_a_repeat_is_passed_on_once_and_what_was_not_taken_again(bridge: Any, second: Second) -> None:
    body = outbound("k2")

    def send() -> int:
        return call(f"{bridge['url']}/outbound", body, X_Hub_Signature_256=signed(body), Idempotency_Key="k2")

    second.status = 503
    assert send() == 503
    second.status = 200
    assert [send(), send(), send()] == [200, 200, 200]
    assert [each["id"] for each in second.got] == ["k2"]


def test_what_the_product_refuses_is_told_to_the_second_system(bridge: Any) -> None:
    assert call(f"{bridge['url']}/inbound", b'{"id": "m-2", "from": "c-7", "text": ""}') == 400
    assert call(f"{bridge['url']}/inbound", b"nonsense") == 400
    assert call(f"{bridge['url']}/elsewhere", b"{}") == 404


def test_it_is_short() -> None:
    assert len((ROOT / "examples" / "open_bridge.py").read_text().splitlines()) < 100


def test_it_needs_its_settings() -> None:
    empty = {"PATH": os.environ["PATH"]}
    command = [sys.executable, str(ROOT / "examples" / "open_bridge.py")]
    done = subprocess.run(command, env=empty, capture_output=True, text=True, check=False)
    assert "SECRET" in done.stderr
