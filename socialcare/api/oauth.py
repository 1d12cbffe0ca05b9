"""OAuth 2: tokens for machines (client credentials), and for applications that agents sign in to (code with PKCE)."""

from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from oauth2_provider.views import AuthorizationView, RevokeTokenView, TokenView

app_name = "oauth2_provider"


@method_decorator(never_cache, name="dispatch")
class Consent(AuthorizationView):
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
    path("token", TokenView.as_view(), name="token"),
    path("revoke", RevokeTokenView.as_view(), name="revoke-token"),
    path("authorize", Consent.as_view(), name="authorize"),
]
