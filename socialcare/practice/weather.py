"""The weather: what becomes of a request of a brand before the network looks at it."""

import socket
import time
from datetime import timedelta
from typing import Protocol
from urllib.parse import urlsplit
from weakref import WeakSet

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from .models import Network, Weather

SLOW = 4.0
"""Seconds that everything takes when the network is slow."""
LIMIT = 30
"""Seconds to the reset where nobody said."""
NOTICED_WITHIN = 3.0
"""Seconds that the network's door may take to follow the weather, where it is in another process."""


class Watcher(Protocol):
    """Something of this process that has to follow the weather at once."""

    def heed(self) -> None:
        """Look at the weather."""


_watchers: "WeakSet[Watcher]" = WeakSet()
watch, forget = _watchers.add, _watchers.discard


def change(weather: str, *, reason: str = "", seconds: int | None = None, requests: int | None = None) -> None:
    """Set the weather: for good, for some seconds, or for some requests. Takes effect before it returns."""
    if weather == Weather.LIMIT:
        seconds, requests = seconds or LIMIT, None
    if weather == Weather.UNREACHABLE and requests:
        seconds, requests = 5, None  # what never arrives cannot be counted
    with transaction.atomic():
        Network.current()
        Network.objects.filter(pk=1).update(
            weather=weather,
            reason=reason,
            until=timezone.now() + timedelta(seconds=seconds) if seconds else None,
            requests_left=requests,
            revision=F("revision") + 1,
        )
    watchers = list(_watchers)
    for watcher in watchers:
        watcher.heed()
    if not watchers and settings.PRACTICE_URL:
        _wait_for_the_front(listening=weather != Weather.UNREACHABLE)


def _wait_for_the_front(*, listening: bool) -> None:
    """The network's door is in another process, which looks at the weather now and then."""
    address = urlsplit(settings.PRACTICE_URL)
    until = time.monotonic() + NOTICED_WITHIN
    while _listens(address.hostname or "", address.port or 80) != listening and time.monotonic() < until:
        time.sleep(0.05)


def _listens(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True


def habits(*, remembers_keys: bool, untidy: bool) -> None:
    """Set how the network is by nature: whether it knows idempotency keys, and whether its webhooks are tidy."""
    Network.current()
    Network.objects.filter(pk=1).update(remembers_keys=remembers_keys, untidy=untidy, revision=F("revision") + 1)


@transaction.atomic
def meet() -> Network:
    """The network as the next request finds it; counts the request against weather that was set for a few."""
    network = Network.current()
    if network.requests_left is None:
        return network
    last = network.requests_left <= 1
    clear = {"weather": Weather.FAIR, "requests_left": None} if last else {"requests_left": F("requests_left") - 1}
    if not Network.objects.filter(pk=1, requests_left=network.requests_left).update(**clear):
        return meet()
    Network.changed()
    return network
