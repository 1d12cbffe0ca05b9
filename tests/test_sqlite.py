"""SQLite with many threads: connections are kept, writers wait in line, and nobody sees what stood there before."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Thread
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from queues.models import Skill
from socialcare.sqlite import base

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has a pool of its own"),
]


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    base._kept.clear()


def in_a_thread(work: Callable[[], Any]) -> Any:
    def working() -> Any:
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as threads:
        return threads.submit(working).result()


def opened() -> Any:
    connection.ensure_connection()
    return connection.connection


def test_the_next_thread_goes_on_with_the_same_connection() -> None:
    assert in_a_thread(opened) is in_a_thread(opened)


def test_two_threads_never_have_the_same_one() -> None:
    first, second = in_a_thread(lambda: (opened(), in_a_thread(opened)))
    assert first is not second


def test_no_more_are_kept_than_are_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "KEPT", 1)
    in_a_thread(lambda: (opened(), in_a_thread(opened)))
    assert len(base._kept[connection.settings_dict["NAME"]]) == 1


def test_one_that_has_failed_is_not_kept() -> None:
    def fail() -> Any:
        with pytest.raises(OperationalError), connection.cursor() as cursor:
            cursor.execute("SELECT nothing FROM nowhere")
        return connection.connection

    assert in_a_thread(fail) is not in_a_thread(opened)


def test_one_that_is_closed_in_a_transaction_is_not_kept_and_leaves_nothing_behind() -> None:
    def break_off() -> Any:
        with transaction.atomic():
            Skill.objects.create(name="French")
            connection.close()
            return connection.connection

    assert in_a_thread(break_off) is not in_a_thread(opened)
    assert not in_a_thread(Skill.objects.exists)
    in_a_thread(lambda: Skill.objects.create(name="Dutch"))  # others may write


def test_what_somebody_still_reads_is_not_shown_to_the_next() -> None:
    Skill.objects.bulk_create(Skill(name=f"Skill {number}") for number in range(300))
    held = []

    def begin_to_read() -> Any:
        cursor = connection.cursor()
        cursor.execute("SELECT name FROM queues_skill")
        held.append((cursor, cursor.fetchone()))
        return connection.connection

    kept = in_a_thread(begin_to_read)
    Skill.objects.create(name="New")
    assert in_a_thread(lambda: (opened(), Skill.objects.count())) == (kept, 301)


def test_writers_wait_for_each_other_and_nothing_is_lost() -> None:
    skill = Skill.objects.create(name="0")

    def count_up() -> None:
        for _ in range(20):
            with transaction.atomic():
                row = Skill.objects.get(pk=skill.pk)
                row.name = str(int(row.name) + 1)
                row.save()

    with ThreadPoolExecutor(6) as threads:
        for done in [threads.submit(in_a_thread, count_up) for _ in range(6)]:
            done.result()
    skill.refresh_from_db()
    assert skill.name == "120"


def test_who_waits_asks_sqlite_nothing_until_it_is_their_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[str] = []
    said, ended = Event(), Event()
    start = base.base.DatabaseWrapper._start_transaction_under_autocommit
    monkeypatch.setattr(
        base.base.DatabaseWrapper,
        "_start_transaction_under_autocommit",
        lambda self: (begun.append("begun"), start(self)),
    )

    def second() -> None:
        said.set()
        with transaction.atomic():
            pass
        ended.set()

    with transaction.atomic():
        waiting = Thread(target=in_a_thread, args=[second])
        waiting.start()
        assert said.wait(10)
        assert not ended.wait(0.2)
        assert begun == ["begun"]
    assert ended.wait(10)
    waiting.join()
    assert begun == ["begun", "begun"]


def test_who_has_waited_too_long_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def write() -> None:
        with transaction.atomic():
            Skill.objects.create(name="Late")

    def write_soon() -> None:
        monkeypatch.setitem(connection.settings_dict["OPTIONS"], "timeout", 0.05)
        write()

    with transaction.atomic(), pytest.raises(OperationalError, match="locked"):
        in_a_thread(write_soon)
    in_a_thread(write)
    assert Skill.objects.get().name == "Late"


def test_values_and_percent_signs_arrive_as_they_are() -> None:
    for _ in range(2):  # the second time, the statement is known
        with connection.cursor() as cursor:
            cursor.execute("SELECT %s, '100 %%'", ["%s"])
            assert cursor.fetchone() == ("%s", "100 %")
            cursor.execute("SELECT %(a)s", {"a": 1})
            assert cursor.fetchone() == (1,)
