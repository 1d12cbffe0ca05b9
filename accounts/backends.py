"""Signing in with a password; finding who is signed in, which every request and every frame begins with, is kept."""

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.contrib.auth.backends import ModelBackend

from accounts.models import User
from socialcare.asking import Question
from socialcare.kept import Kept

_BY_ID = Kept(lambda user: User.objects.filter(pk=user), user=uuid.UUID)


def stored_account(user_id: uuid.UUID) -> Question:
    """Who has this id, as it is stored, to be asked together with other things."""
    return _BY_ID.stored(user=user_id)


_at_hand: ContextVar[Sequence[User]] = ContextVar("accounts at hand", default=())


@contextmanager
def at_hand(accounts: Sequence[User]) -> Iterator[None]:
    """While it lasts, these accounts have just been read."""
    token = _at_hand.set(accounts)
    try:
        yield
    finally:
        _at_hand.reset(token)


class PasswordBackend(ModelBackend):
    """Django's own, with a kept statement."""

    def get_user(self, user_id: Any) -> User | None:
        """Who has this id, while the account is active."""
        pk = uuid.UUID(str(user_id))
        found = next((user for user in _at_hand.get() if user.pk == pk), None) or _BY_ID.first(user=pk)
        return found if found and self.user_can_authenticate(found) else None
