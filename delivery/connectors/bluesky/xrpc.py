"""Bluesky's XRPC over HTTP: one signed-in session per account and process, refreshed when it runs out; its quota.

Plain httpx and not the `atproto` package: that one validates each record it reads against the lexicons of its own
release and refuses what it does not know (one odd post would stop the inbox), hides the rate-limit headers and whether
a request had gone out, and costs 65 MB and 0.8 s.
"""

import hashlib
import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final
from urllib.parse import urlencode

from django.conf import settings

from delivery.connectors.base import Failure, SendError
from delivery.connectors.bluesky.errors import XrpcError, refusal
from delivery.connectors.http import Answer, call

JSON = dict[str, Any]

LARGEST_ANSWER: Final = 8 * 2**20
SIGN_IN: Final = "com.atproto.server.createSession"
REFRESH: Final = "com.atproto.server.refreshSession"
STALE: Final = frozenset({"ExpiredToken", "InvalidToken"})
JSON_TYPE: Final = "application/json"


@dataclass(frozen=True)
class Request:
    """One XRPC call. `safe`: made twice it does no harm, so a broken line is no *uncertain* outcome."""

    verb: str
    method: str
    params: Mapping[str, Any] = field(default_factory=dict)
    content: bytes | None = None
    content_type: str = JSON_TYPE
    headers: Mapping[str, str] = field(default_factory=dict)
    safe: bool = True
    chat: bool = False


@dataclass
class Session:
    """Who we are signed in as; and until when the platform wants no more of a method: each has its own quota."""

    did: str
    handle: str
    access: str
    refresh: str
    host: str
    status: str = ""
    closed_until: dict[str, float] = field(default_factory=dict)


@dataclass
class _Slot:
    """The session of one account in this process; the lock lets one thread at a time sign in."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    session: Session | None = None


_slots: dict[str, _Slot] = {}


def forget_sessions() -> None:
    """Sign in anew at the next call (for tests, and after a fork)."""
    _slots.clear()


class Xrpc:
    """Calls of one account. Every method raises SendError (XrpcError where the platform named the error)."""

    def __init__(self, service: str, identifier: str, password: str, chat_did: str = "") -> None:
        self.service, self.identifier, self.password = service.rstrip("/"), identifier, password
        self.chat_did = chat_did
        secret = hashlib.sha256(password.encode()).hexdigest()
        self._slot = _slots.setdefault(f"{self.service} {identifier} {secret}", _Slot())

    @property
    def session(self) -> Session:
        """The session in use; signs in when there is none."""
        return self._renewed(None)

    def get(self, method: str, *, chat: bool = False, **params: Any) -> JSON:
        """A query. Lists become repeated parameters; None is left out."""
        kept = {key: value for key, value in params.items() if value is not None}
        return self._call(Request("GET", method, kept, chat=chat))

    def post(self, method: str, body: JSON, *, chat: bool = False, safe: bool = True) -> JSON:
        """A procedure; `safe` as in Request."""
        return self._call(Request("POST", method, content=json.dumps(body).encode(), chat=chat, safe=safe))

    def upload(self, content: bytes, content_type: str) -> JSON:
        """com.atproto.repo.uploadBlob: the blob reference to put in a record."""
        request = Request("POST", "com.atproto.repo.uploadBlob", content=content, content_type=content_type)
        return dict(self._call(request)["blob"])

    def _call(self, request: Request) -> JSON:
        session = self.session
        try:
            return self._signed(session, request)
        except XrpcError as error:
            if error.name not in STALE:
                raise
        return self._signed(self._renewed(session), request)

    def _signed(self, session: Session, request: Request) -> JSON:
        wait = session.closed_until.get(request.method, 0) - time.time()
        if wait > 0:
            raise SendError(Failure.QUOTA, "RateLimited", "", wait)
        headers = {"authorization": f"Bearer {session.access}"}
        if request.chat:
            headers["atproto-proxy"] = f"{self.chat_did}#bsky_chat"
        try:
            return ask(session.host, replace(request, headers=headers))
        except XrpcError as error:
            if request.chat and error.name == "InvalidToken":
                # An app password without chat rights: it concerns private messages only, not the whole account.
                raise XrpcError("NoChat", Failure.REJECTED, "MessageNotAllowed", error.detail) from error
            if error.failure == Failure.QUOTA:
                session.closed_until[request.method] = time.time() + (error.retry_after or 0)
            raise

    def _renewed(self, stale: Session | None) -> Session:
        """The session in use, or, where that is `stale`, its successor: refreshed, else signed in with the password."""
        with self._slot.lock:
            current = self._slot.session
            if current is None or (current is stale and not self._refresh(current)):
                current = self._sign_in()
            elif current is stale:
                current = self._slot.session or current
            self._slot.session = current
            return current

    def _refresh(self, session: Session) -> bool:
        headers = {"authorization": f"Bearer {session.refresh}"}
        try:
            answer = ask(session.host, Request("POST", REFRESH, headers=headers))
        except XrpcError as error:
            if error.failure in {Failure.QUOTA, Failure.SERVER}:
                raise
            return False
        self._slot.session = self._session_of(answer)
        return True

    def _sign_in(self) -> Session:
        body = {"identifier": self.identifier, "password": self.password}
        return self._session_of(ask(self.service, Request("POST", SIGN_IN, content=json.dumps(body).encode())))

    def _session_of(self, answer: JSON) -> Session:
        return Session(
            did=answer["did"],
            handle=answer["handle"],
            access=answer["accessJwt"],
            refresh=answer["refreshJwt"],
            host=_home(answer.get("didDoc")) or self.service,
            status="" if answer.get("active", True) else str(answer.get("status") or "inactive"),
        )


def ask(host: str, request: Request) -> JSON:
    """Make one request of `host`; the decoded answer. Raises SendError."""
    url = f"{host}/xrpc/{request.method}"
    if request.params:
        url += "?" + urlencode(request.params, doseq=True)
    headers = {**request.headers, "accept": JSON_TYPE}
    if request.content is not None:
        headers["content-type"] = request.content_type
    try:
        answer = call(
            request.verb,
            url,
            headers=headers,
            content=request.content,
            limit=LARGEST_ANSWER,
            allow_private=settings.ALLOW_PRIVATE_WEBHOOKS,
        )
        if not 200 <= answer.status < 300:
            raise refusal(answer)
        return _decoded(answer)
    except SendError as error:
        if error.failure == Failure.UNCERTAIN and request.safe:
            raise SendError(Failure.NETWORK, error.reason, error.detail) from error
        raise


def _decoded(answer: Answer) -> JSON:
    if not answer.complete:
        raise SendError(Failure.UNCERTAIN, "GeneralError", "the answer broke off")
    body = answer.json() if answer.content else {}
    if not isinstance(body, dict):
        raise SendError(Failure.UNCERTAIN, "ServerError", "the answer is no JSON object")
    return body


def _home(did_document: Mapping[str, Any] | None) -> str:
    """The account's own PDS as its DID document names it; only over TLS, never a step down from it."""
    for service in (did_document or {}).get("service", ()):
        endpoint = str(service.get("serviceEndpoint", ""))
        if service.get("type") == "AtprotoPersonalDataServer" and endpoint.startswith("https://"):
            return endpoint.rstrip("/")
    return ""
