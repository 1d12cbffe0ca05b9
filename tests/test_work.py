"""Bells: one task for all who ring before somebody answers."""

from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction

from socialcare.work import answer, rings, wake

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
