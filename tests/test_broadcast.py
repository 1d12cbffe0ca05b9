"""The same to many sockets: a frame that a browser understands, in its order, and no more than who reads will take."""

import asyncio
from typing import Any

import pytest
from daphne.ws_protocol import WebSocketProtocol
from twisted.internet.tcp import Connection

from socialcare.broadcast import BROADCAST, MOST_UNTAKEN, Broadcast, offered
from socialcare.sockets import Sockets

HELLO = b"\x81\x03hi!"
"""As RFC 6455 has it: one whole text, three bytes long, not masked."""


class Transport:
    """Twisted's, as far as it matters here: what the kernel has taken, and what waits."""

    offset = 0

    def __init__(self, takes: int = 10**6) -> None:
        self.takes, self.taken, self.dataBuffer = takes, b"", b""

    @property
    def _tempDataLen(self) -> int:
        return 0

    def writeSomeData(self, data: bytes) -> int | Exception:
        taken, self.takes = data[: self.takes], self.takes - len(data[: self.takes])
        self.taken += taken
        return len(taken)

    def write(self, data: bytes) -> None:
        self.dataBuffer += data


class Protocol:
    STATE_OPEN = state = 3

    def __init__(self, transport: Transport) -> None:
        self.transport = transport


def to(transport: Transport) -> Broadcast:
    return offered(Protocol(transport))[BROADCAST]


def test_it_is_handed_over_at_once() -> None:
    line = Transport()
    assert to(line)("hi!")
    assert (line.taken, line.dataBuffer) == (HELLO, b"")


def test_what_is_not_taken_at_once_follows_in_its_order() -> None:
    line = Transport(takes=2)
    assert to(line)("hi!")
    assert to(line)("hi!")
    assert line.taken + line.dataBuffer == HELLO + HELLO


def test_who_does_not_read_is_sent_no_more() -> None:
    line = Transport(takes=0)
    line.dataBuffer = b"." * (MOST_UNTAKEN + 1)
    assert not to(line)("hi!")
    assert len(line.dataBuffer) == MOST_UNTAKEN + 1


def test_a_line_that_is_lost_is_not_written_to() -> None:
    class Lost(Transport):
        def writeSomeData(self, data: bytes) -> Exception:
            return ConnectionError()

    assert to(line := Lost())("hi!")
    closed = Protocol(Transport())
    closed.state = 1
    assert offered(closed)[BROADCAST]("hi!")
    assert line.dataBuffer == closed.transport.taken == b""


@pytest.mark.parametrize("plain", [True, False])
async def test_our_server_offers_it_for_sockets_that_it_does_not_encipher_itself(plain: bool) -> None:
    scopes: list[Any] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        scopes.append(scope)

    server, protocol = Sockets(application, endpoints=["tcp:port=0"]), WebSocketProtocol()
    server.connections = {protocol: {}}
    protocol.transport = Connection.__new__(Connection) if plain else Transport()
    server.create_application(protocol, {"type": "websocket"})
    await asyncio.sleep(0)
    assert (BROADCAST in scopes[0].get("extensions", {})) is plain
