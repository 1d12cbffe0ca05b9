"""Who has been seen by this process lately is found in one round trip, and is as little believed as anybody else."""

from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from accounts import signed_in
from accounts.models import User
from socialcare.asking import ask
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def person() -> User:
    return UserFactory()


@pytest.fixture
def known(client: Client, person: User) -> Client:
    """A browser whose session this process has seen."""
    client.force_login(person)
    assert is_in(client)
    return client


def is_in(client: Client) -> bool:
    answer = client.get("/panel/", headers={"Accept": "application/json"})
    assert answer.status_code in (200, 302, 401)
    return answer.status_code == 200


def test_session_account_and_rights_are_asked_for_together(known: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def counted(*questions: Any) -> list[Any]:
        asked.append(len(questions))
        return ask(*questions)

    monkeypatch.setattr(signed_in, "ask", counted)
    assert is_in(known)
    assert asked == [3]


def test_a_session_that_is_over_is_over(known: Client) -> None:
    Session.objects.all().delete()
    assert not is_in(known)


def test_who_may_not_work_here_any_more_is_out(known: Client, person: User) -> None:
    User.objects.filter(pk=person.pk).update(is_active=False)
    assert not is_in(known)


def test_a_new_password_ends_the_sessions_of_the_old_one(known: Client, person: User) -> None:
    person.set_password("another-one-that-is-long")
    person.save()
    assert not is_in(known)


def test_who_is_gone_is_out(known: Client, person: User) -> None:
    person.delete()
    assert not is_in(known)


def test_a_session_that_is_somebody_elses_now_is_theirs(known: Client, person: User) -> None:
    somebody = UserFactory()
    other = Client()
    other.force_login(somebody)
    mine, theirs = (Session.objects.get(pk=each.session.session_key) for each in (known, other))
    Session.objects.filter(pk=mine.pk).update(session_data=theirs.session_data)
    answer = known.get("/panel/")
    assert answer.wsgi_request.user == somebody


def test_of_so_many_sessions_it_is_remembered_whose_they_are(known: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signed_in, "MOST", 1)
    other = Client()
    other.force_login(UserFactory())
    assert is_in(other)
    assert list(signed_in._LATELY) == [other.session.session_key]
    assert is_in(known)
