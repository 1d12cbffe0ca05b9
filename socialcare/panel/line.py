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
from interactions import shifts
from interactions.models import Interaction
from queues.models import AgentStatus, Queue
from socialcare.panel import crowd
from socialcare.panel.parts import Frame, render_parts
from socialcare.watch.sockets import open_sockets

_THREADS = ThreadPoolExecutor(4, thread_name_prefix="panel")
"""Screens are rendered beside each other; a slow one does not hold up the rest."""
COUNTS_A_SECOND = 100


@dataclass(frozen=True)
class Found:
    """A frame. With all parts: the queues whose counts this person may follow. With counts alone: when it was made."""

    frame: Frame
    queues: list[uuid.UUID]
    made_at: float = 0.0


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


def patience() -> float:
    """Seconds for which this panel's counts may wait, so that all panels' together are a hundred frames a second."""
    return random.random() * open_sockets() / COUNTS_A_SECOND  # noqa: S311 - not a secret


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


PERSON_KNOWN_FOR = 10.0
"""Seconds for which the counts, which come every second, believe who somebody is. Every other frame looks anew, and
one comes at once when rights change or a session ends."""
_people: dict[str, tuple[float, User]] = {}
MOST_PEOPLE = 10_000


def _person_for_counts(key: str | None) -> User | None:
    at, known = _people.get(key or "", (-math.inf, None))
    if known and time.monotonic() - at < PERSON_KNOWN_FOR:
        return known
    return _remembered(key, _person(key))


def _remembered(key: str | None, user: User | None) -> User | None:
    if len(_people) >= MOST_PEOPLE:
        _people.clear()
    if user:
        _people[key or ""] = time.monotonic(), user
    else:
        _people.pop(key or "", None)
    return user


def _render(key: str | None, interaction_id: uuid.UUID | None, names: Iterable[str] | None) -> Found | None:
    user = _person_for_counts(key) if names == {"waiting"} else _remembered(key, _person(key))
    if user is None:
        return None
    if names == {"waiting"}:
        shared = crowd.waiting_for(user, interaction_id)
        return Found(shared.frame, [], shared.made_at)
    queues = list(Queue.objects.visible_to(user).values_list("pk", flat=True)) if names is None else []
    return Found(render_parts(user, interaction_id, names), queues)


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


def _seen(user_id: uuid.UUID, interaction_id: uuid.UUID | None) -> dict[str, int]:
    user = User.objects.get(pk=user_id)
    shifts.seen(user)
    current = {"agent": AgentStatus.objects.of(user).version}
    if interaction_id is None:
        return current
    row = Interaction.objects.visible_to(user).filter(pk=interaction_id).values_list("version", flat=True).first()
    return current if row is None else {**current, "interaction": row}


def _in_threads(function: Any) -> Any:
    return DatabaseSyncToAsync(function, thread_sensitive=False, executor=_THREADS)


person = _in_threads(_person)
"""Await: the person of a session that is still good, or None."""
render = _in_threads(_render)
"""Await: the named parts (all, for None) as the session's person may see them; None when the session is over."""
waiting = _in_threads(_waiting)
"""Await: what waits in each queue, as known lately."""
seen = _in_threads(_seen)
"""Await: note a heartbeat, and give the versions at which the page should be."""
