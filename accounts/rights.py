"""A right that is lost is lost at once: every screen is drawn anew, and what is on offer is looked at again."""

from typing import Any

from django.db import transaction
from django.dispatch import Signal

from socialcare import events

rights_have_changed = Signal()
"""Sent after the commit; the layers above take back what somebody may not have any more."""


def rights_changed(**_: Any) -> None:
    """Say, once after the commit, that somebody's rights have changed. Good as a receiver of any signal."""
    if not any(call is _tell for _sids, call, *_rest in transaction.get_connection().run_on_commit):
        transaction.on_commit(_tell, robust=True)


def _tell() -> None:
    # A role's right concerns whoever holds the role; each screen asks for itself
    events.announce(events.EVERYONE, {"type": "rights"})
    rights_have_changed.send(sender=None)
