"""Who is signed in is asked anew each time; what has not changed is not made anew."""

from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from accounts.models import User
from accounts.permissions import ACCEPT, allowed
from accounts.roles import ADMINISTRATOR, group_of, revoke
from accounts.signed_in import SignedIn, look
from interactions.models import Draft
from queues.models import Queue
from socialcare.kept import Kept

pytestmark = pytest.mark.django_db

_DRAFTS = Kept(lambda text: Draft.objects.filter(text=text), text=str)


@pytest.fixture
def key(client: Client, alice: User) -> str:
    client.force_login(alice)
    key = client.session.session_key
    assert key
    return key


@pytest.fixture
def known(key: str) -> SignedIn:
    found = look(key)
    assert found
    return found[0]


def test_what_has_not_changed_is_believed_and_asked_together_with_the_rest(
    key: str, known: SignedIn, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(4):
        found = look(key, known, lambda _user: [_DRAFTS.question(text="x")])
    assert found == (known, [[]])
    assert found[0] is known


@pytest.mark.parametrize("what", ["language", "right", "role", "password"])
def test_what_has_changed_is_made_anew(what: str, key: str, known: SignedIn, alice: User, queue: Queue) -> None:
    if what == "language":
        User.objects.filter(pk=alice.pk).update(language="fr")
    elif what == "right":
        revoke(alice, ACCEPT, on=queue)
    elif what == "role":
        alice.groups.add(group_of(ADMINISTRATOR))
    else:
        alice.set_password("another")
        alice.save()
    found = look(key, known, lambda user: [_DRAFTS.question(text=user.language)])
    if what == "password":
        assert found is None
        return
    assert found
    assert found[0] is not known
    assert found[1] == [[]]
    assert found[0].user.language == ("fr" if what == "language" else "en")
    assert allowed(found[0].user, ACCEPT, queue) == (what != "right")
    assert look(key, found[0]) == (found[0], [])


@pytest.mark.parametrize("how", ["signed out", "inactive", "no key"])
def test_whose_session_is_over_is_nobody(how: str, key: str, known: SignedIn) -> None:
    if how == "signed out":
        Session.objects.all().delete()
    if how == "inactive":
        User.objects.update(is_active=False)
    assert look("" if how == "no key" else key, known) is None
    assert look("" if how == "no key" else key) is None
