"""The platform at the other end of an open webhook: takes everything, says yes, and counts."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bench.marks import MARK, Lookout

YES = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"


class Platform:
    """What has arrived: how often each mark, and under which key."""

    def __init__(self, lookout: Lookout) -> None:
        self.lookout = lookout
        self.taken: Counter[str] = Counter()
        self.keys: dict[str, str] = {}

    @property
    def doubled(self) -> int:
        """Messages that have come more than once."""
        return sum(times > 1 for times in self.taken.values())

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take one message."""
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.partition(b"content-length:")[2].split(b"\r\n")[0] or 0)
        said = json.loads(await reader.readexactly(length))
        for mark in MARK.findall(said.get("text", "")):  # and not in the customer's name, which comes many times
            self.taken[mark] += 1
            self.keys[mark] = said["id"]
            self.lookout.tell(mark)
        writer.write(YES)
        await writer.drain()
        writer.close()


@asynccontextmanager
async def listening(port: int, lookout: Lookout) -> AsyncIterator[Platform]:
    """The platform, answering until the block ends."""
    platform = Platform(lookout)
    server = await asyncio.start_server(platform.serve, "127.0.0.1", port, backlog=1000)
    async with server:
        yield platform
