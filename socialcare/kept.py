"""Statements that run all day long: their text is made once in each process, afterwards only the values are put in.

The ORM takes longer to put such a statement together than the database takes to answer it. `Kept` keeps the text of a
query, `KeptUpdate` that of a change, `socialcare.rows` those of writing one row; what they mean is still said in the
ORM's words.
"""

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, Generic, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Model, QuerySet
from django.db.models.sql import UpdateQuery

from socialcare.asking import Answer, Question, Statement, filled

M = TypeVar("M", bound=Model)

_STAND_INS: dict[type, Callable[[int], Any]] = {
    int: lambda number: 2**53 + number,
    str: "kept value {}".format,
    uuid.UUID: lambda number: uuid.UUID(int=2**127 + number),
    datetime: lambda number: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=number),
}


_migrated = 0


def forget(**_: object) -> None:
    """What the texts of queries were made of may be another (a receiver of `post_migrate`): they are made anew."""
    global _migrated
    _migrated += 1


class Kept(Generic[M]):
    """A query for rows of a model, with named values of which the kinds are given: int, str, UUID or datetime.

    `make` is called once, and again after a migration, with stand-ins for the values; it must give a query for whole
    rows (`select_related`, annotations and `only` are welcome) whose form does not depend on the values. Whatever
    changes from call to call, such as the present moment, must be one of the values.
    """

    def __init__(self, make: Callable[..., QuerySet[M]], **kinds: type) -> None:
        self._make, self._kinds = make, kinds
        self._plan: _Plan[M] | None = None
        self._made_of = _migrated

    def rows(self, **given: Any) -> list[M]:
        """All rows, for these values."""
        rows: list[M] = self.question(**given).answer()
        return rows

    def first(self, **given: Any) -> M | None:
        """The first row, for these values; None where there is none."""
        return next(iter(self.rows(**given)), None)

    def question(self, **given: Any) -> Question:
        """The query for these values, to be put together with others: see `ask`."""
        plan = self._planned()
        return _Asked(plan, given) if plan else _NothingToAsk()

    def facts(self, **given: Any) -> Question:
        """The same, answered by the columns as they are stored, and not by models: to see whether something changed."""
        plan = self._planned()
        return _Facts(plan, given) if plan else _NothingToAsk()

    def stored(self, **given: Any) -> Question:
        """The same, answered by rows of which models are made only where they are asked for: see `Row`."""
        plan = self._planned()
        return _Stored(plan, given) if plan else _NothingToAsk()

    def _planned(self) -> "_Plan[M] | None":
        if not self._plan or self._made_of != _migrated:
            made_of = _migrated
            try:
                plan = _Plan(self._make, self._kinds)
            except EmptyResultSet:  # its conditions leave nothing, whatever the values are
                return None
            self._plan, self._made_of = plan, made_of
        return self._plan


class Row(Generic[M]):
    """What is stored of a row, and of those that it points to; its model is made when it is asked for."""

    def __init__(self, plan: "_Plan[M]", facts: tuple[Any, ...]) -> None:
        self._plan, self.facts = plan, facts

    @property
    def kind(self) -> type[M]:
        """Of which model it is."""
        return self._plan.model

    def fact(self, name: str, of: type[Model] | None = None) -> Any:
        """What stands in a column of the row itself, or of the one that it points to of another model."""
        return self._plan.fact(self.facts, name, of)

    @cached_property
    def model(self) -> M:
        """The row as a model."""
        return next(self._plan.made_of([self.facts]))


class _Asked(Question):
    def __init__(self, plan: "_Plan[Any]", given: Mapping[str, Any]) -> None:
        self._plan, self._given = plan, given

    def statement(self) -> Statement:
        return self._plan.text.with_values(self._given)

    def read(self, answer: Answer) -> list[Any]:
        return list(self._plan.made_of(answer.rows))


class _Facts(_Asked):
    def read(self, answer: Answer) -> list[Any]:
        return list(answer.rows)


class _Stored(_Asked):
    def read(self, answer: Answer) -> list[Any]:
        return [Row(self._plan, facts) for facts in answer.rows]


class _NothingToAsk(Question):
    def statement(self) -> None:
        return None

    def read(self, answer: Answer) -> list[Any]:
        return []


class KeptUpdate(Generic[M]):
    """A change of rows of a model, with named values as for `Kept`.

    `make` gives the rows, and by name what is written to them: values, or expressions of what stands there. `gives`
    names a column of a single row that is wanted back.
    """

    def __init__(
        self, make: Callable[..., tuple[QuerySet[M], Mapping[str, Any]]], *, gives: str = "", **kinds: type
    ) -> None:
        self._make, self._gives, self._kinds = make, gives, kinds
        self._text: _Text | None = None

    def run(self, **given: Any) -> int:
        """Write, for these values; gives the number of rows, or what stands in the column now (0 for no row)."""
        return int(self.question(**given).answer())

    def question(self, **given: Any) -> Question:
        """The change for these values, to be written together with what is asked: see `ask`."""
        self._text = self._text or _Text(self._compiler, self._kinds, returning=self._gives)
        return _Written(self._text, given, gives=bool(self._gives))

    def _compiler(self, **values: Any) -> Any:
        rows, changes = self._make(**values)
        query: Any = rows.query.chain(UpdateQuery)
        query.add_update_values(changes)
        return query.get_compiler(connection=connection)


class _Written(Question):
    def __init__(self, text: "_Text", given: Mapping[str, Any], *, gives: bool) -> None:
        self._text, self._given, self._gives = text, given, gives

    def statement(self) -> Statement:
        return self._text.with_values(self._given)

    def read(self, answer: Answer) -> int:
        if not self._gives:
            return answer.written
        return next((int(value) for (value,) in answer.rows), 0)


class _Text:
    """The text of a statement, and where its values go."""

    def __init__(self, make: Callable[..., Any], kinds: Mapping[str, type], *, returning: str = "") -> None:
        stand_ins = {name: _STAND_INS[kind](number) for number, (name, kind) in enumerate(kinds.items())}
        names = {_as_stored(value): name for name, value in stand_ins.items()}
        self.compiler = make(**stand_ins)
        text, values = self.compiler.as_sql()
        text += f" RETURNING {connection.ops.quote_name(returning)}" if returning else ""
        self._text, self._values = _with_constants(text, [(names.get(value, ""), value) for value in values])

    def with_values(self, given: Mapping[str, Any]) -> Statement:
        """The statement, with these values."""
        stored = {name: _as_stored(value) for name, value in given.items()}
        return Statement(self._text, [stored[name] if name else value for name, value in self._values])


class _Plan(Generic[M]):
    """The text of a query, and how models are made of its rows."""

    def __init__(self, make: Callable[..., QuerySet[M]], kinds: Mapping[str, type]) -> None:
        self.text = _Text(lambda **values: make(**values).query.get_compiler(connection=connection), kinds)
        compiler: Any = self.text.compiler
        columns = [column for column, _sql, _alias in compiler.select]
        converters = compiler.get_converters(columns)
        self._maker = _Maker(compiler.klass_info, columns, converters)
        self.model: type[M] = self._maker.model
        annotations = compiler.annotation_col_map.items()
        self._annotations = [(name, number, converters.get(number, ((), None))) for name, number in annotations]

    def fact(self, row: Sequence[Any], name: str, of: type[Model] | None) -> Any:
        maker = self._maker if of is None else self._maker.of(of)
        return maker.fact(row, name)

    def made_of(self, rows: Iterable[Sequence[Any]]) -> Iterator[M]:
        known: dict[Any, Model] = {}
        for row in rows:
            made: M = self._maker.make(row, known)
            for name, number, conversion in self._annotations:
                setattr(made, name, _converted(row[number], *conversion))
            yield made


class _Maker:
    """How a model is made of its columns in a row, and of those of the rows that it points to.

    What many rows point to is made once: of fifty messages nearly all are by one customer.
    """

    def __init__(self, info: Mapping[str, Any], columns: Sequence[Any], converters: Mapping[int, Any]) -> None:
        self.model, self._numbers = info["model"], info["select_fields"]
        self._names = [columns[number].target.attname for number in self._numbers]
        self._pk = self._numbers[self._names.index(self.model._meta.pk.attname)]
        self._conversions = [
            (place, *converters[number]) for place, number in enumerate(self._numbers) if number in converters
        ]
        self._places = {
            name: (number, converters.get(number, ((), None)))
            for name, number in zip(self._names, self._numbers, strict=True)
        }
        self._related = [
            (_Maker(related, columns, converters), related["local_setter"], related["remote_setter"])
            for related in info.get("related_klass_infos", ())
        ]

    def make(self, row: Sequence[Any], known: dict[Any, Model]) -> Any:
        values = [row[number] for number in self._numbers]
        for place, converters, column in self._conversions:
            values[place] = _converted(values[place], converters, column)
        made = self.model.from_db(DEFAULT_DB_ALIAS, self._names, values)
        for maker, set_here, set_there in self._related:
            related = maker._known_or_made(row, known)
            set_here(made, related)
            if related is not None:
                set_there(related, made)
        return made

    def of(self, model: type[Model]) -> "_Maker":
        """How the row of another model is made, to which this one points; there is one such."""
        [maker] = [maker for maker, *_setters in self._related if maker.model is model]
        return maker

    def fact(self, row: Sequence[Any], name: str) -> Any:
        number, conversion = self._places[name]
        return _converted(row[number], *conversion)

    def _known_or_made(self, row: Sequence[Any], known: dict[Any, Model]) -> Any:
        if (pk := row[self._pk]) is None:
            return None
        if (self, pk) not in known:
            known[self, pk] = self.make(row, known)
        return known[self, pk]


def _converted(value: Any, converters: Iterable[Callable[..., Any]], column: Any) -> Any:
    for convert in converters:
        value = convert(value, column, connection)
    return value


def _as_stored(value: Any) -> Any:
    """A value as the database's driver takes it."""
    if isinstance(value, uuid.UUID):
        return value if connection.features.has_native_uuid_field else value.hex
    return connection.ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value


def _with_constants(text: str, values: list[tuple[str, Any]]) -> tuple[str, list[tuple[str, Any]]]:
    """On PostgreSQL, with what is always the same written out: a plan for any value would not find partial indexes."""
    if connection.vendor != "postgresql":
        return text, values
    from psycopg.sql import Literal

    def written(name: str, value: Any) -> str:
        return "%s" if name else Literal(value).as_string(connection.connection).replace("%", "%%")

    return filled(text, (written(*each) for each in values), "%%"), [(name, value) for name, value in values if name]
