"""Asking the database several things in one round trip, and ending the transaction with them."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from interactions.models import Contact, Handle
from socialcare import postgresql
from socialcare.asking import Answer, Question, Statement, ask
from socialcare.rows import Insertion
from tests.races.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)
on_postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="COMMIT travels alone on SQLite")


class Said(Question):
    """A text, and what is answered."""

    def __init__(self, text: str) -> None:
        self._text = text

    def statement(self) -> Statement:
        return Statement(self._text)

    def read(self, answer: Answer) -> Any:
        return answer.rows


def stored() -> list[str]:
    """What somebody else sees."""
    [names] = at_once(lambda: list(Contact.objects.order_by("name").values_list("name", flat=True)))
    return names


def add(name: str) -> Question:
    return Insertion(Contact(name=name))


@on_postgresql
def test_what_is_said_last_is_committed_with_it_and_what_waits_for_that_is_done_at_the_end() -> None:
    done: list[str] = []
    with transaction.atomic():
        ask(add("Ada"))
        transaction.on_commit(lambda: done.append("before"))
        with transaction.atomic(savepoint=False):
            assert ask(add("Bo"), Said("SELECT 7"), last=True) == [True, [(7,)]]
            transaction.on_commit(lambda: done.append("after"))
        assert stored() == ["Ada", "Bo"]
        assert done == []
    assert done == ["before", "after"]
    assert connection.get_autocommit()
    with transaction.atomic():  # and the next begins anew
        ask(add("Cy"))
        ask(add("Di"), last=True)
    assert stored() == ["Ada", "Bo", "Cy", "Di"]


@on_postgresql
def test_it_is_one_round_trip_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    ask(add("Ada"))  # it is prepared
    heard: list[list[bytes]] = []

    def hear(*args: Any, **how: Any) -> Any:
        results = list(hear_it(*args, **how))
        heard.append([result.command_status for result in results])
        return results

    hear_it = postgresql._heard
    monkeypatch.setattr(postgresql, "_heard", hear)
    monkeypatch.setattr(connection, "_cursor", None)
    with transaction.atomic():
        ask(add("Bo"), last=True)
    assert heard == [[b"BEGIN", b"INSERT 0 1", b"COMMIT"]]


@pytest.mark.parametrize(
    "say",
    [lambda: ask(add("Bo")), lambda: ask(add("Bo"), last=True), Contact.objects.create, Contact.objects.first],
    ids=["asked", "the last again", "written", "read"],
)
def test_nothing_can_be_said_after_the_last(say: Callable[[], Any]) -> None:
    with pytest.raises(AssertionError, match="said its last"), transaction.atomic():
        ask(add("Ada"), last=True)
        say()
    assert stored() == (["Ada"] if connection.vendor == "postgresql" else [])
    assert Contact.objects.create(name="Bo")  # and afterwards everything, as ever
    with transaction.atomic():
        assert ask(add("Cy"))


def test_nor_can_a_savepoint_be_made() -> None:
    with pytest.raises(AssertionError, match="said its last"), transaction.atomic():
        ask(add("Ada"), last=True)
        with transaction.atomic():
            pass


def test_what_is_done_after_the_commit_may_say_everything() -> None:
    with transaction.atomic():
        ask(add("Ada"), last=True)
        transaction.on_commit(lambda: ask(add("Bo")))
    assert stored() == ["Ada", "Bo"]


def test_what_is_part_of_another_transaction_does_not_end_it() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        with transaction.atomic():
            ask(add("Ada"), last=True)
        ask(add("Bo"))
        raise ZeroDivisionError
    assert stored() == []


def test_nor_does_what_is_part_of_none() -> None:
    assert ask(add("Ada"), last=True) == [True]
    assert ask(add("Bo"), last=True) == [True]
    assert stored() == ["Ada", "Bo"]


def test_of_what_fails_nothing_is_committed_and_nothing_waits_for_it() -> None:
    done: list[str] = []
    twice = Insertion(Contact(name="Bo"))
    with pytest.raises(IntegrityError), transaction.atomic():
        ask(add("Ada"))
        transaction.on_commit(lambda: done.append("never"))
        ask(twice, twice, last=True)
    assert (stored(), done) == ([], [])
    assert ask(add("Cy"), last=True) == [True]


def test_a_constraint_that_is_looked_at_in_the_end_fails_there() -> None:
    done: list[str] = []
    nobody = Insertion(Handle(contact=Contact(), network="x", external_id="y"))
    with pytest.raises(IntegrityError), transaction.atomic():
        transaction.on_commit(lambda: done.append("never"))
        ask(add("Ada"), nobody, last=True)
    assert (stored(), done) == ([], [])
    with transaction.atomic():
        ask(add("Bo"), last=True)
    assert stored() == ["Bo"]


@on_postgresql
def test_where_the_line_is_lost_it_is_an_error_and_a_new_one_is_made() -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        ask(add("Ada"), Said("SELECT pg_terminate_backend(pg_backend_pid())"), last=True)
    assert stored() == []
    connection.close_if_unusable_or_obsolete()
    with transaction.atomic():
        ask(add("Bo"), last=True)
    assert stored() == ["Bo"]


@on_postgresql
def test_a_commit_that_answers_with_a_rollback_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql, "_raise_the_first", lambda _results: None)
    with pytest.raises(DatabaseError), transaction.atomic():
        ask(Said("SELECT 1 / 0"), last=True)
