"""What a crowd of panels shows alike is rendered once for all of them: the waiting counts, which change all the time.

With each panel rendering its own, five hundred panels kept the processor so busy with counts that offers came late.
"""

import json
import uuid
from collections.abc import Hashable
from dataclasses import dataclass
from threading import Lock
from weakref import WeakValueDictionary

from accounts.models import User
from accounts.permissions import ACCEPT, EVERYWHERE, PULL, VIEW, held
from socialcare.panel.parts import render_html
from socialcare.panel.screen import waiting
from socialcare.panel.screen.screen import Screen

PART = "waiting"


@dataclass(frozen=True)
class Rendering:
    """The part as it travels to all who see the same: it says nothing of versions, nor of who sees it."""

    text: str
    mark: int
    """Of two renderings that are the same this is the same."""
    listed: frozenset[uuid.UUID]
    """The interactions in it: who has one of them open sees it marked."""


class Crowd:
    """All who may see the same, in the same language and time zone. One of them stands for all."""

    def __init__(self, user: User) -> None:
        self._user = user

    def render(self, interaction_id: uuid.UUID | None) -> Rendering:
        """The waiting counts as they are now; with this interaction marked."""
        screen = Screen(self._user, interaction_id)
        html = str(render_html(screen, [PART])[PART])
        frame = {"type": "parts", "html": {PART: html}, "versions": {}, "all": False, "now": screen.now.isoformat()}
        listed = frozenset(row.pk for row in waiting.next_in(self._user))
        return Rendering(json.dumps(frame), hash(html), listed)


_crowds: WeakValueDictionary[Hashable, Crowd] = WeakValueDictionary()
"""Each is there while a panel belongs to it."""
_lock = Lock()


def crowd_of(user: User) -> Crowd:
    """To which crowd somebody belongs, by the rights that they hold now."""
    with _lock:
        return _crowds.setdefault((user.language, user.timezone, *_reach(user)), Crowd(user))


def _reach(user: User) -> tuple[Hashable, ...]:
    """Who has the same sees the same. Who holds a right for all queues is compared with nobody."""
    rights = [held(user, right) for right in (VIEW, ACCEPT, PULL)]
    everywhere = user.is_superuser or any(EVERYWHERE in queues for queues in rights)
    return (user.pk, user.is_superuser, *rights) if everywhere else tuple(rights)
