"""Asking the database several things in one round trip.

To ask and to wait takes longer than most statements take, the more so where the database is another machine. A
*question* is a statement, and what its answer means; `ask` puts several together.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from django.db import DEFAULT_DB_ALIAS, connections


class Statement(NamedTuple):
    """What is said to the database: a text that is the same whatever the values are, with %s for each."""

    text: str
    values: Sequence[Any] = ()


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


def ask(*questions: Question) -> list[Any]:
    """The answers to several questions, in their order: put one after the other, answered in one round trip.

    Each sees what those before it have done, and what others did while one of them waited for a lock.
    """
    database: Any = connections[DEFAULT_DB_ALIAS]
    if database.vendor != "postgresql" or database.queries_logged:
        return [question.read(_said(database, question.statement())) for question in questions]
    from socialcare.postgresql import say  # its driver is not there where the database is another

    statements = [question.statement() for question in questions]
    answers = iter(say(database, [statement for statement in statements if statement]))
    return [
        question.read(next(answers) if statement else Answer())
        for question, statement in zip(questions, statements, strict=True)
    ]


def _said(database: Any, statement: Statement | None) -> Answer:
    if not statement:
        return Answer()
    with database.cursor() as cursor:
        cursor.execute(statement.text, statement.values)
        return Answer(cursor.fetchall() if cursor.description else (), cursor.rowcount)
