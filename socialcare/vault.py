"""Secrets at rest: encrypted with keys made from SECRET_KEY; older keys in SECRET_KEY_FALLBACKS still read."""

import base64
import hashlib
import json
from functools import cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models


def _fernet() -> MultiFernet:
    return _fernet_of(settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)


@cache
def _fernet_of(*keys: str) -> MultiFernet:
    digests = [hashlib.sha256(b"socialcare secrets" + key.encode()).digest() for key in keys]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])


class SecretsField(models.TextField):  # type: ignore[type-arg]
    """A mapping of names to secrets, encrypted in the database. What no key can read comes back empty."""

    def from_db_value(self, value: str | None, *_: Any) -> dict[str, str]:
        if not value:
            return {}
        try:
            return json.loads(_fernet().decrypt(value.encode()))  # type: ignore[no-any-return]
        except InvalidToken:
            return {}

    def get_prep_value(self, value: Any) -> str:
        return _fernet().encrypt(json.dumps(value).encode()).decode() if value else ""

    def to_python(self, value: Any) -> Any:
        return value or {}
