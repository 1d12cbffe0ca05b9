"""Queries that differ only in whose screen it is: one text is kept for all who hold the same rights."""

import uuid
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Generic, TypeVar

from django.db.models import Model, QuerySet

from accounts.models import User
from accounts.permissions import Permission, alike, stand_in
from socialcare.asking import Question
from socialcare.kept import Kept

M = TypeVar("M", bound=Model)


class Alike:
    """People who hold the same of some rights."""

    def __init__(self, user: User, rights: tuple[Permission, ...]) -> None:
        self.user, self.rights = user, alike(user, *rights)

    def __hash__(self) -> int:
        return hash(self.rights)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Alike) and self.rights == other.rights


class KeptFor(Generic[M]):
    """`make(user, **values)`, a query that depends on who the user is and on these rights alone."""

    def __init__(self, make: Callable[..., QuerySet[M]], *rights: Permission, **kinds: type) -> None:
        self._make, self._rights, self._kinds = make, rights, kinds
        self._kept = lru_cache(maxsize=200)(self._kept_of)

    def question(self, user: User, **values: Any) -> Question:
        """To be asked together with others."""
        return self._kept(Alike(user, self._rights)).question(user=user.pk, **values)

    def stored(self, user: User, **values: Any) -> Question:
        """The same, answered by rows of which models are made only where they are asked for."""
        return self._kept(Alike(user, self._rights)).stored(user=user.pk, **values)

    def rows(self, user: User, **values: Any) -> list[M]:
        """All rows."""
        rows: list[M] = self.question(user, **values).answer()
        return rows

    def _kept_of(self, of: Alike) -> Kept[M]:
        def make(user: Any, **values: Any) -> QuerySet[M]:
            return self._make(stand_in(of.user, user), **values)

        return Kept(make, user=uuid.UUID, **self._kinds)
