"""Waking: bells, where one task does for all who ring before somebody answers; and hands, which do short tasks."""

import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection, transaction

from accounts.models import User
from socialcare import work
from socialcare.work import answer, rings, wake
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


class Counted:
    """A task that only counts how often it is started."""

    name, started = "counted", 0

    def delay(self) -> None:
        self.started += 1


@pytest.fixture
def bell() -> str:
    cache.delete("a.bell")
    return "a.bell"


def test_one_task_does_for_all_who_ring_before_it_answers(bell: str) -> None:
    task: Any = Counted()
    for _ in range(3):
        wake(task, bell=bell)
    assert (task.started, rings(bell)) == (1, True)
    answer(bell)
    assert not rings(bell)
    wake(task, bell=bell)
    assert task.started == 2


def test_without_a_bell_each_starts_its_own(bell: str) -> None:
    task: Any = Counted()
    for _ in range(3):
        wake(task)
    assert task.started == 3


def test_it_rings_after_the_commit_and_not_at_all_without_one(bell: str) -> None:
    task: Any = Counted()
    with transaction.atomic():
        wake(task, bell=bell)
        assert not rings(bell)
        transaction.set_rollback(True)
    assert (task.started, rings(bell)) == (0, False)


def test_where_the_bell_cannot_be_reached_each_starts_its_own(bell: str, redis_away: None) -> None:
    task: Any = Counted()
    wake(task, bell=bell)
    wake(task, bell=bell)
    answer(bell)
    assert (task.started, rings(bell)) == (2, False)


def test_a_bell_that_nobody_answers_rings_again(bell: str, monkeypatch) -> None:
    monkeypatch.setattr("socialcare.work.RINGS_FOR", 0)
    task: Any = Counted()
    wake(task, bell=bell)
    wake(task, bell=bell)
    assert task.started == 2


class Done:
    """A task that says where it was done, and what it saw."""

    name = "done"
    app = SimpleNamespace(conf=SimpleNamespace(task_always_eager=False))

    def __init__(self) -> None:
        self.broker, self.seen, self.done = 0, list[Any](), threading.Event()

    def delay(self, *args: Any) -> None:
        self.broker += 1

    def __call__(self, username: str) -> None:
        self.seen += [threading.current_thread().name, User.objects.filter(username=username).exists()]
        self.done.set()
        if username == "poison":
            raise ValueError(username)


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(work, "_hands", None)
    work.lend_a_hand()
    pool: Any = work._hands
    yield pool
    pool.shutdown()


def test_a_short_task_is_done_here_after_the_commit(hands: ThreadPoolExecutor) -> None:
    task: Any = Done()
    with transaction.atomic():
        UserFactory(username="somebody")
        wake(task, "somebody", short=True)
        assert not task.seen
    assert task.done.wait(20)
    assert (task.seen[0].startswith("work"), task.seen[1], task.broker) == (True, True, 0)


def test_what_is_not_short_goes_by_the_broker(hands: ThreadPoolExecutor) -> None:
    task: Any = Done()
    wake(task, "somebody")
    assert (task.broker, task.seen) == (1, [])


def test_a_process_that_does_not_live_long_leaves_short_tasks_to_the_broker() -> None:
    task: Any = Done()
    wake(task, "somebody", short=True)
    assert (task.broker, task.seen) == (1, [])


def test_a_short_task_that_fails_is_logged_and_holds_up_no_other(hands: ThreadPoolExecutor, caplog: Any) -> None:
    poisoned, tasks = Done(), [Done() for _ in range(4)]
    task: Any
    for task in (poisoned, poisoned, poisoned, *tasks):
        wake(task, "poison" if task is poisoned else "somebody", short=True)
    assert all(task.done.wait(20) for task in tasks)
    hands.shutdown()
    assert [said for said in caplog.messages if "done failed" in said] == ["done failed"] * 3


def test_what_it_read_with_goes_back_to_the_others(hands: ThreadPoolExecutor) -> None:
    task: Any = Done()
    wake(task, "somebody", short=True)
    assert task.done.wait(20)
    left = [hands.submit(lambda: connection.connection) for _ in range(4)]
    assert [each.result() for each in left] == [None] * 4
