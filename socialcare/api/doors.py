"""What every machine's request goes through: size, type, who it is. Kept short, as messages come this way in bulk."""

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from oauth2_provider.models import AccessToken

from accounts.models import User
from accounts.permissions import RECEIVE, allowed
from delivery.connectors import connector_for
from delivery.connectors.open_webhook import OpenWebhookConnector
from interactions.models import Inbox
from socialcare.errors import NotFound, NotPermitted

from .errors import ApiError, answer

LARGEST_BODY = 512_000
"""Bytes."""


def door(view: Callable[..., Any]) -> Callable[..., HttpResponse]:
    """A view for machines: POST only, no cookie counts, JSON out, every error in the one shape."""

    @csrf_exempt
    @wraps(view)
    def handle(request: HttpRequest, **where: Any) -> HttpResponse:
        try:
            if request.method != "POST":
                raise ApiError(405, "Only POST is possible here.", headers={"Allow": "POST"})
            return JsonResponse(view(request, **where), safe=False)
        except Exception as error:
            return answer(error)

    return handle


def read(request: HttpRequest) -> bytes:
    """The body. Raises ApiError: 413 above 512,000 bytes, 415 unless it is JSON, 400 when it breaks off."""
    if request.content_type != "application/json":
        raise ApiError(415, "The content type is not application/json.")
    length = request.META.get("CONTENT_LENGTH") or "0"
    try:
        body = request.body if int(length) <= LARGEST_BODY else None
    except (RequestDataTooBig, ValueError):
        body = None
    except UnreadablePostError as error:
        raise ApiError(400, "The body broke off.") from error
    if body is None or len(body) > LARGEST_BODY:
        raise ApiError(413, f"The body has more than {LARGEST_BODY} bytes.")
    return body


def headers_of(request: HttpRequest) -> dict[str, str]:
    """The headers, with lower-case names."""
    return {name.lower(): value for name, value in request.headers.items()}


def require_sender(request: HttpRequest, inbox: Inbox, body: bytes) -> None:
    """Let in who holds a token of somebody who may bring messages here, or who has signed the body with the secret.

    Raises ApiError (401), BadSignature, NotPermitted; NotFound where the token's user may not even see the inbox.
    """
    if "Authorization" in request.headers:
        user = token_user(request)
        if allowed(user, RECEIVE, inbox):
            return
        if Inbox.objects.visible_to(user).filter(pk=inbox.pk).exists():
            raise NotPermitted(str(RECEIVE))
        raise NotFound
    if "X-Hub-Signature-256" not in request.headers:
        bearer = {"WWW-Authenticate": "Bearer"}
        raise ApiError(401, "A bearer token or X-Hub-Signature-256 is missing.", headers=bearer)
    connector = connector_for(inbox)
    assert isinstance(connector, OpenWebhookConnector)
    connector.verify(body, headers_of(request))


def token_user(request: HttpRequest) -> User:
    """Whom the bearer token acts as. Raises ApiError (401)."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    checksum = hashlib.sha256(token.strip().encode()).hexdigest()
    known = AccessToken.objects.select_related("user", "application__user").filter(token_checksum=checksum).first()
    user = (known.user or getattr(known.application, "user", None)) if known and known.is_valid() else None
    if scheme.lower() != "bearer" or user is None or not user.is_active:
        bearer = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
        raise ApiError(401, "The token is not known, or no longer good.", code="bad.credentials", headers=bearer)
    return user  # type: ignore[no-any-return]
