"""Part *active*: my running work, two lines each; the second says the most urgent thing."""

import uuid
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from interactions.models import Draft, Interaction, State
from queues.models import AfterContactWork
from socialcare.panel.screen import words
from socialcare.panel.screen.desk import OnDesk
from socialcare.panel.screen.screen import Screen

Line = dict[str, Any]


def gather(screen: Screen) -> dict[str, Any]:
    """What the part shows."""
    drafts: dict[uuid.UUID, Draft] = {draft.interaction_id: draft for draft in screen.drafts if draft.text.strip()}
    return {
        "rows": [_row(screen, row, drafts.get(row.pk)) for row in screen.work],
        "load": screen.status.load,
        "capacity": screen.status.capacity,
    }


def _row(screen: Screen, row: OnDesk, draft: Draft | None) -> dict[str, Any]:
    wrapping_up = row.state == State.WRAP_UP and row.handling
    return {
        **card(row, screen.interaction_id),
        "unread": row.unread,
        "deadline": row.handling.acw_deadline if wrapping_up and row.handling else None,
        "left": row.handling.acw_seconds_left() if wrapping_up and row.handling else None,
        **_most_urgent(row, draft),
    }


def card(row: Interaction, chosen: uuid.UUID | None) -> dict[str, Any]:
    """What every list shows of an interaction, whoever's it is."""
    return {
        "id": row.pk,
        "customer": words.customer_name(row.customer),
        "network": words.network_icon(row.inbox.kind),
        "network_name": words.network_name(row.inbox.kind),
        "since": row.last_message_at,
        "chosen": row.pk == chosen,
        **last_message(row),
    }


def last_message(row: Interaction) -> Line:
    """The line of an interaction of which nothing else is to be said."""
    return {
        "icon": words.visibility_icon(row.preview_visibility),
        "visibility_name": words.visibility_name(row.preview_visibility),
        "line": row.preview or row.subject or _("Without text"),
        "tone": "",
    }


def _most_urgent(row: OnDesk, draft: Draft | None) -> Line:
    """Not delivered, then wrap-up, then unread, parked, a draft, and last the last message."""
    if row.troubles:
        said = ngettext("%(count)s message not delivered", "%(count)s messages not delivered", row.troubles)
        return _line("alert", said % {"count": row.troubles}, "bad")
    if row.state == State.WRAP_UP:
        return _line("clock", _wrap_up_words(row), "warn")
    if row.unread:
        return last_message(row)
    if row.state == State.PARKED:
        return _line("park", _("Parked"))
    if draft:
        kind = _("Draft, public") if draft.visibility == "public" else _("Draft, private")
        return _line("edit", kind)
    return last_message(row)


def _wrap_up_words(row: OnDesk) -> str:
    mode = row.handling.acw_mode if row.handling else ""
    needs_code = mode not in ("", AfterContactWork.OPTIONAL, AfterContactWork.AGENT_REQUESTED)
    if needs_code and row.handling and not row.handling.code_id:
        return _("Wrap-up, code is missing")
    return _("Wrap-up")


def _line(icon: str, line: str, tone: str = "") -> Line:
    return {"icon": icon, "line": line, "tone": tone, "visibility_name": ""}
