"""Part *wrapup*: code, notes and tags at any time; after the end its timer, *Done*, and *More time* if it may be."""

import uuid
from typing import Any

from django.utils.translation import gettext as _

from interactions.models import State
from queues.models import AfterContactWork, WrapUpCode
from socialcare.kept import Kept
from socialcare.panel.screen.screen import Screen

MODES = AfterContactWork
NEEDS_CODE = {MODES.MANDATORY, MODES.MANDATORY_TIMEOUT, MODES.MANDATORY_FORCED_TIMEOUT}

_CODES = Kept(lambda queue: WrapUpCode.objects.filter(queues=queue).exclude(name__startswith="ININ-"), queue=uuid.UUID)


def gather(screen: Screen) -> dict[str, Any]:
    """What the part shows."""
    row, handling = screen.interaction, screen.interaction.handling if screen.interaction else None
    if row is None or handling is None or not screen.mine:
        return {"shown": False}
    now = row.state == State.WRAP_UP
    mode = handling.acw_mode if now and handling.acw_mode else row.queue.acw_mode
    left = handling.acw_seconds_left()
    return {
        "shown": True,
        "now": now,
        "mandatory": mode in NEEDS_CODE,
        "forced": mode == MODES.MANDATORY_FORCED_TIMEOUT,
        "requestable": not now and mode == MODES.AGENT_REQUESTED,
        "requested": handling.acw_requested,
        "hint": _hint(mode),
        "deadline": handling.acw_deadline if now else None,
        "left": left,
        "seconds": row.queue.acw_seconds + (row.queue.acw_extension_seconds if handling.acw_extended else 0),
        "may_extend": bool(now and left and row.queue.acw_extension_seconds and not handling.acw_extended),
        "codes": _CODES.rows(queue=row.queue_id),
        "chosen": handling.code_id,
        "notes": handling.notes,
        "tags": ", ".join(handling.tags),
    }


def _hint(mode: str) -> str:
    if mode == MODES.AGENT_REQUESTED:
        return _("only when you ask for it")
    if mode == MODES.OPTIONAL:
        return _("optional, when you end messages")
    return _("asked when you end messages")
