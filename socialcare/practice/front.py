"""The network's own door: a small HTTP server on a port of its own.

It is not a view of the product, because a network must be able to do what a view cannot: not be there at all, and hang
up in the middle of an answer. When the weather is *unreachable* nobody listens on the port, so that a brand's software
finds out as it would in life.
"""

import logging
import socket
import threading
from http.server import ThreadingHTTPServer
from typing import Any

from django.db import OperationalError, close_old_connections

from . import weather
from .api import Handler
from .models import Network, Weather

log = logging.getLogger(__name__)
LOOK = 0.5
"""Seconds between two looks at the weather, which another process may have changed."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no news."""
        log.debug("%s hung up", client_address)


class Front:
    """Listens while the network can be reached."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self._lock = threading.RLock()
        self._server: _Server | None = None
        self._held: socket.socket | None = None
        self._address = (host, port)
        self.open()
        weather.watch(self)

    @property
    def url(self) -> str:
        """Where the API is."""
        return f"http://{self._address[0]}:{self._address[1]}"

    def open(self) -> None:
        """Listen, unless it does already. Raises OSError when somebody else has the port."""
        with self._lock:
            if self._server:
                return
            self._let_go()
            self._server = _Server(self._address, Handler)
            self._address = (self._address[0], self._server.server_port)
            threading.Thread(
                target=self._server.serve_forever, args=(0.05,), name="practice front", daemon=True
            ).start()

    def close(self, *, hold: bool = False) -> None:
        """Stop listening; `hold` keeps the port from others meanwhile. Requests that are in are still answered."""
        with self._lock:
            if self._server:
                self._server.shutdown()
                self._server.server_close()
                self._server = None
            if hold and not self._held:
                # Bound but not listening: whoever connects is refused
                self._held = socket.socket()
                self._held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                self._held.bind(self._address)
            if not hold:
                self._let_go()

    def heed(self) -> None:
        """Be there or not, as the weather is."""
        if Network.current().weather == Weather.UNREACHABLE:
            self.close(hold=True)
        else:
            self.open()

    def _let_go(self) -> None:
        if self._held:
            self._held.close()
            self._held = None


def run(front: Front, stop: threading.Event) -> None:
    """Follow the weather until `stop` is set."""
    while not stop.wait(LOOK):
        try:
            front.heed()
        except OperationalError as error:
            log.warning("the weather cannot be read: %s", error)
        except OSError as error:
            log.warning("the practice network cannot listen: %s", error)
        close_old_connections()
    weather.forget(front)
    front.close()
