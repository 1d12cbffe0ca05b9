"""What a socket asks of the database: who is there, what they may see, and whether their page has fallen behind."""

import math
import random
import time
import uuid
from collections.abc import Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from channels.db import DatabaseSyncToAsync
from django.db.models import Count, QuerySet, Sum

from accounts import signed_in
from accounts.models import User
from accounts.permissions import ACCEPT, TABLE, VIEW, alike
from accounts.signed_in import Questions, SignedIn, nothing_else
from interactions import shifts
from interactions.models import Interaction
from queues.models import AgentStatus, Queue
from queues.models.agents import status_of
from socialcare.panel.crowd import Crowd, Rendering, crowd_of
from socialcare.panel.parts import Frame, render_screen
from socialcare.panel.screen.alike import KeptFor
from socialcare.panel.screen.desk import NOBODY
from socialcare.panel.screen.screen import Screen
from socialcare.panel.together import Together

_THREADS = ThreadPoolExecutor(4, thread_name_prefix="panel")
"""Screens are rendered beside each other; a slow one does not hold up the rest."""


@dataclass(frozen=True)
class Who:
    """Who is there, and what they may see."""

    signed_in: SignedIn
    crowd: Crowd
    mark: int
    """Changes with whatever a screen takes from the person: their rights, name, language, preferences."""

    @property
    def user(self) -> User:
        """The person."""
        return self.signed_in.user


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
    return parsed(_query(scope, "interaction"))


def takes_entries(scope: Mapping[str, Any]) -> bool:
    """Whether the page puts single messages into its thread; one that was loaded long ago may not know how."""
    return _query(scope, "entries") == "1"


def _query(scope: Mapping[str, Any], name: str) -> str:
    query = parse_qs(scope.get("query_string", b"").decode("ascii", "replace"))
    return str(query.get(name, [""])[0])


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


def _who(key: str | None, known: Who | None, questions: Questions = nothing_else) -> tuple[Who, list[Any]] | None:
    found = signed_in.look(key, known.signed_in if known else None, questions)
    if not found:
        return None
    there, answers = found
    if known and there is known.signed_in:
        return known, answers
    user = there.user
    facts = (getattr(user, field.attname) for field in user._meta.concrete_fields if field.name not in _NOT_SHOWN)
    return Who(there, crowd_of(user), hash((*facts, alike(user, *TABLE)))), answers


_NOT_SHOWN = {"password", "last_login"}


def _look(key: str | None, known: Who | None) -> Who | None:
    found = _who(key, known)
    return found[0] if found else None


def _render(
    key: str | None, known: Who | None, interaction_id: uuid.UUID | None, names: Collection[str] | None
) -> Found | None:
    found = _who(key, known, lambda user: Screen.questions(user, interaction_id, names))
    if not found:
        return None
    who, answers = found
    screen = Screen(who.user, interaction_id).told(answers, names)
    visible = Queue.objects.visible_to(who.user).values_list("pk", flat=True) if names is None else ()
    return Found(render_screen(screen, names), who, frozenset(visible))


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


def _beat(key: str | None, known: Who | None, interaction_id: uuid.UUID | None) -> Beat | None:
    opened = interaction_id or NOBODY
    found = _who(key, known, lambda user: (status_of(user.pk), _OPENED.question(user, opened=opened)))
    if not found:
        return None
    who, (statuses, interactions) = found
    versions = {"agent": shifts.seen(who.user, *statuses).version}
    if interactions:
        versions["interaction"] = interactions[0].version
    return Beat(who, versions, _waiting())


def _opened(user: User, opened: uuid.UUID) -> QuerySet[Interaction]:
    return Interaction.objects.visible_to(user).filter(pk=opened).only("version")


_OPENED = KeptFor(_opened, VIEW, ACCEPT, opened=uuid.UUID)


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


async def render(
    key: str | None, known: Who | None, interaction_id: uuid.UUID | None, names: Collection[str] | None
) -> Found | None:
    """The named parts (all, for None) as the session's person may see them; None when the session is over."""
    same = key, interaction_id, None if names is None else frozenset(names)
    return await _rendering.made(same, key, known, interaction_id, names)


_rendering = Together(_render, _THREADS)


def _in_threads(function: Any) -> Any:
    return DatabaseSyncToAsync(function, thread_sensitive=False, executor=_THREADS)


look = _in_threads(_look)
"""Await: who the person of a session is now; None when the session is over."""
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
