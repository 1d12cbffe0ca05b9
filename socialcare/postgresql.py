"""What the product asks of PostgreSQL's driver."""

import itertools
from collections.abc import Generator, Iterable, Sequence
from datetime import UTC
from functools import cache
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from socialcare.asking import Answer, Statement, filled


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
        numbers = itertools.count(1)
        self.text = filled(text, (f"${number}" for number in numbers), "%").encode()
        self.count = next(numbers) - 1
        self.name = f"kept_{next(connection.kept.numbers)}".encode()
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
MOST = 500
"""Statements that a connection keeps prepared: the text of some depends on what rights somebody holds."""


class _Known:
    """What a connection has prepared, the longest unused first; and what it is to let go of."""

    def __init__(self) -> None:
        self.numbers = itertools.count()
        self.stale: list[bytes] = []
        self._prepared: dict[str, _Prepared] = {}

    def find(self, text: str) -> _Prepared | None:
        """The statement of this text, used just now."""
        if prepared := self._prepared.pop(text, None):
            self._prepared[text] = prepared
        return prepared

    def add(self, new: dict[str, _Prepared]) -> None:
        """These have been prepared."""
        self._prepared |= new
        while len(self._prepared) > MOST:
            self.stale.append(self._prepared.pop(next(iter(self._prepared))).name)

    def clear(self) -> None:
        """Everything is to be prepared anew."""
        self._prepared.clear()


def _said(connection: Any, statements: Sequence[Statement], *, commit: bool) -> list[Answer]:
    if not hasattr(connection, "kept"):
        connection.kept = _Known()
    known: _Known = connection.kept
    new: dict[str, tuple[_Prepared, list[int]]] = {}
    spoken = []
    for text, values in statements:
        found = known.find(text) or (new[text][0] if text in new else None)
        prepared = found or _Prepared(text, connection)
        stored, types = prepared.dumped(values)
        if not found:
            new[text] = prepared, types
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
    known.stale.clear()
    known.add({text: prepared for text, (prepared, _types) in new.items()})
    answers = results[-len(spoken) :]
    return [prepared.loaded(answer) for (prepared, _stored), answer in zip(spoken, answers, strict=True)]


def _heard(
    connection: Any, spoken: Iterable[tuple[_Prepared, Any]], new: Iterable[tuple[_Prepared, Any]], *, commit: bool
) -> list[Any]:
    """Send it, and wait for all results: those of the statements themselves are the last, but for COMMIT's."""
    line = connection.pgconn
    line.enter_pipeline_mode()
    if not connection.autocommit and line.transaction_status == _driver().pq.TransactionStatus.IDLE:
        line.send_query_params(b"BEGIN", None)
    for name in connection.kept.stale:
        line.send_query_params(b"DEALLOCATE " + name, None)
    for prepared, types in new:
        line.send_prepare(prepared.name, prepared.text, types)
    for prepared, stored in spoken:
        line.send_query_prepared(prepared.name, stored)
    if commit:
        line.send_query_params(b"COMMIT", None)
    line.pipeline_sync()
    results: list[Any] = connection.wait(_hearing(line))
    line.exit_pipeline_mode()
    return results


def _hearing(line: Any) -> Generator[Any, Any, list[Any]]:
    from psycopg import generators

    yield from generators.send(line)
    results: list[Any] = []
    nothing = 0
    while nothing < _LONGEST_SILENCE:
        some = yield from generators.fetch_many(line)
        if some and some[0].status == _driver().pq.ExecStatus.PIPELINE_SYNC:
            return results
        results += some
        nothing = 0 if some else nothing + 1
    raise _driver().OperationalError("The server has not said that it is in step again.")


_LONGEST_SILENCE = 3
"""Answers without a result, in a row: one comes where a constraint that is looked at only at the end has failed."""


def _raise_the_first(results: Iterable[Any]) -> None:
    failed = _driver().pq.ExecStatus.FATAL_ERROR
    for result in results:
        if result.status == failed:
            raise _driver().errors.error_from_result(result)


@cache
def _driver() -> Any:
    import psycopg  # it is not there where the database is another

    return psycopg
