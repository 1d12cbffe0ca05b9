"""Lifecycles: a state moves only along the arrows of its table, and only once.

A model with a lifecycle has `TRANSITIONS`, a mapping from each state to the states that may follow it, beside its enum.
"""

from collections.abc import Mapping
from typing import Any, TypeVar

from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from socialcare.errors import InvalidTransition
from socialcare.rows import can_keep, update_row

M = TypeVar("M", bound=Model)
Table = Mapping[str, frozenset[str]]


def sources(table: Table, to: str) -> list[str]:
    """The states from which `to` can be reached in one move."""
    return [state for state, targets in table.items() if to in targets]


def transition(
    row: M,
    to: str,
    *,
    field: str = "state",
    only: Mapping[str, Any] | None = None,
    count_up: str = "",
    **changes: Any,
) -> M:
    """Move `row` to the state `to` and write `changes`, in one conditional UPDATE.

    `only` adds conditions (lookups) to the move, `count_up` names a number that is counted up by it. Of two that race,
    one wins. Raises InvalidTransition where nothing moved; the row in memory is changed only when the database was.
    """
    allowed = sources(type(row).TRANSITIONS, to)  # type: ignore[attr-defined]
    moved = _move(row, {field: to, **changes}, {f"{field}__in": allowed, **(only or {})}, count_up)
    if not moved:
        raise InvalidTransition(_("This has changed in the meantime; look again."), to=to)
    if count_up:
        setattr(row, count_up, moved)
    for name, value in {field: to, **changes}.items():
        setattr(row, name, value)
    return row


def _move(row: Model, changes: Mapping[str, Any], only: Mapping[str, Any], count_up: str) -> int | None:
    if count_up or can_keep(changes, only):
        return update_row(type(row), row.pk, changes, only, count_up=count_up)
    return type(row)._default_manager.filter(pk=row.pk, **only).update(**changes)
