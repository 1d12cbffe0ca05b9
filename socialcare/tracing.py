"""The id by which everything that one request or one task did can be found in the logs."""

import logging
import re
import uuid
from collections.abc import Callable, Mapping
from contextvars import ContextVar

from django.http import HttpRequest, HttpResponse

HEADER = "X-Request-ID"
_GOOD = re.compile(r"[A-Za-z0-9._-]{8,64}")
_KEYS = re.compile(r"(/api/v2/uploads/|/files/|/ws/notifications/)[^\s?\"']+")
"""Addresses that are keys: of uploads, of files for platforms, of notification channels."""
_current: ContextVar[str] = ContextVar("trace", default="")
_interaction: ContextVar[str] = ContextVar("interaction", default="")


def current_id() -> str:
    """The id of the request or task that is being served; a new one where there is none."""
    return _current.get() or str(uuid.uuid4())


def begin(trace: str = "") -> str:
    """From here on, in this thread or task, this id (or a new one) is the current one."""
    trace = trace if _GOOD.fullmatch(trace) else str(uuid.uuid4())
    _current.set(trace)
    _interaction.set("")
    return trace


def about(interaction_id: object) -> None:
    """From here on, until the next request or task begins, it is about this interaction."""
    _interaction.set(str(interaction_id))


class RequestIdMiddleware:
    """Takes the proxy's request id, or makes one; answers with it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        trace = begin(request.headers.get(HEADER, ""))
        response = self.get_response(request)
        response.headers[HEADER] = trace
        return response

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: Mapping[str, object]) -> None:
        """Remember which interaction is asked for."""
        if interaction := kwargs.get("interaction_id") or kwargs.get("conversation_id"):
            about(interaction)


class AddressFilter(logging.Filter):
    """Leaves out of every line of the log what alone opens an address: who reads the log must not get in by it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Nothing else is left out."""
        said = record.getMessage()
        if _KEYS.search(said):
            record.msg, record.args = _KEYS.sub(r"\1…", said), ()
        return True


class TraceFilter(logging.Filter):
    """Puts the current ids on every line of the log."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Nothing is left out."""
        record.trace = _current.get()
        if interaction := _interaction.get():
            record.interaction = interaction
        return True
