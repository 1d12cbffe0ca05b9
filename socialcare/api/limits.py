"""How much one may ask: requests a minute for each token, and the size of a body."""

import time
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest
from django.http.request import UnreadablePostError
from rest_framework.throttling import BaseThrottle

from socialcare.cache import count_up

from .errors import ApiError

LARGEST_BODY = 512_000
"""Bytes."""
MINUTE = 60


class TokenLimit(BaseThrottle):
    """So many requests a minute for each token; above it 429 and how long to wait."""

    def allow_request(self, request: Any, view: Any) -> bool:
        """Count this one. Raises ApiError (429)."""
        if request.auth:
            count(str(request.auth))
        return True


def count(token: str) -> None:
    """Count a request of a token. Raises ApiError (429) with Retry-After above API_RATE_LIMIT in this minute."""
    now = time.time()
    key = f"api-calls:{token}:{int(now // MINUTE)}"
    if count_up(key, 2 * MINUTE) <= settings.API_RATE_LIMIT:
        return
    wait = str(MINUTE - int(now % MINUTE))
    message = f"More than {settings.API_RATE_LIMIT} requests in a minute; try again in {wait} s."
    raise ApiError(429, message, headers={"Retry-After": wait})


def body_of(request: HttpRequest, largest: int = LARGEST_BODY) -> bytes:
    """The body. Raises ApiError: 413 above `largest` bytes, 400 when it breaks off."""
    try:
        declared = int(request.META.get("CONTENT_LENGTH") or 0)
        body = request.body if declared <= largest else None
    except (RequestDataTooBig, ValueError):
        body = None
    except UnreadablePostError as error:
        raise ApiError(400, "The body broke off.") from error
    if body is None or len(body) > largest:
        raise ApiError(413, f"The body has more than {largest} bytes.")
    return body
