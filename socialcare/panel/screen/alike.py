"""Queries that differ only in whose screen it is: one text is kept for all who hold the same rights."""

import uuid
from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar

from django.db.models import Model, QuerySet

from accounts.models import User
from accounts.permissions import Permission, alike, stand_in
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


def kept_for(make: Callable[..., QuerySet[M]], *rights: Permission, **kinds: type) -> Callable[..., list[M]]:
    """The rows of `make(user, **values)`, a query that depends on who the user is and on these rights alone."""

    @lru_cache(maxsize=200)
    def kept(of: Alike) -> Kept[M]:
        return Kept(lambda user, **values: make(stand_in(of.user, user), **values), user=uuid.UUID, **kinds)

    return lambda user, **values: kept(Alike(user, rights)).rows(user=user.pk, **values)
