"""Errors of the API: all of one shape, whatever went wrong and wherever.

`{"status", "code", "message", "messageParams", "details": [{"fieldName", "errorCode"}], "contextId"}`
"""

import logging
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response

from delivery.connectors.base import BadPayload, BadSignature
from socialcare.errors import DomainError, NotFound

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
        "contextId": str(uuid.uuid4()),
    }


def answer(error: Exception) -> JsonResponse:
    """The answer to what went wrong in a plain view. What nobody expected is logged, and said to be our fault."""
    match error:
        case ApiError():
            return JsonResponse(
                shape(error.status, error.message, code=error.code), status=error.status, headers=error.headers
            )
        case DomainError():
            return JsonResponse(of_domain(error), status=error.status)
        case BadPayload():
            fields = [(error.field, "invalid.value")] if error.field else []
            message = f"{error.field}: {error}" if error.field else str(error)
            return JsonResponse(shape(400, message, fields=fields), status=400)
        case BadSignature():
            return JsonResponse(shape(401, "The signature is wrong.", code="invalid.signature"), status=401)
        case Http404():
            return JsonResponse(of_domain(NotFound()), status=404)
    body = shape(500, "Something went wrong here; it has been noted under the contextId.")
    log.error("request failed, contextId %s", body["contextId"], exc_info=error)
    return JsonResponse(body, status=500)


def of_domain(error: DomainError) -> dict[str, Any]:
    """A refusal of the domain, in the one shape."""
    fields = [(error.field, error.code)] if error.field else []
    return shape(error.status, str(error), code=error.code, params=error.params, fields=fields)


def exception_handler(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """REST framework's errors, in the one shape. None for what nobody expected: that is the server's to report."""
    match error:
        case DomainError():
            return Response(of_domain(error), status=error.status)
        case Http404():
            return Response(of_domain(NotFound()), status=404)
        case PermissionDenied():
            return Response(shape(403, str(error) or "Not authorized."), status=403)
        case exceptions.ValidationError():
            fields = list(_fields(error.detail))
            return Response(shape(400, "The request is not valid.", fields=fields), status=400)
        case exceptions.APIException():
            headers = {"WWW-Authenticate": "Bearer"} if error.status_code == 401 else {}
            if wait := getattr(error, "wait", None):
                headers["Retry-After"] = str(int(wait) + 1)
            return Response(shape(error.status_code, str(error.detail)), status=error.status_code, headers=headers)
    return None


def _fields(detail: Any, path: str = "") -> Iterable[Field]:
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            yield from _fields(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(detail, list):
        for number, inner in enumerate(detail):
            yield from _fields(inner, f"{path}[{number}]" if isinstance(inner, Mapping | list) else path)
    else:
        yield path, str(getattr(detail, "code", "invalid.value"))


def no_such_page(request: HttpRequest, **_: Any) -> JsonResponse:
    """Whatever address the API does not have."""
    return answer(NotFound())
