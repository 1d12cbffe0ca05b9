"""Who a request acts as: the bearer of a token, and never a session's cookie."""

import hashlib
from typing import Any

from django.core.cache import cache
from django.db.models.signals import pre_delete
from django.http import HttpRequest
from oauth2_provider.models import AccessToken
from rest_framework.authentication import BaseAuthentication

from accounts.models import User
from interactions import shifts
from queues.models import AgentStatus
from socialcare.events import announce

from .errors import ApiError

BEARER = {"WWW-Authenticate": "Bearer"}
WRONG = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
SEEN_FOR = 15
"""Seconds for which a call says that somebody is there."""


class BearerToken(BaseAuthentication):
    """`Authorization: Bearer …` for REST framework."""

    def authenticate(self, request: Any) -> tuple[User, str] | None:
        """The user and the token's checksum; None without the header. Raises ApiError (401)."""
        if "Authorization" not in request.headers:
            return None
        user, checksum = bearer(request)
        _seen(user)
        return user, checksum

    def authenticate_header(self, request: Any) -> str:
        """What is missing."""
        return BEARER["WWW-Authenticate"]


def bearer(request: HttpRequest) -> tuple[User, str]:
    """Whom the bearer token acts as, and its checksum. Raises ApiError (401)."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    found = user_of(token) if scheme.lower() == "bearer" else None
    if not found:
        raise ApiError(401, "The token is not known, or no longer good.", code="bad.credentials", headers=WRONG)
    return found, checksum_of(token)


def user_of(token: str) -> User | None:
    """The active user as whom a token acts: its own, or the service user of its client."""
    known = AccessToken.objects.select_related("user", "application__user").filter(token_checksum=checksum_of(token))
    row = known.first()
    if row is None or not row.is_valid():
        return None
    user: User | None = row.user or (row.application.user if row.application else None)
    return user if user and user.is_active else None


def checksum_of(token: str) -> str:
    """As which the token is stored."""
    return hashlib.sha256(token.strip().encode()).hexdigest()


def watch() -> None:
    """Let the lines of a token that is revoked be closed at once."""
    pre_delete.connect(_token_ending, sender=AccessToken, dispatch_uid="api-token")


def _token_ending(instance: AccessToken, **_kwargs: Any) -> None:
    # Before, as its client may go with it; it is told after the commit
    user_id = instance.user_id or (instance.application.user_id if instance.application else None)
    announce(f"agent.{user_id}", {"type": "check"})


def _seen(user: User) -> None:
    # An agent who works through the API is there as long as it calls; a machine that never was an agent is none.
    if cache.add(f"api-seen:{user.pk}", True, SEEN_FOR) and AgentStatus.objects.filter(user=user).exists():
        shifts.seen(user)
