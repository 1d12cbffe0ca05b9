"""Signing in with a password; finding who is signed in, which every request and every frame begins with, is kept."""

import uuid
from typing import Any

from django.contrib.auth.backends import ModelBackend

from accounts.models import User
from socialcare.kept import Kept, Question

_BY_ID = Kept(lambda user: User.objects.filter(pk=user), user=uuid.UUID)


def stored_account(user_id: uuid.UUID) -> Question:
    """Who has this id, to be asked together with other things."""
    return _BY_ID.question(user=user_id)


class PasswordBackend(ModelBackend):
    """Django's own, with a kept statement."""

    def get_user(self, user_id: Any) -> User | None:
        """Who has this id, while the account is active."""
        found = _BY_ID.first(user=uuid.UUID(str(user_id)))
        return found if found and self.user_can_authenticate(found) else None
