"""What the product asks of PostgreSQL's driver."""

import itertools
from collections.abc import Generator, Iterable, Sequence
from datetime import UTC
from functools import cache
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from socialcare.asking import Answer, Statement


def read_times_in_c(sender: Any, connection: BaseDatabaseWrapper, **_how: Any) -> None:
    """Let the driver read moments by itself: in Django's way it takes twelve times as long, for a hundred of a thread.

    A receiver of `connection_created`. Both give UTC, which Django has every connection speak.
    """
    if connection.vendor == "postgresql":
        adapters: Any = connection.connection.adapters
        oid, text, loader = _loader()
        if adapters.get_loader(oid, text) is not loader:
            adapters.register_loader(oid, loader)


@cache
def _loader() -> tuple[int, Any, type]:
    import psycopg
    from psycopg.adapt import Loader
    from psycopg.pq import Format

    oid = psycopg.postgres.types["timestamptz"].oid
    in_c: Any = psycopg.adapters.get_loader(oid, Format.TEXT)

    class Moment(Loader):
        timezone = UTC  # Django looks whether it is the one that it wants

        def __init__(self, oid: int, context: Any = None) -> None:
            super().__init__(oid, context)
            self.load = in_c(oid, context).load  # type: ignore[method-assign]

        def load(self, data: Any) -> Any:
            raise NotImplementedError

    return oid, Format.TEXT, Moment


# ------------------------------------------------------------------ statements that come again


def say(database: Any, statements: Sequence[Statement], *, commit: bool = False) -> list[Answer]:
    """What the database answers to statements that are said all day long, each prepared once in each connection.

    They travel together, and so do the answers. The driver's own pipeline does the same for four times the processor
    time: it takes each statement apart anew, and looks at the line after each. With `commit` the transaction ends with
    them, and Django finds nothing to commit any more. Raises Django's database errors: the first one, where several
    fail; then nothing is committed.
    """
    if not statements:
        return []
    database.ensure_connection()
    database.validate_thread_sharing()
    database.validate_no_broken_transaction()
    with database.wrap_database_errors:
        return _said(database.connection, statements, commit=commit)


class _Prepared:
    """A statement as the server knows it, and how its values and rows are translated."""

    def __init__(self, text: str, connection: Any) -> None:
        first, *rest = text.split("%s")
        numbered = first + "".join(f"${number}{part}" for number, part in enumerate(rest, 1))
        self.text, self.count = numbered.replace("%%", "%").encode(), len(rest)
        self.name = f"kept_{next(connection.kept_numbers)}".encode()
        self._translate = _driver().adapt.Transformer(connection)
        self._has_loaders = False

    def dumped(self, values: Sequence[Any]) -> tuple[Sequence[Any], list[int]]:
        """The values as they travel, and of which types they are."""
        if len(values) != self.count:
            raise TypeError(f"{self.count} values are needed, not {len(values)}: {self.text!r}")
        stored = self._translate.dump_sequence(values, [_driver().adapt.PyFormat.TEXT] * self.count)
        # The first value must not decide how large a later one may be
        return stored, [_INT8 if oid in _INTEGERS else oid for oid in self._translate.types or ()]

    def loaded(self, result: Any) -> Answer:
        """What the server has answered."""
        translate = self._translate
        translate.set_pgresult(result, set_loaders=not self._has_loaders)
        self._has_loaders = True
        rows = translate.load_rows(0, result.ntuples, tuple)
        translate.set_pgresult(None, set_loaders=False)  # it would be kept in memory until the next time
        return Answer(rows, result.command_tuples or 0)


_INTEGERS, _INT8 = {20, 21, 23}, 20


def _said(connection: Any, statements: Sequence[Statement], *, commit: bool) -> list[Answer]:
    if not hasattr(connection, "kept"):
        connection.kept, connection.kept_numbers = {}, itertools.count()
    known: dict[str, _Prepared] = connection.kept
    new: dict[str, tuple[_Prepared, list[int]]] = {}
    spoken = []
    for text, values in statements:
        prepared = known.get(text) or (new[text][0] if text in new else _Prepared(text, connection))
        stored, types = prepared.dumped(values)
        if text not in known:
            new.setdefault(text, (prepared, types))
        spoken.append((prepared, stored))
    try:
        results = _heard(connection, spoken, new.values(), commit=commit)
    except BaseException:
        connection.close()  # nobody knows what it has still to say
        raise
    try:
        _raise_the_first(results)
        if commit and results.pop().command_status != b"COMMIT":
            raise _driver().errors.InFailedSqlTransaction("The transaction was rolled back, not committed.")
    except (_driver().errors.FeatureNotSupported, _driver().errors.InvalidSqlStatementName):
        known.clear()  # a table has changed, or a pooler has forgotten what was prepared: it is prepared anew
        raise
    known |= {text: prepared for text, (prepared, _types) in new.items()}
    answers = results[-len(spoken) :]
    return [prepared.loaded(answer) for (prepared, _stored), answer in zip(spoken, answers, strict=True)]


def _heard(
    connection: Any, spoken: Iterable[tuple[_Prepared, Any]], new: Iterable[tuple[_Prepared, Any]], *, commit: bool
) -> list[Any]:
    """Send it, and wait for all results: those of the statements themselves are the last, but for COMMIT's."""
    line, number = connection.pgconn, 0
    line.enter_pipeline_mode()
    if not connection.autocommit and line.transaction_status == _driver().pq.TransactionStatus.IDLE:
        line.send_query_params(b"BEGIN", None)
        number += 1
    for prepared, types in new:
        line.send_prepare(prepared.name, prepared.text, types)
        number += 1
    for prepared, stored in spoken:
        line.send_query_prepared(prepared.name, stored)
        number += 1
    if commit:
        line.send_query_params(b"COMMIT", None)
        number += 1
    line.pipeline_sync()
    results: list[Any] = connection.wait(_hearing(line, number))
    line.exit_pipeline_mode()
    return results


def _hearing(line: Any, number: int) -> Generator[Any, Any, list[Any]]:
    from psycopg import generators

    yield from generators.send(line)
    results = []
    for _ in range(number + 1):  # and that it is in step again
        results += yield from generators.fetch_many(line)
    return results[:-1]


def _raise_the_first(results: Iterable[Any]) -> None:
    failed = _driver().pq.ExecStatus.FATAL_ERROR
    for result in results:
        if result.status == failed:
            raise _driver().errors.error_from_result(result)


@cache
def _driver() -> Any:
    import psycopg  # it is not there where the database is another

    return psycopg
