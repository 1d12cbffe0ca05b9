"""OAuth 2: tokens for machines (client credentials), and for applications that agents sign in to (code with PKCE)."""

from django.urls import path
from oauth2_provider.views import AuthorizationView, RevokeTokenView, TokenView

app_name = "oauth2_provider"
urlpatterns = [
    path("token", TokenView.as_view(), name="token"),
    path("revoke", RevokeTokenView.as_view(), name="revoke-token"),
    path("authorize", AuthorizationView.as_view(), name="authorize"),
]
