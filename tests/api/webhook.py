"""The brand's own software at the end of an open integration: it keeps what is posted, and checks the signature."""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, SimpleQueue
from typing import Any

PATIENCE = 20.0


class Webhook:
    """What has come, in order."""

    def __init__(self, secret: str) -> None:
        self.secret, self.url = secret, ""
        self._came: SimpleQueue[tuple[dict[str, str], bytes]] = SimpleQueue()

    def take(self, headers: dict[str, str], body: bytes) -> None:
        """Somebody posts."""
        self._came.put((headers, body))

    def next(self) -> dict[str, Any]:
        """The next message; it is signed with our secret, and named by its key."""
        try:
            headers, body = self._came.get(timeout=PATIENCE)
        except Empty:
            raise AssertionError("nothing came") from None
        expected = base64.b64encode(hmac.new(self.secret.encode(), body, hashlib.sha256).digest()).decode()
        assert headers["x-hub-signature-256"] == f"sha256={expected}"
        message: dict[str, Any] = json.loads(body)
        assert headers["idempotency-key"] == message["id"]
        return message


@contextmanager
def serving(secret: str) -> Iterator[Webhook]:
    """A webhook on loopback until the block ends."""
    webhook = Webhook(secret)
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler(webhook.take)) as server:
        webhook.url = f"http://127.0.0.1:{server.server_port}/care"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield webhook
        server.shutdown()


def _handler(take: Callable[[dict[str, str], bytes], None]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            take({name.lower(): value for name, value in self.headers.items()}, body)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    return Handler
