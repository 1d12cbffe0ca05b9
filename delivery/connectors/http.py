"""The one way in which connectors speak HTTP: deadlines, bounded answers, no private addresses, no redirects.

What goes wrong on the line becomes a `SendError` whose class says what may be done: NETWORK when the request cannot
have been understood, UNCERTAIN when it had gone out. What the other side answers is judged by `require_success`.
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache, lru_cache
from ssl import SSLContext
from typing import Any

import httpcore
import httpx

from .base import Failure, SendError
from .connecting import Door, PrivateAddress

CONNECT, TOTAL = 5.0, 10.0
"""Seconds until there is a connection, and until the whole answer is here."""
LIMIT = 1_000_000
"""Bytes of an answer that are read; the rest is left on the line."""
LARGEST_FILE = 25 * 1024 * 1024
LONGEST_WAIT = 24 * 3600.0
_OURS = {"Accept": "*/*", "Accept-Encoding": "identity", "Connection": "close", "User-Agent": "socialcare"}
_BROKEN = (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError)
"""How a line breaks; httpcore has no one name for it."""


@dataclass(frozen=True)
class Answer:
    """What the other side said: `headers` have lower-case names; `complete` is False where the body broke off."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    complete: bool = True

    @property
    def ok(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300

    def json(self) -> Any:
        """The body as JSON. Raises SendError (UNCERTAIN: it was accepted, but we cannot read as what)."""
        try:
            return json.loads(self.content)
        except ValueError as error:
            raise SendError(Failure.UNCERTAIN, "ServerError", f"unreadable answer: {error}") from error


@cache
def _trust() -> SSLContext:
    return httpx.create_ssl_context(trust_env=False)


@cache
def line(*, allow_private: bool = False, total: float = TOTAL) -> httpcore.ConnectionPool:
    """Connections through the guarded door, one pool per process and kind; safe to use from many threads.

    Every request has its own connection: a kept one may die just as a request goes out on it, and that request would
    be neither sent nor not sent. httpx's client around this pool took longer than all else that a request costs us.
    """
    return httpcore.ConnectionPool(
        ssl_context=_trust(),
        max_connections=100,
        max_keepalive_connections=0,
        network_backend=Door(allow_private=allow_private, total=total),
    )


@lru_cache(maxsize=1000)
def _address(url: str) -> httpcore.URL:
    """An address, taken apart. Raises httpx.InvalidURL, or ValueError where it is none of the web."""
    read = httpx.URL(url)
    if read.scheme not in ("http", "https") or not read.host:
        raise ValueError("no address of the web")
    return httpcore.URL(scheme=read.raw_scheme, host=read.raw_host, port=read.port, target=read.raw_path)


_heard: ContextVar[list[Answer] | None] = ContextVar("heard", default=None)


@contextmanager
def overheard() -> Iterator[list[Answer]]:
    """While it lasts, a list with the latest answer that a connector got; empty where the latest call got none."""
    heard: list[Answer] = []
    token = _heard.set(heard)
    try:
        yield heard
    finally:
        _heard.reset(token)


def call(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    content: bytes | None = None,
    allow_private: bool = False,
    total: float = TOTAL,
    limit: int = LIMIT,
) -> Answer:
    """Make one request and give back its answer, whatever its status. Raises SendError when there is none."""
    if (heard := _heard.get()) is not None:
        heard.clear()
    waits = {"connect": CONNECT, "read": total, "write": total, "pool": total}
    try:
        given = [(name.encode("ascii"), value.encode("ascii")) for name, value in {**_OURS, **(headers or {})}.items()]
        with line(allow_private=allow_private, total=total).stream(
            method, _address(url), headers=given, content=content, extensions={"timeout": waits}
        ) as response:
            body, complete = _read(response, limit)
            answer = Answer(response.status, _by_name(response.headers), body, complete)
    except PrivateAddress as error:
        raise SendError(Failure.REJECTED, "InvalidDestination", str(error)) from error
    except (httpx.InvalidURL, httpcore.UnsupportedProtocol, httpcore.LocalProtocolError, ValueError) as error:
        raise SendError(Failure.REJECTED, "InvalidDestination", str(error)) from error
    except (httpcore.ConnectError, httpcore.ConnectTimeout, httpcore.PoolTimeout) as error:
        raise SendError(Failure.NETWORK, "GeneralError", str(error)) from error
    except _BROKEN as error:
        raise SendError(Failure.UNCERTAIN, "GeneralError", str(error) or type(error).__name__) from error
    if heard is not None:
        heard.append(answer)
    return answer


def _by_name(headers: list[tuple[bytes, bytes]]) -> dict[str, str]:
    """Headers by lower-case name; of several, as one list (RFC 9110, 5.3)."""
    found: dict[str, str] = {}
    for raw, value in headers:
        name, words = raw.decode("ascii").lower(), value.decode("latin-1")
        found[name] = f"{found[name]}, {words}" if name in found else words
    return found


def _read(response: httpcore.Response, limit: int) -> tuple[bytes, bool]:
    """The body up to `limit`. The status line already said what matters: a body that breaks off raises nothing."""
    body = bytearray()
    try:
        for chunk in response.iter_stream():
            body += chunk
            if len(body) > limit:
                return bytes(body[:limit]), False
    except _BROKEN:
        return bytes(body), False
    return bytes(body), True


def fetch(url: str, *, limit: int = LARGEST_FILE, allow_private: bool = False) -> bytes:
    """Fetch a file of at most `limit` bytes. Raises SendError, REJECTED also when it is larger."""
    answer = call("GET", url, allow_private=allow_private, total=30.0, limit=limit)
    require_success(answer)
    if not answer.complete:
        too_large = len(answer.content) >= limit
        raise SendError(Failure.REJECTED if too_large else Failure.NETWORK, "InvalidMediaContentLength", url)
    return answer.content


# ------------------------------------------------------------------ judging an answer

REASONS = {
    401: (Failure.ACCOUNT, "MessageNotAllowed"),
    403: (Failure.ACCOUNT, "MessageNotAllowed"),
    404: (Failure.REJECTED, "InvalidDestination"),
    408: (Failure.SERVER, "ServerError"),
    410: (Failure.REJECTED, "InvalidDestination"),
    413: (Failure.REJECTED, "InvalidMediaContentLength"),
    415: (Failure.REJECTED, "MediaTypeNotAllowed"),
    429: (Failure.QUOTA, "RateLimited"),
}


def require_success(answer: Answer) -> Answer:
    """Give back an answer that is 2xx. Raises SendError by the status, with the platform's words and its wait."""
    if answer.ok:
        return answer
    if answer.status >= 500:
        failure, reason = Failure.SERVER, "ServerError"
    elif answer.status < 400:
        failure, reason = Failure.REJECTED, "InvalidDestination"
    else:
        failure, reason = REASONS.get(answer.status, (Failure.REJECTED, "InvalidMessageStructure"))
    raise SendError(failure, reason, said(answer), retry_after(answer.headers))


def said(answer: Answer) -> str:
    """The other side's own words about a failure, on one line and short."""
    text = answer.content[:2000].decode("utf-8", "replace")
    try:
        body = json.loads(answer.content)
    except ValueError:
        body = None
    while isinstance(body, dict):
        body = next((body[key] for key in ("error", "message", "detail", "error_description") if key in body), None)
    words = body if isinstance(body, str) else text
    words = re.sub(r"[\s\x00-\x1f\x7f]+", " ", words).strip()[:300]
    if 300 <= answer.status < 400:
        return f"{answer.status}: redirects are not followed"
    return f"{answer.status}: {words}" if words else str(answer.status)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait by a Retry-After header, which holds seconds or a date (RFC 9110, 10.2.3)."""
    value = headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]+)?", value):
        return min(float(value), LONGEST_WAIT)
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return min(max((at - datetime.now(UTC)).total_seconds(), 0.0), LONGEST_WAIT)
