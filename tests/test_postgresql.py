"""What the product asks of PostgreSQL's driver."""

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import DatabaseError, DataError, IntegrityError, OperationalError, connection, transaction

from interactions.models import Contact, Handle, Interaction
from socialcare import postgresql
from socialcare.asking import Answer, Statement
from socialcare.postgresql import _loader, say
from socialcare.rows import Insertion
from tests.factories import InteractionFactory

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="of PostgreSQL's driver"),
]


def test_moments_are_read_by_the_driver_and_are_in_utc() -> None:
    work = InteractionFactory()
    oid, text, loader = _loader()
    connection.ensure_connection()
    assert connection.connection.adapters.get_loader(oid, text) is loader
    moment = datetime(2026, 3, 29, 1, 30, 0, 123456, UTC)
    Interaction.objects.filter(pk=work.pk).update(started_at=moment, ended_at=None)
    found = Interaction.objects.values_list("started_at", "ended_at").get(pk=work.pk)
    assert found == (moment, None)
    assert found[0].tzinfo is UTC


def test_a_cursor_that_reads_piece_by_piece_has_them_too() -> None:
    InteractionFactory()
    assert [row.started_at.tzinfo for row in Interaction.objects.iterator(chunk_size=1)] == [UTC]


# ------------------------------------------------------------------ statements that come again


def said(text: str, *values: Any) -> Answer:
    [answer] = say(connection, [Statement(text, values)])
    return answer


def test_statements_are_answered_in_their_order_with_rows_or_how_many_were_written() -> None:
    contact = Contact(name="Léa")
    table = "interactions_contact"
    wrote, found, nothing = say(
        connection,
        [
            Insertion(contact).statement(),
            Statement(f"SELECT name, 100 %% 7 FROM {table} WHERE id = %s", [contact.pk]),
            Statement(f"SELECT name FROM {table} WHERE id = %s", [uuid.uuid4()]),
        ],
    )
    assert (wrote.written, wrote.rows) == (1, [])
    assert found.rows == [("Léa", 2)]
    assert nothing.rows == []
    assert say(connection, []) == []


def test_the_first_value_does_not_decide_how_large_a_later_one_may_be() -> None:
    text = "SELECT %s + 1, %s"
    assert [said(text, number, name).rows for number, name in ((1, None), (2**40, "Léa"), (-5, ""))] == [
        [(2, None)],
        [(2**40 + 1, "Léa")],
        [(-4, "")],
    ]


def test_each_statement_is_prepared_once_in_a_connection() -> None:
    text = "SELECT 'prepared once', %s"
    say(connection, [Statement(text, [1]), Statement(text, [2])])
    said(text, 3)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%prepared once%'")
        assert cursor.fetchone() == (1,)


@pytest.mark.django_db(transaction=True)
def test_of_what_is_said_together_all_fails_with_the_first_error_and_the_connection_goes_on() -> None:
    contact, other = Contact(name="Léa"), Contact(name="Bo")
    twice = [Insertion(row).statement() for row in (contact, contact)]
    after = Statement("SELECT %s / 0", [1])
    with pytest.raises(IntegrityError):
        say(connection, [*twice, after])
    with pytest.raises(IntegrityError), transaction.atomic():
        say(connection, [Insertion(other).statement()])
        say(connection, twice)
    assert Contact.objects.count() == 0
    assert said("SELECT 1").rows == [(1,)]


def test_a_value_that_no_text_can_hold_is_refused_before_anything_is_said() -> None:
    contact = Contact(name="Léa\x00")
    with pytest.raises(DataError):
        say(connection, [Statement("SELECT 1"), Insertion(contact).statement()])
    assert said("SELECT 1").rows == [(1,)]
    with pytest.raises(TypeError, match="1 values are needed, not 2"):
        said("SELECT %s", 1, 2)


@pytest.mark.django_db(transaction=True)
def test_what_the_server_has_forgotten_is_prepared_anew() -> None:
    text = "SELECT 'forgotten', %s"
    said(text, 1)
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
    with pytest.raises(DatabaseError):
        said(text, 2)
    assert said(text, 3).rows == [("forgotten", 3)]


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_is_lost_is_made_anew_as_ever() -> None:
    assert said("SELECT 1").rows == [(1,)]
    with pytest.raises(OperationalError):
        said("SELECT pg_terminate_backend(pg_backend_pid())")
    connection.close_if_unusable_or_obsolete()
    assert said("SELECT 2").rows == [(2,)]


@pytest.mark.django_db(transaction=True)
def test_what_a_constraint_finds_only_at_the_end_is_its_own_error() -> None:
    dead = Handle(contact_id=uuid.uuid4(), network="mastodon", external_id="lea")
    with pytest.raises(IntegrityError):
        say(connection, [Insertion(dead).statement()])
    assert said("SELECT 1").rows == [(1,)]
    assert not Handle.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_connection_keeps_no_more_statements_than_a_number(monkeypatch) -> None:
    monkeypatch.setattr(postgresql, "MOST", 5)
    connection.close()
    for number in range(12):
        assert said(f"SELECT 'bounded', {number}, %s", 1).rows == [("bounded", number, 1)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%bounded%'")
        assert cursor.fetchone()[0] <= 6
    assert said("SELECT 'bounded', 0, %s", 1).rows == [("bounded", 0, 1)]


def test_percent_signs_are_no_places_of_values() -> None:
    assert said("SELECT 'a%%s' || %s", "!").rows == [("a%s!",)]
