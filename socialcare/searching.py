"""Searching tables that grow: by indexes, and no further than the page that is asked for."""

from collections.abc import Iterable
from contextlib import suppress
from typing import Any, TypeVar

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement
from django.db.models import F, Index, Model, OrderBy, Q, QuerySet
from django.db.models.functions import Coalesce, Collate, Upper
from django.db.models.indexes import IndexExpression

M = TypeVar("M", bound=Model)

FRONT = 1_000
"""So many rows are looked at one by one before indexes are asked."""
PENDING = 256
"""KiB of new words that may lie beside an index until somebody sorts them in: few, so that it takes them no time."""

# All that is needed of Django's app for PostgreSQL, which would ask each database for types that nobody has here
IndexExpression.register_wrappers(OrderBy, OpClass, Collate)


def first_found(rows: QuerySet[M], ways: Iterable[Q], most: int) -> QuerySet[M]:
    """The first `most` of the ordered `rows` that are found in one of several `ways`, and perhaps some that follow.

    Each way is asked by itself: with an OR between tables PostgreSQL would use no index of either.
    """
    found: set[Any] = set()
    for way in ways:
        with suppress(ValidationError):  # it is by an id, and this is none
            found.update(_first_keys(rows, way, most))
    return rows.filter(pk__in=found)


def _first_keys(rows: QuerySet[Any], way: Q, most: int) -> Iterable[Any]:
    """What many rows have is found among the first; of what few have, all are read and put in order.

    PostgreSQL would guess which of the two is faster, by how frequent it is; and go through nearly all rows where what
    is not rare stands at the end.
    """
    by, *then = rows.query.order_by
    keys = rows.filter(way).values_list("pk", flat=True)
    if not _is_plain(rows.model, by):
        return keys[:most]
    column, falls = str(by).removeprefix("-"), str(by).startswith("-")
    edge = rows.values(column)[FRONT : FRONT + 1]
    front = keys.filter(**{f"{column}__{'gte' if falls else 'lte'}": edge})[:most]
    if len(front) == most:
        return front
    by_no_index = Coalesce(column, column)
    return keys.order_by(by_no_index.desc() if falls else by_no_index.asc(), *then)[:most]


def _is_plain(model: type[Model], by: Any) -> bool:
    """Whether this orders by the values of one column, and each row has one: no other can be compared with an edge."""
    fields, of = [], model
    try:
        for name in str(by).removeprefix("-").split("__"):
            field: Any = of._meta.pk if name == "pk" else of._meta.get_field(name)
            fields.append(field)
            of = field.related_model or of
    except FieldDoesNotExist:
        return False
    return not fields[-1].is_relation and not any(field.null for field in fields)


class Beginnings(Index):
    """An index of one column by which `istartswith` finds."""

    def create_sql(
        self, model: type[Model], schema_editor: BaseDatabaseSchemaEditor, using: str = "", **kwargs: Any
    ) -> Statement:
        """In the database's own words."""
        [column] = self.fields
        on_postgres = schema_editor.connection.vendor == "postgresql"
        index = self._on_postgres(column) if on_postgres else Index(Collate(F(column), "NOCASE"), name=self.name)
        return index.create_sql(model, schema_editor, using, **kwargs)

    def _on_postgres(self, column: str) -> Index:
        return Index(OpClass(Upper(column), "text_pattern_ops"), name=self.name)


class Words(Beginnings):
    """An index of one column by which `icontains` finds as well. SQLite finds only beginnings by it."""

    def _on_postgres(self, column: str) -> Index:
        return GinIndex(OpClass(Upper(column), "gin_trgm_ops"), name=self.name, gin_pending_list_limit=PENDING)
