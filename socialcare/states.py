"""Lifecycles: a state moves only along the arrows of its table, and only once.

A model with a lifecycle has `TRANSITIONS`, a mapping from each state to the states that may follow it, beside its enum.
"""

from collections.abc import Mapping
from typing import Any, TypeVar

from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from socialcare.asking import Answer, Question, Statement
from socialcare.errors import InvalidTransition
from socialcare.rows import Change, can_keep

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
    move = Move(row, to, field=field, only=only, count_up=count_up, **changes)
    if not (move.answer() if move.is_plain else move.by_the_orm()):
        raise InvalidTransition(_("This has changed in the meantime; look again."), to=to)
    return row


class Move(Question):
    """A `transition` to be written together with what is asked (`socialcare.asking.ask`). Answers whether it moved."""

    def __init__(
        self,
        row: Model,
        to: str,
        *,
        field: str = "state",
        only: Mapping[str, Any] | None = None,
        count_up: str = "",
        **changes: Any,
    ) -> None:
        allowed = sources(type(row).TRANSITIONS, to)  # type: ignore[attr-defined]
        self._row, self._count_up, self._changes = row, count_up, {field: to, **changes}
        self._only = {f"{field}__in": allowed, **(only or {})}
        self._change = Change(type(row), row.pk, self._changes, self._only, count_up=count_up)

    @property
    def is_plain(self) -> bool:
        """Whether it can be said without the ORM; together with others only then."""
        return can_keep(self._changes, self._only)

    def statement(self) -> Statement | None:
        """What writes it."""
        assert self.is_plain, "the ORM writes on its own"
        return self._change.statement()

    def read(self, answer: Answer) -> bool:
        """Whether it moved; then the row in memory is changed too."""
        return self._note(self._change.read(answer))

    def by_the_orm(self) -> bool:
        """The same, where expressions are written or asked for."""
        assert not self._count_up, "the ORM does not give a number back"
        rows = type(self._row)._default_manager.filter(pk=self._row.pk, **self._only)
        return self._note(rows.update(**self._changes))

    def _note(self, moved: int | None) -> bool:
        if not moved:
            return False
        if self._count_up:
            setattr(self._row, self._count_up, moved)
        for name, value in self._changes.items():
            setattr(self._row, name, value)
        return True
