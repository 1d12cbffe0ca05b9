"""Django's SQLite, with what PostgreSQL and its pool have: connections that are kept, and writers that wait in line.

Every request, task and frame has a thread of its own for a moment, and with it a connection. To open one is to read the
whole schema and to take every statement apart anew, which takes longer than what it is opened for. And SQLite lets
whoever may not write yet sleep for up to 0.1 s at a time, while others who come later go before.
"""

from collections import defaultdict
from functools import lru_cache
from threading import Lock
from typing import Any
from weakref import WeakSet

from django.db import OperationalError
from django.db.backends.sqlite3 import base

KEPT = 8
"""Connections of a file that are kept while nobody uses them."""
_kept: defaultdict[str, list[Any]] = defaultdict(list)
"""By file; the last one used is the first one used again."""
_turns: defaultdict[str, Lock] = defaultdict(Lock)
"""By file: whoever holds it writes. Other processes are kept apart by SQLite itself, as ever."""


_Untyped: Any = base.DatabaseWrapper


class DatabaseWrapper(_Untyped):
    """What a thread has of a file: while it works, one of the kept connections."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._cursors: WeakSet[Any] = WeakSet()
        self._turn: Lock | None = None

    @property
    def _file(self) -> str:
        return str(self.settings_dict["NAME"])

    def create_cursor(self, name: Any = None) -> Any:
        """Open a cursor."""
        cursor = self.connection.cursor(factory=Cursor)
        self._cursors.add(cursor)
        return cursor

    # ---------------------------------------------------------------- kept connections

    def get_new_connection(self, conn_params: Any) -> Any:
        """Take a kept connection, or open one."""
        try:
            return _kept[self._file].pop()
        except IndexError:
            return super().get_new_connection(conn_params)

    def _close(self) -> None:
        """Keep the connection, as new, for whoever comes next; close one that has failed, or is in a transaction."""
        kept = _kept[self._file]
        if self.in_atomic_block or self.errors_occurred or self.connection.in_transaction or len(kept) >= KEPT:
            super()._close()
            self._let_others_write()
            return
        # One that is still read from would show whoever comes next what stood there when it was opened
        for cursor in self._cursors:
            cursor.close()
        self._cursors.clear()
        kept.append(self.connection)

    # ---------------------------------------------------------------- writers in line

    def _start_transaction_under_autocommit(self) -> None:
        turn = _turns[self._file]
        if not turn.acquire(timeout=self.settings_dict["OPTIONS"]["timeout"]):
            raise OperationalError("database is locked: somebody in this process has been writing for too long")
        self._turn = turn
        try:
            super()._start_transaction_under_autocommit()
        except BaseException:
            self._let_others_write()
            raise

    def _commit(self) -> None:
        super()._commit()
        self._let_others_write()

    def _rollback(self) -> None:
        try:
            super()._rollback()
        finally:
            self._let_others_write()

    def _let_others_write(self) -> None:
        if self._turn:
            self._turn.release()
        self._turn = None


class Cursor(base.SQLiteCursorWrapper):
    """A cursor that says statements in SQLite's way, and remembers how those are said that come again."""

    def convert_query(self, query: str, *, param_names: list[str] | None = None) -> str:
        """The statement with SQLite's marks for its values."""
        return super().convert_query(query, param_names=param_names) if param_names else _with_marks(query)


@lru_cache(256)
def _with_marks(query: str) -> str:
    return str(base.SQLiteCursorWrapper.convert_query(None, query))  # type: ignore[arg-type]
