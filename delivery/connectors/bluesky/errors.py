"""What Bluesky's error names mean here.

Names are from the `errors` of the lexicons (com.atproto.server.createSession, com.atproto.repo.putRecord,
app.bsky.feed.getPostThread, chat.bsky.convo.*) and from the reference PDS.
"""

import json
import time
from collections.abc import Mapping
from typing import Final

from delivery.connectors.base import Failure, SendError
from delivery.connectors.http import LONGEST_WAIT, Answer, retry_after, said

NAMED: Final[dict[str, tuple[Failure, str]]] = {
    # our account
    "AuthenticationRequired": (Failure.ACCOUNT, "MessageNotAllowed"),
    "AuthFactorTokenRequired": (Failure.ACCOUNT, "MessageNotAllowed"),
    "AuthMissing": (Failure.ACCOUNT, "MessageNotAllowed"),
    "InvalidToken": (Failure.ACCOUNT, "MessageNotAllowed"),
    "ExpiredToken": (Failure.ACCOUNT, "MessageNotAllowed"),
    "AccountDeactivated": (Failure.ACCOUNT, "MessageNotAllowed"),
    "AccountSuspended": (Failure.ACCOUNT, "MessageNotAllowed"),
    "AccountTakedown": (Failure.ACCOUNT, "MessageNotAllowed"),
    # the recipient
    "BlockedActor": (Failure.RECIPIENT, "RecipientOptedOut"),
    "BlockedSubject": (Failure.RECIPIENT, "RecipientOptedOut"),
    "MessagesDisabled": (Failure.RECIPIENT, "RecipientOptedOut"),
    "NotFollowedBySender": (Failure.RECIPIENT, "MessageNotAllowed"),
    "ConvoLocked": (Failure.RECIPIENT, "MessageNotAllowed"),
    "RecipientNotFound": (Failure.RECIPIENT, "InvalidDestination"),
    "InvalidConvo": (Failure.RECIPIENT, "InvalidDestination"),
    "NotFound": (Failure.RECIPIENT, "UnknownMessage"),
    # the content
    "InvalidRequest": (Failure.REJECTED, "InvalidMessageStructure"),
    "InvalidMimeType": (Failure.REJECTED, "MediaTypeNotAllowed"),
    "BlobTooLarge": (Failure.REJECTED, "InvalidMediaContentLength"),
    "PayloadTooLarge": (Failure.REJECTED, "InvalidMediaContentLength"),
}

STATUS: Final[dict[int, tuple[Failure, str]]] = {
    401: (Failure.ACCOUNT, "MessageNotAllowed"),
    403: (Failure.REJECTED, "MessageNotAllowed"),
    413: (Failure.REJECTED, "InvalidMediaContentLength"),
}


class XrpcError(SendError):
    """A refusal with the platform's own name for it, for callers that treat one name specially."""

    def __init__(
        self, name: str, failure: Failure, reason: str, detail: str = "", retry_after: float | None = None
    ) -> None:
        super().__init__(failure, reason, detail, retry_after)
        self.name = name


def refusal(answer: Answer) -> XrpcError:
    """The error for an answer that is not 2xx."""
    name, words = _named(answer.content)
    detail = f"{name}: {words}" if name and words else name or said(answer)
    if answer.status == 429:
        return XrpcError(name, Failure.QUOTA, "RateLimited", detail, wait(answer.headers))
    if answer.status >= 500:
        return XrpcError(name, Failure.SERVER, "ServerError", detail)
    failure, reason = NAMED.get(name) or STATUS.get(answer.status) or (Failure.REJECTED, "GeneralError")
    return XrpcError(name, failure, reason, detail)


def wait(headers: Mapping[str, str]) -> float | None:
    """Seconds until the platform takes requests again: `retry-after`, else `ratelimit-reset` (a Unix time)."""
    seconds = retry_after(headers)
    reset = headers.get("ratelimit-reset", "")
    if seconds is None and reset.isdecimal():
        seconds = min(float(reset) - time.time(), LONGEST_WAIT)
    return None if seconds is None else max(seconds, 1.0)


def _named(content: bytes) -> tuple[str, str]:
    """An error's name and words, as XRPC answers them: {"error": name, "message": words}."""
    try:
        body = json.loads(content)
    except ValueError:
        return "", ""
    if not isinstance(body, dict):
        return "", ""
    return str(body.get("error") or "")[:100], str(body.get("message") or "")[:300]
