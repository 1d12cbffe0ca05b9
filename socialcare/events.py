"""Telling the screens: one door publishes, after the commit, with a version per audience.

An *audience* is a row with a `version` (an agent's status, an interaction). `publish` counts the version up inside the
transaction, so versions are in commit order, and announces it after the commit. A screen that finds itself behind
its audience's version streams everything again: a lost announcement delays, it never misleads.
"""

import asyncio
import logging
import os
from collections import deque
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Any

from channels.layers import get_channel_layer
from django.conf import settings
from django.db import models, transaction

from socialcare.asking import Answer, Question, Statement
from socialcare.rows import Change

if TYPE_CHECKING:
    import redis

log = logging.getLogger(__name__)
EVERYONE = "everyone"


class Audience(models.Model):
    """A row that screens follow."""

    version = models.PositiveBigIntegerField(default=0, editable=False)

    class Meta:
        abstract = True

    @property
    def audience(self) -> str:
        """The name of the group of screens that follow this row."""
        return f"{self._meta.model_name}.{self.pk}"


def publish(row: Audience, *parts: str, **changes: Any) -> None:
    """Say that these parts of the screens following `row` have changed. Call it inside the transaction that did it.

    `changes` are written to the row in the statement that counts its version up.
    """
    Publication(row, *parts, **changes).answer()


class Publication(Question):
    """The same, to be written together with what is asked (`socialcare.asking.ask`)."""

    def __init__(self, row: Audience, *parts: str, **changes: Any) -> None:
        self._row, self._parts = row, parts
        self._change = Change(type(row), row.pk, changes, count_up="version")

    def statement(self) -> Statement | None:
        """What counts the version up."""
        return self._change.statement()

    def read(self, answer: Answer) -> None:
        """Announce it after the commit."""
        self._row.version = self._change.read(answer) or self._row.version
        tell(self._row, *self._parts)


def tell(row: Audience, *parts: str) -> None:
    """The same, of a row of which the statement that changed it has counted the version up already."""
    message = {"type": "changed", "audience": row.audience, "version": row.version, "parts": list(parts)}
    announce(row.audience, message)


def announce(group: str, message: Mapping[str, Any]) -> None:
    """Send a message to a group of screens after the commit; it may be lost, so nothing may depend on it."""

    # A function of its own and no partial: Django names it in the log when it fails.
    def tell() -> None:
        _send(group, {**message, "group": group})

    transaction.on_commit(tell, robust=True)


# ------------------------------------------------------------------ transport

_serving_loop: asyncio.AbstractEventLoop | None = None


def serve_on(loop: asyncio.AbstractEventLoop) -> None:
    """Name the event loop on which this process serves sockets (used without Redis, where all is one process)."""
    global _serving_loop
    _serving_loop = loop


def _send(group: str, message: dict[str, Any]) -> None:
    if settings.REDIS_URL:
        _send_by_redis(group, message)
    elif _serving_loop and not _serving_loop.is_closed():
        layer = get_channel_layer()
        asyncio.run_coroutine_threadsafe(layer.group_send(group, message), _serving_loop)


_unsent: deque[tuple[str, bytes]] = deque(maxlen=10_000)
"""What is to be announced; while Redis is away, no more than this."""


def _send_by_redis(group: str, message: dict[str, Any]) -> None:
    # A plain PUBLISH in the layer's own format: async_to_sync(group_send) would open a connection for each event.
    prefix = settings.CHANNEL_LAYERS["default"]["CONFIG"]["prefix"]
    _unsent.append((f"{prefix}__group__{group}", get_channel_layer().serialize(message)))
    _messenger().submit(_send_unsent)


def _send_unsent() -> None:
    """Announce all that has come up, in one round trip: nobody who answers a request waits for it."""
    if not _unsent:
        return  # it went with what came up before it
    try:
        with _redis().pipeline(transaction=False) as line:
            with suppress(IndexError):
                while True:
                    line.publish(*_unsent.popleft())
            line.execute()
    except Exception as error:  # whatever it is: nobody asks the messenger how it went
        log.warning("events not announced: %r", error)


@cache
def _messenger() -> ThreadPoolExecutor:
    """One thread, so that all arrives in the order in which it was said."""
    return ThreadPoolExecutor(1, thread_name_prefix="events")


os.register_at_fork(after_in_child=_messenger.cache_clear)


@cache
def _redis() -> "redis.Redis":
    import redis  # not by who has no Redis: it is large

    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=1)
