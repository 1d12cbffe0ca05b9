"""Writing one row, all day long: the text is made once in each process, and planned once in each connection."""

from collections.abc import Callable, Mapping
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar

from django.db import connection
from django.db.models import (
    AutoField,
    BooleanField,
    CharField,
    DateTimeField,
    IntegerField,
    Model,
    TextField,
    UUIDField,
)

from socialcare.asking import Answer, Question, Statement

M = TypeVar("M", bound=Model)

_OPERATORS = {"": "= %s", "lte": "<= %s", "in": "IN ({})"}


def can_keep(changes: Mapping[str, Any], only: Mapping[str, Any]) -> bool:
    """Whether `update_row` knows how to say this: plain values, and conditions that compare with something."""
    if any(hasattr(value, "resolve_expression") for value in (*changes.values(), *only.values())):
        return False
    return all(
        value is not None and not isinstance(value, Model) and name.partition("__")[2] in _OPERATORS
        for name, value in only.items()
    )


def update_row(
    model: type[Model],
    pk: Any,
    changes: Mapping[str, Any],
    only: Mapping[str, Any] | None = None,
    *,
    count_up: str = "",
) -> int | None:
    """Write `changes` to one row, if it meets the conditions `only` (lookups: equality, `__lte`, `__in`).

    `count_up` names a number that is counted up as well; then that number is given back, else 1. None: no such row.
    """
    number: int | None = Change(model, pk, changes, only, count_up=count_up).answer()
    return number


class Change(Question):
    """A change of one row, to be written together with what is asked (`socialcare.asking.ask`); as `update_row`."""

    def __init__(
        self,
        model: type[Model],
        pk: Any,
        changes: Mapping[str, Any],
        only: Mapping[str, Any] | None = None,
        *,
        count_up: str = "",
    ) -> None:
        self._model, self._changes, self._count_up = model, changes, count_up
        self._only = {"pk": pk, **(only or {})}

    def statement(self) -> Statement | None:
        """What writes it."""
        model, only, vendor = self._model, self._only, connection.vendor
        if any(name.endswith("__in") and not value for name, value in only.items()):
            return None  # nothing is one of none
        sizes = tuple((name, len(value) if name.endswith("__in") else 1) for name, value in only.items())
        values = [_stored(model, name, value, vendor) for name, value in self._changes.items()]
        for name, value in only.items():
            each = value if name.endswith("__in") else [value]
            values += [_stored(model, name.partition("__")[0], one, vendor) for one in each]
        return Statement(_update_text(model, tuple(self._changes), sizes, self._count_up, vendor), values)

    def read(self, answer: Answer) -> int | None:
        """What came of it."""
        if not self._count_up:
            return answer.written or None
        return next((int(number) for (number,) in answer.rows), None)


def _stored(model: type[Model], name: str, value: Any, vendor: str) -> Any:
    field, value = _field(model, name), value.pk if isinstance(value, Model) else value
    return value if _as_it_is(field, vendor) else field.get_db_prep_save(value, connection)


@cache
def _as_it_is(field: Any, vendor: str) -> bool:
    """Whether the database's driver takes this field's values as they are: asking the field takes five calls each."""
    while field.is_relation:
        field = field.target_field
    if type(field).__module__ != "django.db.models.fields":
        return False  # such as one that encrypts
    plain = (CharField, TextField, BooleanField, IntegerField)
    return isinstance(field, (*plain, UUIDField, DateTimeField) if vendor == "postgresql" else plain)


@cache
def _field(model: type[Model], name: str) -> Any:
    return model._meta.pk if name == "pk" else model._meta.get_field(name)


@cache
def _update_text(
    model: type[Model], changes: tuple[str, ...], conditions: tuple[tuple[str, int], ...], count_up: str, _vendor: str
) -> str:
    def quoted(name: str) -> str:
        return connection.ops.quote_name(_field(model, name).column)

    counted = [f"{quoted(count_up)} = {quoted(count_up)} + 1"] if count_up else []
    written = ", ".join([*counted, *(f"{quoted(name)} = %s" for name in changes)])
    met = []
    for lookup, size in conditions:
        name, _, operator = lookup.partition("__")
        met.append(f"{quoted(name)} {_OPERATORS[operator].format(', '.join(['%s'] * size))}")
    table = connection.ops.quote_name(model._meta.db_table)
    text = f"UPDATE {table} SET {written} WHERE {' AND '.join(met)}"  # noqa: S608 - names of our own columns
    return f"{text} RETURNING {quoted(count_up)}" if count_up else text


def insert_row(row: M) -> M:
    """Write a new row, as `save` would, without signals; gives it back with its number, where it has one."""
    Insertion(row).answer()
    return row


class Insertion(Question):
    """A new row, to be written together with what is asked (`socialcare.asking.ask`). Answers whether it was written.

    With `unless_there` nothing is written where what must be unique is there already.
    """

    def __init__(self, row: Model, *, unless_there: bool = False) -> None:
        self._row, self._otherwise = row, "ON CONFLICT DO NOTHING" if unless_there else ""

    def statement(self) -> Statement:
        """What writes it."""
        model, vendor = type(self._row), connection.vendor
        values = [value_of(self._row) for value_of in _values_of(model, vendor)]
        return Statement(_insert_text(model, self._otherwise, vendor), values)

    def read(self, answer: Answer) -> bool:
        """Note on the row that it is stored, and under which number."""
        row, model = self._row, type(self._row)
        if model._meta.pk not in _inserted(model):
            if not answer.rows:
                return False
            [[row.pk]] = answer.rows
        elif not answer.written:
            return False
        row._state.adding, row._state.db = False, connection.alias
        return True


class Deletion(Question):
    """Deletes the rows, to which no others point, with exactly these values; answers how many there were."""

    def __init__(self, model: type[Model], only: Mapping[str, Any]) -> None:
        self._model, self._only = model, only

    def statement(self) -> Statement:
        """What deletes them."""
        model, only, vendor = self._model, self._only, connection.vendor
        values = [_stored(model, name, value, vendor) for name, value in only.items()]
        return Statement(_delete_text(model, tuple(only), vendor), values)

    def read(self, answer: Answer) -> int:
        """Their number."""
        return answer.written


@cache
def _inserted(model: type[Model]) -> list[Any]:
    return [field for field in model._meta.concrete_fields if not (field.generated or isinstance(field, AutoField))]


@cache
def _values_of(model: type[Model], vendor: str) -> list[Callable[[Model], Any]]:
    return [_value_of(field, vendor) for field in _inserted(model)]


def _value_of(field: Any, vendor: str) -> Callable[[Model], Any]:
    if _as_it_is(field, vendor) and not getattr(field, "auto_now", False) and not getattr(field, "auto_now_add", False):
        return attrgetter(field.attname)
    return lambda row: field.get_db_prep_save(field.pre_save(row, True), connection)


@cache
def _insert_text(model: type[Model], otherwise: str, _vendor: str) -> str:
    quote = connection.ops.quote_name
    columns = [quote(field.column) for field in _inserted(model)]
    values = ", ".join(["%s"] * len(columns))
    table = quote(model._meta.db_table)
    text = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({values}) {otherwise}"  # noqa: S608 - our own names
    pk: Any = model._meta.pk
    return text if pk in _inserted(model) else f"{text} RETURNING {quote(pk.column)}"


@cache
def _delete_text(model: type[Model], only: tuple[str, ...], _vendor: str) -> str:
    quote = connection.ops.quote_name
    met = " AND ".join(f"{quote(_field(model, name).column)} = %s" for name in only)
    return f"DELETE FROM {quote(model._meta.db_table)} WHERE {met}"  # noqa: S608 - names of our own columns
