"""What every machine's request goes through: size, type, who it is. Kept short, as messages come this way in bulk."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from accounts.permissions import RECEIVE, allowed
from delivery.connectors import connector_for
from delivery.connectors.open_webhook import OpenWebhookConnector
from interactions.models import Inbox
from socialcare.errors import NotFound, NotPermitted

from .errors import ApiError, answer
from .limits import body_of, count
from .tokens import BEARER, bearer


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
    return body_of(request)


def headers_of(request: HttpRequest) -> dict[str, str]:
    """The headers, with lower-case names."""
    return {name.lower(): value for name, value in request.headers.items()}


def require_sender(request: HttpRequest, inbox: Inbox, body: bytes) -> None:
    """Let in who holds a token of somebody who may bring messages here, or who has signed the body with the secret.

    Raises ApiError (401), BadSignature, NotPermitted; NotFound where the token's user may not even see the inbox.
    """
    if "Authorization" in request.headers:
        user, token = bearer(request)
        count(token)
        if allowed(user, RECEIVE, inbox):
            return
        if Inbox.objects.visible_to(user).filter(pk=inbox.pk).exists():
            raise NotPermitted(str(RECEIVE))
        raise NotFound
    if "X-Hub-Signature-256" not in request.headers:
        raise ApiError(401, "A bearer token or X-Hub-Signature-256 is missing.", headers=BEARER)
    connector = connector_for(inbox)
    assert isinstance(connector, OpenWebhookConnector)
    connector.verify(body, headers_of(request))
