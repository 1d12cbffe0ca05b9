"""System checks: what must not reach a server, said before it starts."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured

LOOPBACK = {"127.0.0.1", "localhost", "[::1]", "testserver"}


def _laptop_key_on_a_server() -> bool:
    open_to_others = not set(settings.ALLOWED_HOSTS) <= LOOPBACK
    return open_to_others and not settings.DEBUG and settings.SECRET_KEY == settings.LAPTOP_SECRET_KEY


def refuse_laptop_defaults() -> None:
    """Stop a process that would sign the sessions of other machines with the key everybody knows.

    Raises ImproperlyConfigured. Called where processes start, as a server's command runs no system checks.
    """
    if _laptop_key_on_a_server():
        raise ImproperlyConfigured("SECRET_KEY is the laptop's: set your own before you serve other machines.")


@register(Tags.security)
def secret_key_is_private(**_: Any) -> list[CheckMessage]:
    """Refuse the laptop's key wherever other machines are served."""
    if not _laptop_key_on_a_server():
        return []
    return [Error("SECRET_KEY is the laptop's.", hint="Set SECRET_KEY to 50 random characters.", id="socialcare.E001")]


@register(Tags.security, deploy=True)
def laptop_defaults_are_gone(**_: Any) -> list[CheckMessage]:
    """Refuse, on a server, what is a convenience on a laptop."""
    refused = {
        "E002": (settings.SECRET_KEY == settings.LAPTOP_SECRET_KEY, "SECRET_KEY is not set."),
        "E003": (set(settings.ALLOWED_HOSTS) <= LOOPBACK, "ALLOWED_HOSTS names only this machine."),
        "E004": (
            "sqlite" in settings.DATABASES["default"]["ENGINE"],
            "DATABASE_URL is not set: SQLite has one writer.",
        ),
        "E005": (not settings.REDIS_URL, "REDIS_URL is not set: events and tasks would not leave their process."),
        "E006": (settings.PRACTICE_NETWORK, "PRACTICE_NETWORK is on: anybody could play a customer."),
        "E007": (
            settings.ALLOW_PRIVATE_WEBHOOKS,
            "ALLOW_PRIVATE_WEBHOOKS is on: a webhook could call your own network.",
        ),
    }
    return [Error(words, id=f"socialcare.{number}") for number, (wrong, words) in refused.items() if wrong]


@register(deploy=True)
def public_address_is_set(**_: Any) -> list[CheckMessage]:
    """Warn when links sent to platforms would lead to this machine only."""
    if "//127.0.0.1" not in settings.PUBLIC_URL:
        return []
    return [Warning("PUBLIC_URL leads to this machine only.", hint="Set it to https://…", id="socialcare.W001")]


@register()
def idle_sockets_stay_open(**_: Any) -> list[CheckMessage]:
    """Refuse a Redis layer with a socket time-out: redis-py would close every idle panel after five seconds."""
    layer = settings.CHANNEL_LAYERS.get("default", {})
    hosts = layer.get("CONFIG", {}).get("hosts", [])
    bounded = [host for host in hosts if not (isinstance(host, dict) and host.get("socket_timeout", 5) is None)]
    if not bounded:
        return []
    return [
        Error("The channel layer's Redis connections time out.", hint='"socket_timeout": None', id="socialcare.E008")
    ]


@register()
def events_leave_the_process(**_: Any) -> list[CheckMessage]:
    """Refuse half a Redis: tasks through a broker while events stay in the process that made them."""
    broker = settings.CELERY_BROKER_URL
    if settings.REDIS_URL or broker.startswith("memory:"):
        return []
    return [Error("CELERY_BROKER_URL without REDIS_URL.", hint="Events need REDIS_URL too.", id="socialcare.E009")]
