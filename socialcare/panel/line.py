"""What a socket asks of the database: who is there, what they may see, and whether their page has fallen behind."""

import math
import random
import time
import uuid
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import import_module
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import parse_qs

from channels.db import DatabaseSyncToAsync
from django.conf import settings
from django.contrib.auth import get_user
from django.db.models import Count, Sum
from django.http import HttpRequest

from accounts.models import User
from accounts.permissions import TABLE, alike
from interactions import shifts
from interactions.models import Interaction
from queues.models import AgentStatus, Queue
from socialcare.panel.crowd import Crowd, Rendering, crowd_of
from socialcare.panel.parts import Frame, render_parts

_THREADS = ThreadPoolExecutor(4, thread_name_prefix="panel")
"""Screens are rendered beside each other; a slow one does not hold up the rest."""


@dataclass(frozen=True)
class Who:
    """Who is there, and what they may see."""

    user_id: uuid.UUID
    crowd: Crowd
    mark: int
    """Changes with whatever a screen takes from the person: their rights, name, language, preferences."""


@dataclass(frozen=True)
class Found:
    """A frame, and for whom it is. With all parts: the queues that this person may follow."""

    frame: Frame
    who: Who
    queues: frozenset[uuid.UUID] = frozenset()


@dataclass(frozen=True)
class Beat:
    """Who is there, where their page should be, and what waits in the queues, as known lately."""

    who: Who
    versions: Mapping[str, int]
    waiting: "Waiting"


def session_key(scope: Mapping[str, Any]) -> str | None:
    """The key of the session that the socket came with."""
    key: str | None = scope["session"].session_key if "session" in scope else None
    return key


def asked_for(scope: Mapping[str, Any]) -> uuid.UUID | None:
    """The interaction named in the socket's address."""
    query = parse_qs(scope.get("query_string", b"").decode("ascii", "replace"))
    return parsed(query.get("interaction", [""])[0])


def parsed(value: object) -> uuid.UUID | None:
    """An id, or None for whatever is not one."""
    try:
        return uuid.UUID(value) if isinstance(value, str) and value else None
    except ValueError:
        return None


def spread(within: int) -> int:
    """A moment within so many milliseconds: a server that stops must not be met by all pages at once."""
    return random.randrange(within)  # noqa: S311 - not a secret


def behind(versions: object, current: Mapping[str, int]) -> bool:
    """Whether a page at these versions has missed something."""
    if not isinstance(versions, dict):
        return True
    return any(
        not isinstance(versions.get(owner), int) or versions[owner] < number for owner, number in current.items()
    )


def _person(key: str | None) -> User | None:
    if not key:
        return None
    store = import_module(settings.SESSION_ENGINE).SessionStore(key)
    user = get_user(cast("HttpRequest", SimpleNamespace(session=store)))
    return user if isinstance(user, User) and user.is_active else None


def _look(key: str | None) -> Who | None:
    user = _person(key)
    return _who(user) if user else None


_NOT_SHOWN = {"password", "last_login"}


def _who(user: User) -> Who:
    facts = (getattr(user, field.attname) for field in user._meta.concrete_fields if field.name not in _NOT_SHOWN)
    return Who(user.pk, crowd_of(user), hash((*facts, alike(user, *TABLE))))


def _render(key: str | None, interaction_id: uuid.UUID | None, names: Iterable[str] | None) -> Found | None:
    user = _person(key)
    if user is None:
        return None
    queues = frozenset(Queue.objects.visible_to(user).values_list("pk", flat=True)) if names is None else frozenset()
    return Found(render_parts(user, interaction_id, names), _who(user), queues)


def _counts(crowd: Crowd, interaction_id: uuid.UUID | None) -> Rendering:
    return crowd.render(interaction_id)


Waiting = Mapping[uuid.UUID, tuple[int, int]]
"""By queue: how many wait, and the sum of their versions, which no change leaves as it was."""
KNOWN_FOR = 2.0
"""Seconds for which all panels of this process believe what one of them has read of the queues."""
_read: tuple[float, Waiting] = (-math.inf, {})


def _waiting() -> Waiting:
    global _read
    at, known = _read
    if time.monotonic() - at > KNOWN_FOR:
        at = time.monotonic()
        rows = Interaction.objects.waiting().order_by().values_list("queue")
        known = {queue: (count, versions) for queue, count, versions in rows.annotate(Count("pk"), Sum("version"))}
        _read = at, known
    return known


def _waiting_now() -> Waiting:
    global _read
    _read = -math.inf, {}
    return _waiting()


def _beat(key: str | None, interaction_id: uuid.UUID | None) -> Beat | None:
    user = _person(key)
    if user is None:
        return None
    shifts.seen(user)
    versions = {"agent": AgentStatus.objects.of(user).version}
    if interaction_id:
        row = Interaction.objects.visible_to(user).filter(pk=interaction_id).values_list("version", flat=True).first()
        versions |= {} if row is None else {"interaction": row}
    return Beat(_who(user), versions, _waiting())


def _versions(audiences: Iterable[str]) -> dict[str, int]:
    rows: dict[str, Any] = {"agent": AgentStatus.objects, "interaction": Interaction.objects}
    asked: dict[str, list[str]] = {kind: [] for kind in rows}
    for kind, _dot, key in (audience.partition(".") for audience in audiences):
        if kind in asked:
            asked[kind].append(key)
    return {
        f"{kind}.{pk}": version
        for kind, keys in asked.items()
        for pk, version in rows[kind].filter(pk__in=keys).values_list("pk", "version")
    }


def _in_threads(function: Any) -> Any:
    return DatabaseSyncToAsync(function, thread_sensitive=False, executor=_THREADS)


look = _in_threads(_look)
"""Await: who the person of a session is now; None when the session is over."""
render = _in_threads(_render)
"""Await: the named parts (all, for None) as the session's person may see them; None when the session is over."""
counts = _in_threads(_counts)
"""Await: the waiting counts as a crowd sees them now."""
waiting = _in_threads(_waiting)
"""Await: what waits in each queue, as known lately."""
waiting_now = _in_threads(_waiting_now)
"""Await: what waits in each queue, read anew."""
beat = _in_threads(_beat)
"""Await: note that somebody is there; None when the session is over."""
versions = _in_threads(_versions)
"""Await: where the rows stand that screens follow, of these audiences."""
