"""A load generator that costs little itself: HTTP/1.1 on kept connections, in one event loop."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Answer:
    """What a server said."""

    status: int
    headers: dict[str, str]
    body: bytes

    def required(self, *statuses: int) -> "Answer":
        """This answer. Raises RuntimeError unless it has one of these statuses (any 2xx, where none are named)."""
        good = self.status in statuses if statuses else 200 <= self.status < 300
        if not good:
            raise RuntimeError(f"{self.status}: {self.body[:500]!r}")
        return self


class Line:
    """One connection to a server of this machine, kept open; made anew when the server has closed it."""

    def __init__(self, port: int, headers: Mapping[str, str] | None = None) -> None:
        self.port = port
        self.headers = {"Host": f"127.0.0.1:{port}", **(headers or {})}
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        """Ask for a page."""
        return await self.ask("GET", path, b"", headers)

    async def post(self, path: str, body: bytes, headers: Mapping[str, str] | None = None) -> Answer:
        """Post a body; JSON, where the headers do not say otherwise."""
        return await self.ask("POST", path, body, {"Content-Type": "application/json", **(headers or {})})

    async def ask(self, method: str, path: str, body: bytes, headers: Mapping[str, str] | None) -> Answer:
        """One request, and its answer."""
        rows = {**self.headers, **(headers or {}), "Content-Length": str(len(body))}
        head = f"{method} {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in rows.items())
        answer = await self._said(head.encode() + b"\r\n" + body)
        if answer.headers.get("connection", "").lower() == "close":
            self.close()
        return answer

    def close(self) -> None:
        """Hang up."""
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None

    async def _said(self, request: bytes) -> Answer:
        """The answer; asked again, as a browser does, where a kept connection turns out to have been closed."""
        if self._reader is None or self._writer is None or self._writer.is_closing() or self._reader.at_eof():
            return await self._anew(request)
        try:
            self._writer.write(request)
            return await self._answer()
        except asyncio.IncompleteReadError as error:
            if error.partial:
                raise
        except ConnectionError:
            pass
        return await self._anew(request)

    async def _anew(self, request: bytes) -> Answer:
        self.close()
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self.port)
        self._writer.write(request)
        return await self._answer()

    async def _answer(self) -> Answer:
        assert self._reader
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        pairs = (row.partition(":") for row in head[1:] if row)
        headers = {name.lower(): value.strip() for name, _colon, value in pairs}
        if headers.get("transfer-encoding") == "chunked":
            body = b"".join([chunk async for chunk in self._chunks()])
        else:
            body = await self._reader.readexactly(int(headers.get("content-length", 0)))
        return Answer(int(head[0].split()[1]), headers, body)

    async def _chunks(self):
        assert self._reader
        while size := int(await self._reader.readline(), 16):
            yield await self._reader.readexactly(size)
            await self._reader.readexactly(2)
        await self._reader.readexactly(2)
