"""To whom tokens are given: never to, or for, somebody who is not active."""

from typing import Any

from oauth2_provider.oauth2_validators import OAuth2Validator


class HouseRules(OAuth2Validator):
    """The library's rules, and ours."""

    def validate_grant_type(
        self, client_id: Any, grant_type: str, client: Any, request: Any, *args: Any, **kw: Any
    ) -> bool:
        """A machine gets a token while its service user is active."""
        allowed = super().validate_grant_type(client_id, grant_type, client, request, *args, **kw)
        if grant_type == "client_credentials":
            allowed = allowed and bool(request.client.user and request.client.user.is_active)
        return bool(allowed)

    def validate_refresh_token(self, refresh_token: str, client: Any, request: Any, *args: Any, **kwargs: Any) -> bool:
        """A token is renewed while its person is active."""
        good = super().validate_refresh_token(refresh_token, client, request, *args, **kwargs)
        return bool(good and request.user and request.user.is_active)
