"""Sessions in Django's own table; finding one, which every request and every frame begins with, is a kept statement."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib.sessions.backends.db import SessionStore as InDatabase
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone

from socialcare.asking import Question
from socialcare.kept import Kept


def _good(key: str, now: datetime) -> QuerySet[Session]:
    return Session.objects.filter(session_key=key, expire_date__gt=now)


_GOOD = Kept(_good, key=str, now=datetime)


def stored_session(key: str) -> Question:
    """What is stored of a session, while it is good: to see whether something changed."""
    return _GOOD.facts(key=key, now=timezone.now())


def good_session(key: str) -> Question:
    """The session, while it is good."""
    return _GOOD.question(key=key, now=timezone.now())


class SessionStore(InDatabase):
    """One session."""

    found: Sequence[Session] | None = None
    """What has been read of it already, together with other things; empty where it is over."""

    def _get_session_from_db(self) -> Any:
        rows, self.found = self.found, None
        if rows is None:
            rows = good_session(self.session_key or "").answer()
        if not rows:
            self._session_key = None
        return next(iter(rows), None)
