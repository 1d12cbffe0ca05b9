"""Errors of the API: all of one shape, whatever went wrong and wherever.

`{"status", "code", "message", "messageParams", "details": [{"fieldName", "errorCode"}], "contextId"}`
"""

import logging
from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied, TooManyFieldsSent
from django.db import DataError
from django.http import Http404, HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions
from rest_framework.response import Response

from delivery.connectors.base import BadPayload, BadSignature
from socialcare.errors import DomainError, NotFound
from socialcare.tracing import current_id

log = logging.getLogger(__name__)

CODES = {
    400: "bad.request",
    401: "authentication.required",
    403: "not.authorized",
    404: "not.found",
    405: "method.not.allowed",
    406: "not.acceptable",
    409: "conflict",
    413: "request.entity.too.large",
    415: "unsupported.media.type",
    429: "too.many.requests",
    500: "internal.error",
}
CODE_OF = {"required": "missing.value", "null": "missing.value", "blank": "missing.value"}
SHOWN = 5
"""So many wrong fields are told of in words."""
Field = tuple[str, str]
"""The path of a field that is wrong, and the code of what is wrong with it."""


class ApiError(Exception):
    """An answer that is not 2xx."""

    def __init__(self, status: int, message: str, *, code: str = "", headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.message = status, message
        self.code, self.headers = code or CODES[status], dict(headers or {})


def shape(
    status: int, message: str, *, code: str = "", params: Mapping[str, Any] | None = None, fields: Iterable[Field] = ()
) -> dict[str, Any]:
    """The one shape."""
    return {
        "status": status,
        "code": code or CODES.get(status, "bad.request"),
        "message": message,
        "messageParams": {name: str(value) for name, value in (params or {}).items()},
        "details": [{"fieldName": name, "errorCode": wrong} for name, wrong in fields],
        "contextId": current_id(),
    }


def answer(error: Exception) -> JsonResponse:
    """The answer to what went wrong in a plain view."""
    status, body, headers = told(error)
    return JsonResponse(body, status=status, headers=headers)


def exception_handler(error: Exception, context: Mapping[str, Any]) -> Response:
    """The answer to what went wrong in a view of REST framework."""
    status, body, headers = told(error)
    return Response(body, status=status, headers=headers)


Told = tuple[int, dict[str, Any], dict[str, str]]


def told(error: Exception) -> Told:
    """Status, body and headers. What nobody expected is logged, and said to be our fault."""
    match error:
        case ApiError():
            return error.status, shape(error.status, error.message, code=error.code), error.headers
        case DomainError():
            return error.status, of_domain(error), {}
        case BadPayload():
            fields = [(error.field, "invalid.value")] if error.field else []
            message = f"{error.field}: {error}" if error.field else str(error)
            return 400, shape(400, message, fields=fields), {}
        case BadSignature():
            return 401, shape(401, "The signature is wrong.", code="invalid.signature"), {}
        case Http404():
            return 404, of_domain(NotFound()), {}
        case PermissionDenied():
            return 403, shape(403, str(error) or "Not authorized."), {}
        case exceptions.APIException():
            return _of_framework(error)
        case TooManyFieldsSent():
            return 400, shape(400, "The query has too many parameters."), {}
        case DataError() | OverflowError() | RecursionError():
            return 400, shape(400, "A value is out of range."), {}
    body = shape(500, "Something went wrong here; it has been noted under the contextId.")
    log.error("request failed, contextId %s", body["contextId"], exc_info=error)
    return 500, body, {}


def _of_framework(error: exceptions.APIException) -> Told:
    status = error.status_code
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    if isinstance(error, exceptions.ValidationError):
        wrong = list(_fields(error.detail))
        message = " ".join(f"{path}: {words}" if path else words for path, _code, words in wrong[:SHOWN])
        return 400, shape(400, message, fields=[(path, code) for path, code, _words in wrong]), headers
    return status, shape(status, str(error.detail)), headers


def of_domain(error: DomainError) -> dict[str, Any]:
    """A refusal of the domain, in the one shape."""
    fields = [(error.field, error.code)] if error.field else []
    return shape(error.status, str(error), code=error.code, params=error.params, fields=fields)


def _fields(detail: Any, path: str = "") -> Iterable[tuple[str, str, str]]:
    """Path, code and words of everything that is wrong."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            if isinstance(name, int):  # a place in a list
                yield from _fields(inner, f"{path}[{name}]")
                continue
            own = "" if name == "non_field_errors" else str(name)
            yield from _fields(inner, ".".join(part for part in (path, own) if part))
    elif isinstance(detail, list):
        for number, inner in enumerate(detail):
            yield from _fields(inner, f"{path}[{number}]" if isinstance(inner, Mapping | list) else path)
    else:
        yield path, CODE_OF.get(getattr(detail, "code", ""), "invalid.value"), str(detail)


@csrf_exempt
def no_such_page(request: HttpRequest, **_: Any) -> JsonResponse:
    """Whatever address the API does not have."""
    return answer(NotFound())
