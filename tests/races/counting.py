"""A network that counts: an HTTP server in the test, and the connector with which processes speak to it."""

import http.client
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from delivery.connectors.base import Connector, Failure, Outbound, SendError, Sent

KIND = "open"
PATH = "tests.races.counting.CountingConnector"


class CountingConnector(Connector):
    """Sends to the counting network named in the inbox's settings."""

    kind, label, platform = KIND, "Counting", "open"

    @property
    def idempotent(self) -> bool:  # type: ignore[override]
        return bool(self.account.settings["idempotent"])

    def send(self, message: Outbound) -> Sent:
        line = http.client.HTTPConnection("127.0.0.1", self.account.settings["port"], timeout=10)
        try:
            line.connect()
        except OSError as error:
            raise SendError(Failure.NETWORK) from error
        try:
            line.request("POST", "/", json.dumps({"key": message.key, "text": message.text}))
            answer = json.load(line.getresponse())
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise SendError(Failure.UNCERTAIN) from error
        finally:
            line.close()
        return Sent(answer["id"])


@dataclass
class Counted:
    """What the network has been asked, and what it shows."""

    port: int = 0
    idempotent: bool = True
    slow: float = 0.0
    requests: Counter[str] = field(default_factory=Counter)
    shown: list[str] = field(default_factory=list)

    @property
    def settings(self) -> dict[str, object]:
        return {"port": self.port, "idempotent": self.idempotent}

    @property
    def shown_twice(self) -> list[str]:
        """Texts that readers see more than once."""
        return [text for text, times in Counter(self.shown).items() if times > 1]


@contextmanager
def counting_network(*, idempotent: bool, slow: float = 0.0) -> Iterator[Counted]:
    """Serve, and count."""
    counted, guard = Counted(idempotent=idempotent, slow=slow), threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with guard:
                if not (idempotent and counted.requests[body["key"]]):
                    counted.shown.append(body["text"])
                counted.requests[body["key"]] += 1
                number = body["key"] if idempotent else str(len(counted.shown))
            time.sleep(slow)
            answer = json.dumps({"id": f"post-{number}"}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_args: object) -> None:
            """A sender that was killed is no news."""

    with Server(("127.0.0.1", 0), Handler) as server:
        counted.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield counted
        server.shutdown()
