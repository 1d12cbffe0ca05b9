"""Who is signed in. A panel asks anew for every frame, and makes it anew only where something of it has changed."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest

from accounts.backends import at_hand, stored_account
from accounts.models import User
from accounts.permissions import remember_rights, stored_rights
from accounts.sessions import good_session, stored_session
from socialcare.asking import Question, ask
from socialcare.kept import Row

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

Questions = Callable[[User], Sequence[Question]]


def nothing_else(_user: User) -> Sequence[Question]:
    """For who only wants to know who it is."""
    return ()


@dataclass(frozen=True)
class SignedIn:
    """Somebody, with the rights that they hold; the same as another if nothing else was stored."""

    user: User
    stored: int


def look(
    key: str | None, known: SignedIn | None = None, questions: Questions = nothing_else
) -> tuple[SignedIn, list[Any]] | None:
    """Who has the session of this key, and the answers to what is asked for them; None where it is over.

    `known` is who it was: where nothing has changed since, it is given back, and all took one round trip.
    """
    if not key:
        return None
    if known:
        there, answers = _stored(key, known.user.pk, questions(known.user))
        if there and there.mark == known.stored:
            return known, answers
    if not (user := _user(key)):
        return None
    there, _none = _stored(key, user.pk)
    # It is looked whether the session fits after it was read whom it is of: what changes in between is seen next time
    if not there or not _user(key):
        return None
    found = there.signed_in()
    return found, ask(*questions(found.user))


_LATELY: dict[str, uuid.UUID] = {}
"""By the key of a session: whom it was of when this process was asked last."""
MOST = 10_000


def user_of(request: HttpRequest) -> "User | AnonymousUser":
    """Who has signed in, as Django finds them; for who comes again all that it needs is read in one round trip."""
    session: Any = request.session
    key = session.session_key or ""
    if not (lately := _LATELY.get(key)):
        user = get_user(request)
    else:
        sessions, accounts, rights = ask(good_session(key), stored_account(lately), stored_rights(lately))
        session.found = sessions
        with at_hand([row.model for row in accounts]):
            user = get_user(request)
        if user.pk == lately:
            remember_rights(user, rights)
    if isinstance(user, User):
        _remember(key, user.pk)
    return user


def _remember(key: str, user_id: uuid.UUID) -> None:
    if len(_LATELY) >= MOST:
        _LATELY.clear()
    _LATELY[key] = user_id


@dataclass(frozen=True)
class _Stored:
    """What is stored of somebody who has signed in."""

    sessions: Sequence[Any]
    account: Row[User]
    rights: frozenset[Any]

    @property
    def mark(self) -> int:
        """Changes with all of it. A panel is one of a thousand: of so much it keeps a number."""
        return hash((tuple(self.sessions), self.account.facts, self.rights))

    def signed_in(self) -> SignedIn:
        """Who it is."""
        user = self.account.model
        remember_rights(user, self.rights)
        return SignedIn(user, self.mark)


def _stored(key: str, user_id: uuid.UUID, questions: Sequence[Question] = ()) -> tuple[_Stored | None, list[Any]]:
    sessions, accounts, rights, *answers = ask(
        stored_session(key), stored_account(user_id), stored_rights(user_id), *questions
    )
    return (_Stored(sessions, accounts[0], rights) if accounts else None), answers


def _user(key: str) -> User | None:
    store = import_module(settings.SESSION_ENGINE).SessionStore(key)
    user = get_user(cast("HttpRequest", SimpleNamespace(session=store)))
    return user if isinstance(user, User) and user.is_active else None
