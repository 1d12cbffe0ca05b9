"""`Idempotency-Key`: a request that makes something makes it once, however often it is sent."""

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from django.db import IntegrityError, OperationalError, transaction
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from accounts.models import User
from socialcare.errors import Conflict, Invalid

from .models import Answered

LONGEST_KEY = 200
KEPT_FOR = timedelta(hours=24)
Handler = Callable[..., Response]


class _Refused(Exception):
    """Takes the key back with all else: what was refused may be sent again, mended, under the same key."""

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response


def creates(handler: Handler) -> Handler:
    """A method of a view that makes something: with an Idempotency-Key it does so once.

    The same key and body get the first answer again; the same key with another body is refused (409). Whoever comes
    while the first is under way waits for it.
    """

    @wraps(handler)
    def once(view: Any, request: Request, **where: Any) -> Response:
        key = request.headers.get("Idempotency-Key", "")
        if not key:
            return handler(view, request, **where)
        if len(key) > LONGEST_KEY:
            raise Invalid(f"At most {LONGEST_KEY} characters are possible.", field="Idempotency-Key")
        return _once(view.user, request, key, lambda: handler(view, request, **where))

    return once


def _once(user: User, request: Request, key: str, do: Callable[[], Response]) -> Response:
    fingerprint = _fingerprint(request)
    try:
        return _first(user, key, fingerprint, do)
    except _Refused as refused:
        return refused.response
    except _KeyTaken:
        return _again(user, key, fingerprint)


class _KeyTaken(Exception):
    pass


def _first(user: User, key: str, fingerprint: str, do: Callable[[], Response]) -> Response:
    with transaction.atomic():
        mine = Answered.objects.filter(user=user)
        mine.filter(created_at__lt=timezone.now() - KEPT_FOR).delete()
        try:
            with transaction.atomic():
                # Of two at once the second waits here until the first has committed, or has given up
                row = Answered.objects.create(user=user, key=key, fingerprint=fingerprint)
        except IntegrityError:
            raise _KeyTaken from None
        except OperationalError as error:
            raise Conflict("A request with this Idempotency-Key is under way.", code="request.under.way") from error
        response = do()
        if response.status_code >= 400:
            raise _Refused(response)
        row.status, row.body = response.status_code, json.dumps(response.data, cls=JSONEncoder)
        row.save(update_fields=["status", "body"])
    return response


def _again(user: User, key: str, fingerprint: str) -> Response:
    row = Answered.objects.get(user=user, key=key)
    if row.fingerprint != fingerprint:
        raise Conflict("This Idempotency-Key was used for another request.", code="idempotency.key.reused")
    return Response(json.loads(row.body), status=row.status, headers={"Idempotent-Replayed": "true"})


def _fingerprint(request: Request) -> str:
    asked = f"{request.method} {request.get_full_path()}\n".encode() + request._request.body
    return hashlib.sha256(asked).hexdigest()
