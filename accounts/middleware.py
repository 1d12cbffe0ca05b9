"""Who has signed in; and their language and time zone, for the whole request."""

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.functional import SimpleLazyObject

from accounts.signed_in import user_of


class SignedInMiddleware(AuthenticationMiddleware):
    """Django's own, for which whoever comes again is asked for in one round trip, with the session and the rights."""

    def process_request(self, request: HttpRequest) -> None:
        """Say who it is to whoever asks."""
        super().process_request(request)
        whoever: Any = SimpleLazyObject(lambda: user_of(request))
        request.user = whoever


class PreferencesMiddleware:
    """Speak the person's language and show their time; for strangers, the browser's language."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        language = user.language if user.is_authenticated else translation.get_language_from_request(request)
        zone = ZoneInfo(user.timezone) if user.is_authenticated and user.timezone else None
        with translation.override(language), timezone.override(zone):
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response
