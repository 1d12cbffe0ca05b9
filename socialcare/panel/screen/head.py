"""Part *head*: whose thread this is, and what I may do with the whole of it."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.permissions import PARK
from interactions.models import State
from socialcare.panel.screen import words
from socialcare.panel.screen.addresses import address
from socialcare.panel.screen.desk import OnDesk
from socialcare.panel.screen.screen import Screen


def gather(screen: Screen) -> dict[str, Any]:
    """What the part shows."""
    row = screen.interaction
    if row is None:
        return {}
    said, since = _standing(screen, row)
    acts = list(_acts(screen, row))
    head = {
        "customer": words.customer_name(row.customer),
        "place": words.place(row),
        "said": said,
        "since": since,
        "wrapping_up": screen.mine and row.state == State.WRAP_UP,
        "acts": acts,
        "menu": [act for act in acts if act["icon"]],
    }
    return {"head": head, "read_url": address("read", row.pk) if screen.mine and row.unread else ""}


def _standing(screen: Screen, row: OnDesk) -> tuple[str, datetime | None]:
    """What state the interaction is in, in words that go before a length of time."""
    if row.state == State.WAITING:
        return _("waiting for"), row.queued_at
    if row.state == State.ALERTING:
        return _("being offered, waiting for"), row.queued_at
    if row.state == State.ENDED:
        return pgettext("before a length of time", "ended"), row.ended_at
    if not screen.mine:
        return _("with %(agent)s, open for") % {"agent": row.owner.display_name if row.owner else ""}, row.started_at
    if row.state == State.PARKED:
        return _("parked for"), row.parked_at
    if row.state == State.WRAP_UP:
        return _("messages ended"), None
    return _("open for"), row.started_at


def _acts(screen: Screen, row: OnDesk) -> Any:
    if row.state != State.ENDED or screen.mine:
        yield _dialog(row, "note", "note", _("Note"), _("Write an internal note"))
    if screen.writable:
        if row.state == State.PARKED:
            yield _button(row, "resume", "again", _("Resume"))
        else:
            yield _button(row, "park", "park", _("Park"), "" if row.may_park else _needs(PARK))
    if screen.writable or (not screen.mine and row.may_assign and row.state != State.ENDED):
        yield _dialog(row, "transfer", "move", _("Transfer") if screen.mine else _("Assign"))
    if screen.writable:
        yield _button(row, "end", "", _("End messages"))
    if row.state == State.WAITING and row.may_pull:
        yield _button(row, "pull", "", _("Pull")) | {"url": address("pull", row.queue_id), "taken": row.pk}


def _button(row: OnDesk, name: str, icon: str, label: str, why_not: str = "") -> dict[str, Any]:
    return {
        "name": name,
        "icon": icon,
        "label": label,
        "url": address(name, row.pk),
        "why_not": why_not,
    }


def _dialog(row: OnDesk, name: str, icon: str, label: str, title: str = "") -> dict[str, Any]:
    return _button(row, name, icon, label) | {"dialog": name, "title": title or label}


def _needs(permission: object) -> str:
    return _("You need the permission “%(permission)s” for this.") % {"permission": permission}
