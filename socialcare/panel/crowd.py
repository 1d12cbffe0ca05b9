"""What a crowd of panels shows alike is rendered once for all of them: the waiting counts, which change all the time.

With each panel rendering its own, five hundred panels kept the processor so busy with counts that offers came late.
"""

import time
import uuid
from collections.abc import Hashable
from dataclasses import dataclass
from threading import Lock

from accounts.models import User
from accounts.permissions import ACCEPT, EVERYWHERE, PULL, VIEW, held
from socialcare.panel.parts import Frame, render_screen
from socialcare.panel.screen import waiting
from socialcare.panel.screen.screen import Screen

FRESH = 1.0
"""Seconds for which one rendering serves everybody."""
MOST = 200
"""Renderings kept; there are as many as there are different roles, languages and time zones."""


@dataclass(frozen=True)
class Rendering:
    """The part as all see it who may see the same, and the interactions that are listed in it."""

    made_at: float
    frame: Frame
    listed: frozenset[uuid.UUID]


_kept: dict[Hashable, Rendering] = {}
_lock = Lock()


def waiting_for(user: User, interaction_id: uuid.UUID | None) -> Rendering:
    """The part *waiting* as `user` may see it, rendered at most a second ago. Of versions it says nothing."""
    alike = (user.language, user.timezone, *_reach(user))
    with _lock:
        found = _kept.get(alike)
        if not found or found.made_at < time.monotonic() - FRESH:
            found = _render(user)
            if len(_kept) >= MOST:
                _kept.clear()
            _kept[alike] = found
    if interaction_id in found.listed:  # this person has it open: it is marked
        return _render(user, interaction_id)
    return found


def _reach(user: User) -> tuple[Hashable, ...]:
    """Who has the same sees the same. Who holds a right for all queues is compared with nobody."""
    rights = [held(user, right) for right in (VIEW, ACCEPT, PULL)]
    everywhere = user.is_superuser or any(EVERYWHERE in queues for queues in rights)
    return (user.pk,) if everywhere else tuple(rights)


def _render(user: User, interaction_id: uuid.UUID | None = None) -> Rendering:
    made_at, screen = time.monotonic(), Screen(user, interaction_id)
    frame = render_screen(screen, ["waiting"])
    return Rendering(made_at, frame, frozenset(waiting.next_in(screen).values_list("pk", flat=True)))
