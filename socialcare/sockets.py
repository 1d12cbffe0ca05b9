"""The `sockets` process: daphne, with an end that nobody notices.

`python -m socialcare.sockets -b 0.0.0.0 -p 8001`; the options are daphne's.
"""

# daphne's server first: importing it chooses the event loop of the process
from daphne.server import Server  # isort: skip

import asyncio
import random
import sys
from typing import Any

from daphne.cli import CommandLineInterface
from daphne.ws_protocol import WebSocketProtocol
from django.conf import settings
from twisted.internet.defer import Deferred
from twisted.internet.tcp import Connection

from socialcare.broadcast import offered

APPLICATION = "socialcare.asgi:application"
LOOK_EVERY = 0.05
GOODBYE = 1.0
"""Seconds for the closing handshake of who has not gone by then."""
STOPPED = 4503


class Sockets(Server):
    """A server that, when it is asked to stop, takes nobody new and goes on until everybody has moved elsewhere."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ports: list[Any] = []

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> Any:
        """With a way to send to many sockets the same."""
        # Not where daphne speaks TLS itself: what is written past it would be plain text
        if isinstance(protocol, WebSocketProtocol) and isinstance(protocol.transport, Connection):
            scope["extensions"] = offered(protocol)
        return super().create_application(protocol, scope)

    def listen_success(self, port: Any) -> None:
        """Remember the door, so that it can be closed before the house."""
        super().listen_success(port)
        self.ports.append(port)

    def kill_all_applications(self) -> Deferred[Any]:
        """Called on SIGTERM, before the event loop ends; it waits for what is returned."""
        return Deferred.fromFuture(asyncio.ensure_future(self._leave()))

    async def _leave(self) -> None:
        for port in self.ports:
            port.stopListening()
        await self._wait_until_gone(settings.STOP_SECONDS)
        for socket in self._sockets():
            socket.serverClose(STOPPED)
        await self._wait_until_gone(GOODBYE)
        await super().kill_all_applications().asFuture(asyncio.get_running_loop())

    async def _wait_until_gone(self, seconds: float) -> None:
        """Tell every socket, also one that was only just being opened, and let requests come to their end."""
        loop, told = asyncio.get_running_loop(), set[Any]()
        deadline = loop.time() + seconds
        while self._served() and loop.time() < deadline:
            for socket in set(self._sockets()) - told:
                self._ask_to_move(socket, within=(deadline - loop.time()) * 0.75)
                told.add(socket)
            await asyncio.sleep(LOOK_EVERY)

    def _ask_to_move(self, socket: Any, within: float) -> None:
        after = random.uniform(0, within)  # noqa: S311 - no secret: so that all do not knock at once
        socket.application_queue.put_nowait({"type": "server.stopping", "after": after})

    def _served(self) -> list[Any]:
        """Sockets and requests that have not come to their end."""
        return [protocol for protocol, facts in self.connections.items() if "disconnected" not in facts]

    def _sockets(self) -> list[WebSocketProtocol]:
        served = (each for each in self._served() if isinstance(each, WebSocketProtocol))
        return [each for each in served if each.state == each.STATE_OPEN]


class Command(CommandLineInterface):
    """daphne's command, for our application and with our log."""

    server_class = Sockets

    def __init__(self) -> None:
        super().__init__()
        self.parser.set_defaults(verbosity=0, server_name="")


if __name__ == "__main__":
    Command().run([*sys.argv[1:], APPLICATION])
