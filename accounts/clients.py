"""Programs that use the API: machines that act as a service user, and applications that people sign in to."""

from collections.abc import Iterable
from ipaddress import ip_address
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from oauth2_provider.generators import generate_client_secret
from oauth2_provider.models import AccessToken, Application

from accounts.models import ApiClient, ApiToken, User
from socialcare.errors import Invalid


def make_machine(name: str, user: User) -> tuple[ApiClient, str]:
    """A program that acts as `user`, and its secret, which is told only now. Raises Invalid for an inactive user."""
    if not user.is_active:
        raise Invalid(_("Choose somebody who is active."), field="user")
    client = ApiClient(
        name=name,
        user=user,
        client_type=Application.CLIENT_CONFIDENTIAL,
        authorization_grant_type=Application.GRANT_CLIENT_CREDENTIALS,
    )
    return client, new_secret(client)


def make_service_user(username: str, roles: Iterable[str] = ()) -> User:
    """Somebody for a machine to act as, who cannot sign in with a password. Raises Invalid."""
    names = set(roles)
    groups = list(Group.objects.filter(name__in=names))
    if unknown := names - {group.name for group in groups}:
        raise Invalid(_("There is no role “%(role)s”.") % {"role": min(unknown)}, field="roles")
    if User.objects.filter(username=username).exists():
        raise Invalid(_("Somebody of the name “%(user)s” is there already.") % {"user": username}, field="username")
    user = User(username=username)
    user.set_unusable_password()
    try:
        user.full_clean(exclude=["password"])
    except ValidationError as error:
        raise Invalid(" ".join(error.messages), field="username") from error
    with transaction.atomic():
        user.save()
        user.groups.set(groups)
    return user


def make_application(name: str, addresses: Iterable[str]) -> ApiClient:
    """A program to which people sign in here; they are sent back to one of `addresses`. It has no secret, but PKCE.

    Raises Invalid for an address that is not possible.
    """
    client = ApiClient(
        name=name,
        client_type=Application.CLIENT_PUBLIC,
        authorization_grant_type=Application.GRANT_AUTHORIZATION_CODE,
        redirect_uris="\n".join(checked_addresses(addresses)),
    )
    client.save()
    return client


def checked_addresses(addresses: Iterable[str]) -> list[str]:
    """The addresses. Raises Invalid unless there is one, and each is https, or http on the person's own machine."""
    found = list(addresses)
    if not found:
        raise Invalid(_("Write at least one address."), field="redirect_uris")
    for address in found:
        if not _possible(address):
            words = _("“%(address)s” is not possible: write an https address without “#”.") % {"address": address}
            raise Invalid(words, field="redirect_uris")
    return found


def new_secret(client: ApiClient) -> str:
    """Give a machine a new secret, and say it, only now; the old one and its tokens are no longer good."""
    secret: str = generate_client_secret()
    with transaction.atomic():
        client.client_secret = secret
        client.save()
        for token in AccessToken.objects.filter(application=client.pk):
            token.revoke()
    return secret


def revoke(token: ApiToken) -> None:
    """End a token at once, with what it could be renewed by."""
    plain = AccessToken.objects.filter(pk=token.pk).first()
    if plain is None:
        return
    if renewing := getattr(plain, "refresh_token", None):
        renewing.revoke()
    AccessToken.objects.filter(pk=token.pk).delete()


def _possible(address: str) -> bool:
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return False
    if not host or parts.fragment or "#" in address or parts.username or parts.scheme not in ("https", "http"):
        return False
    return parts.scheme == "https" or (not settings.HTTPS and _own_machine(host))


def _own_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
