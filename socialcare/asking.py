"""Asking the database several things in one round trip.

To ask and to wait takes longer than most statements take, the more so where the database is another machine. A
*question* is a statement, and what its answer means; `ask` puts several together.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, Protocol

from django.db import DEFAULT_DB_ALIAS, connections, transaction


class Statement(NamedTuple):
    """What is said to the database: a text that is the same whatever the values are, with %s for each."""

    text: str
    values: Sequence[Any] = ()


_SIGN = re.compile("%[%s]")


def filled(text: str, places: Iterator[str], percent: str) -> str:
    """The text of a statement with something else in the places of its values, and for each percent sign (%%)."""
    return _SIGN.sub(lambda sign: percent if sign[0] == "%%" else next(places), text)


class Answer(NamedTuple):
    """What the database says: rows, or how many rows were written."""

    rows: Sequence[tuple[Any, ...]] = ()
    written: int = 0


class Question(Protocol):
    """What can be put to the database together with other questions."""

    def statement(self) -> Statement | None:
        """What is said; None where the answer is known to be empty."""

    def read(self, answer: Answer) -> Any:
        """What the answer means."""

    def answer(self) -> Any:
        """The answer, where nothing else is asked."""
        return ask(self)[0]


def ask(*questions: Question, last: bool = False) -> list[Any]:
    """The answers to several questions, in their order: put one after the other, answered in one round trip.

    Each sees what those before it have done, and what others did while one of them waited for a lock. With `last` the
    transaction says nothing after this: its COMMIT goes with them, unless it is part of another or of a savepoint. What
    fails only then, such as a deferred constraint, is raised here; what waits for the commit is done when the block is
    left, as ever. What goes wrong between this and the block's end takes nothing back any more.
    """
    database: Any = connections[DEFAULT_DB_ALIAS]
    _must_not_be_over(database)
    ends = last and _is_whole(database)
    answers = _answers(database, [question.statement() for question in questions], ends=ends)
    if ends:
        _note_the_end(database)
    return [question.read(answer) for question, answer in zip(questions, answers, strict=True)]


def _answers(database: Any, statements: Sequence[Statement | None], *, ends: bool) -> list[Answer]:
    if database.vendor != "postgresql" or database.queries_logged:
        return [_said(database, statement) for statement in statements]
    from socialcare.postgresql import say  # its driver is not there where the database is another

    said = iter(say(database, [statement for statement in statements if statement], commit=ends))
    return [next(said) if statement else Answer() for statement in statements]


def _said(database: Any, statement: Statement | None) -> Answer:
    if not statement:
        return Answer()
    with database.cursor() as cursor:
        cursor.execute(statement.text, statement.values)
        return Answer(cursor.fetchall() if cursor.description else (), cursor.rowcount)


# ------------------------------------------------------------------ the end of a transaction


def _is_whole(database: Any) -> bool:
    """Whether the blocks that are open are one transaction, which the outermost of them has begun."""
    return database.in_atomic_block and database.commit_on_exit and not any(database.savepoint_ids)


def _note_the_end(database: Any) -> None:
    """Nothing more may be said until the block is left: it would be another transaction, of half of what was meant."""
    transaction.on_commit(_over)
    if _refuse not in database.execute_wrappers:
        database.execute_wrappers.insert(0, _refuse)  # first: who lets go of a wrapper takes the one at the end


def _over() -> None:
    """Stands among what waits for the commit: Django lets go of it when the transaction is over, however it ends."""


def _must_not_be_over(database: Any) -> None:
    if any(hook is _over for _savepoints, hook, _robust in database.run_on_commit):
        raise AssertionError("This transaction has said its last, and was committed with it.")


def _refuse(execute: Any, text: Any, values: Any, many: Any, context: Any) -> Any:
    _must_not_be_over(context["connection"])
    return execute(text, values, many, context)
