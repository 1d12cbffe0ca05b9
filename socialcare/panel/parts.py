"""One description of the screen: every part is rendered here, for the first page, the socket and the fallback poll."""

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.safestring import SafeString

from accounts.models import User
from interactions.screens import entries_in
from socialcare.panel.screen import active, compose, context, head, me, offers, thread, waiting, wrapup
from socialcare.panel.screen.screen import Screen

PARTS: Mapping[str, Callable[[Screen], dict[str, Any]]] = {
    "me": me.gather,
    "offers": offers.gather,
    "active": active.gather,
    "waiting": waiting.gather,
    "head": head.gather,
    "thread": thread.gather,
    "context": context.gather,
    "wrapup": wrapup.gather,
    "compose-state": compose.gather,
}


@dataclass(frozen=True)
class Frame:
    """Parts of the screen as html, and how new they are."""

    html: dict[str, SafeString]
    versions: dict[str, int]
    title_count: int
    interaction: str | None
    all: bool
    now: str

    def as_json(self) -> dict[str, Any]:
        """As it travels."""
        html = {name: str(html) for name, html in self.html.items()}
        return {"type": "parts", **vars(self), "html": html}


def render_parts(
    user: User, interaction_id: uuid.UUID | None, names: Iterable[str] | None = None, *, csrf: str = ""
) -> Frame:
    """The named parts (all, where none are named) as `user` may see them now, in their language and time zone."""
    return render_screen(Screen(user, interaction_id), names, csrf=csrf)


def render_screen(screen: Screen, names: Iterable[str] | None = None, *, csrf: str = "") -> Frame:
    """The same, of a screen that has been opened already."""
    # Read before anything is rendered: what changes meanwhile is announced with a higher version, and comes again.
    versions = screen.versions
    return Frame(
        html=render_html(screen, names, csrf=csrf),
        versions=versions,
        title_count=screen.title_count,
        interaction=str(screen.interaction.pk) if screen.interaction else None,
        all=names is None,
        now=screen.now.isoformat(),
    )


def render_html(screen: Screen, names: Iterable[str] | None = None, *, csrf: str = "") -> dict[str, SafeString]:
    """The named parts (all, where none are named) in the language and time zone of who looks.

    Single messages of the thread come under their own names.
    """
    user = screen.user
    zone = ZoneInfo(user.timezone) if user.timezone else timezone.get_default_timezone()
    asked = set(PARTS if names is None else names)
    if entries_in(asked) and not screen.interaction:  # not for this person to see any more: nor is what they were shown
        asked.add("thread")
    wanted = [name for name in PARTS if name in asked]
    with translation.override(user.language), timezone.override(zone):
        parts = {name: _render(name, screen, csrf) for name in wanted}
        return parts | {name: html for name, page in screen.entries.items() if (html := thread.entry(screen, page))}


def _render(name: str, screen: Screen, csrf: str) -> SafeString:
    shared = {"user": screen.user, "interaction": screen.interaction, "csrf": csrf, "now_at": screen.now}
    html = render_to_string(f"panel/parts/{name}.html", {**shared, **PARTS[name](screen)})
    return SafeString(html.strip())
