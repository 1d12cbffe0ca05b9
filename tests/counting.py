"""A platform that counts: the other side of the open webhook, in whatever mood the test wants it.

The product speaks to it with its own connector and over real HTTP; `settings` are those of the inbox.
"""

import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KIND = "open"


class Mood(Enum):
    """What the platform makes of one request."""

    GOOD = "good"
    SLOW = "slow"
    REFUSING = "refusing"
    LIMITING = "limiting"
    CUTS_BEFORE = "cuts before accepting"
    CUTS_AFTER = "cuts after accepting"
    HOLDS = "accepts, and answers when it is let go"


REFUSALS = {Mood.REFUSING: 503, Mood.LIMITING: 429}
SLOW = 0.5
"""Seconds longer than usual."""
CUTS = (Mood.CUTS_BEFORE, Mood.CUTS_AFTER)


@dataclass
class Counted:
    """What the platform has been asked, and what it shows."""

    port: int = 0
    idempotent: bool = True
    slow: float = 0.0
    mood: Callable[[], Mood] = lambda: Mood.GOOD
    moods: Counter[Mood] = field(default_factory=Counter)
    requests: Counter[str] = field(default_factory=Counter)
    shown: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    """The keys of what is shown."""
    held: threading.Event = field(default_factory=threading.Event)
    let_go: threading.Event = field(default_factory=threading.Event)
    guard: threading.Lock = field(default_factory=threading.Lock)

    @property
    def settings(self) -> dict[str, object]:
        return {"webhook_url": f"http://127.0.0.1:{self.port}/", "ignores_repeats": self.idempotent}

    @property
    def shown_twice(self) -> list[str]:
        """Keys of what readers see more than once."""
        return [key for key, times in Counter(self.keys).items() if times > 1]

    def next_mood(self) -> Mood:
        """The mood for the request that has come in."""
        with self.guard:
            mood = self.mood()
            self.moods[mood] += 1
        return mood

    def take(self, key: str, text: str) -> None:
        """Show it; a repeat only where the platform does not know one."""
        with self.guard:
            if not (self.idempotent and self.requests[key]):
                self.shown.append(text)
                self.keys.append(key)
            self.requests[key] += 1


class Handler(BaseHTTPRequestHandler):
    """One request to the platform of its server."""

    server: "Server"

    def do_POST(self) -> None:
        platform = self.server.counted
        said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        mood = platform.next_mood()
        if mood in REFUSALS or mood is Mood.CUTS_BEFORE:
            self.answer(mood)
            return
        platform.take(said["id"], said["text"])
        time.sleep(platform.slow + (SLOW if mood is Mood.SLOW else 0.0))
        if mood is Mood.HOLDS:
            platform.held.set()
            platform.let_go.wait(60)
        self.answer(mood)

    def answer(self, mood: Mood) -> None:
        if mood in CUTS:
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.send_response(REFUSALS.get(mood, 200))
        self.send_header("Content-Length", "2")
        if mood is Mood.LIMITING:
            self.send_header("Retry-After", "1")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """The platform's door."""

    daemon_threads = True

    def __init__(self, counted: Counted) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.counted = counted

    def handle_error(self, *_args: object) -> None:
        """A sender that was killed is no news."""


@contextmanager
def counting_network(*, idempotent: bool, slow: float = 0.0) -> Iterator[Counted]:
    """Serve, and count."""
    counted = Counted(idempotent=idempotent, slow=slow)
    with Server(counted) as server:
        counted.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield counted
        counted.let_go.set()
        server.shutdown()
