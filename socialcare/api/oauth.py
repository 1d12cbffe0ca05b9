"""OAuth 2: tokens for machines (client credentials), and for applications that agents sign in to (code with PKCE)."""

from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from oauth2_provider.views import AuthorizationView, RevokeTokenView, TokenView

from .errors import ApiError, answer, no_such_page

app_name = "oauth2_provider"


class OneShape:
    """Says of a wrong method what the API says; what is wrong with a grant is said as OAuth has it."""

    def http_method_not_allowed(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        """405, and which methods there are."""
        allowed = ", ".join(self._allowed_methods())  # type: ignore[attr-defined]
        return answer(ApiError(405, f"Only {allowed} is possible here.", headers={"Allow": allowed}))


class Token(OneShape, TokenView):
    """Gives tokens."""

    http_method_names = ("post",)


class Revoke(OneShape, RevokeTokenView):
    """Ends tokens."""

    http_method_names = ("post",)


@method_decorator(never_cache, name="dispatch")
class Consent(OneShape, AuthorizationView):
    """The page that asks somebody who has signed in whether an application may act as them."""

    template_name = "api/consent.html"
    request: HttpRequest

    def render_to_response(self, context: dict[str, Any], **options: Any) -> HttpResponse:
        """Browsers hold a form to its policy even where the answer sends them on: let it lead to the application."""
        response: HttpResponse = super().render_to_response(context, **options)
        form = context.get("form")
        leads_to = urlsplit(str(form["redirect_uri"].value() or "")) if form else None
        if leads_to and leads_to.netloc:
            response._csp_update = {"form-action": [f"{leads_to.scheme}://{leads_to.netloc}"]}  # type: ignore[attr-defined]
        return response


urlpatterns = [
    path("token", Token.as_view(), name="token"),
    path("revoke", Revoke.as_view(), name="revoke-token"),
    path("authorize", Consent.as_view(), name="authorize"),
    path("<path:anything>", no_such_page),
]
