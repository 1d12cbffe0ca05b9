"""The same text to many sockets: framed once, and handed to the kernel in the moment in which it is sent.

Otherwise each text passes through channels, daphne, autobahn and twisted for each socket: it is framed anew, and the
event loop is asked to say when the socket may be written to, and then to say so no more. That takes four times as long.

Our server offers it to the application as an extension of ASGI (`scope["extensions"]`); elsewhere there is `send`.
"""

from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any

BROADCAST = "socialcare.broadcast"
Broadcast = Callable[[str], bool]
"""Send this text now, after what was sent before. False, and nothing is sent, while the other end takes too little."""
MOST_UNTAKEN = 65_536
"""Bytes that may wait for who does not read; what tells all the same can be left out."""


def offered(protocol: Any) -> dict[str, Broadcast]:
    """The extension, for a socket of daphne."""
    return {BROADCAST: partial(_send, protocol)}


def _send(protocol: Any, text: str) -> bool:
    if protocol.state != protocol.STATE_OPEN:
        return True
    transport, frame = protocol.transport, _framed(text)
    untaken = len(transport.dataBuffer) - transport.offset + transport._tempDataLen
    if untaken > MOST_UNTAKEN:
        return False
    # An error is left to the loop, which hears of it too
    sent = 0 if untaken else transport.writeSomeData(frame)
    if isinstance(sent, int) and sent < len(frame):
        transport.write(frame[sent:])
    return True


@lru_cache(maxsize=8)
def _framed(text: str) -> bytes:
    from autobahn.websocket.protocol import PreparedMessage  # only where daphne serves: it is large

    frame: bytes = PreparedMessage(text.encode(), isBinary=False, applyMask=False, doNotCompress=True).payloadHybi
    return frame
