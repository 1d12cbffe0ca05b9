"""Webhooks: where platforms push. Each inbox has its own address, and its connector knows how they sign."""

import uuid
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import path, resolve

from delivery.receiving import accept_payload
from interactions.models import Inbox
from socialcare.errors import NotFound
from socialcare.kept import Kept

from .doors import door, headers_of, read
from .errors import no_such_page

_INBOX = Kept(
    lambda inbox: Inbox.objects.filter(pk=inbox, is_active=True).with_needs(),
    inbox=uuid.UUID,
)


class HooksMiddleware:
    """Lets webhooks pass by what serves people: they come in bulk, without a session, a language or a page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith("/hooks/"):
            return self.get_response(request)
        request.get_host()  # an unknown host is refused here as everywhere
        view, args, where = resolve(request.path_info)
        answer: HttpResponse = view(request, *args, **where)
        answer.headers["Content-Length"] = str(len(answer.content))
        return answer


@door
def hook(request: HttpRequest, inbox_id: uuid.UUID) -> dict[str, Any]:
    """Take a platform's webhook: 2xx once it is stored, 401 for a wrong signature, 400 for what cannot be read."""
    inbox = _INBOX.first(inbox=inbox_id)
    if not inbox:
        raise NotFound
    try:
        accept_payload(inbox, read(request), headers_of(request))
    except NotImplementedError:
        raise NotFound from None  # this platform is asked, it does not push
    return {"ok": True}


urlpatterns = [path("<uuid:inbox_id>/", hook, name="hook"), path("<path:anything>", no_such_page)]
