"""Making, changing and deleting what is configured: queues, skills, wrap-up codes."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Model, ProtectedError
from django.utils.translation import gettext_lazy as _

from queues.models import WrapUpCode
from socialcare.errors import Conflict, Invalid

Row = TypeVar("Row", bound=Model)
SYSTEM = "ININ-"
"""How the names of the system's own wrap-up codes begin."""


def make(row: Row) -> Row:
    """Store a new one. Raises Invalid, and Conflict where the name is taken."""
    _check(row)
    with _unique_name(row):
        row.save(force_insert=True)
    return row


def change(row: Row, **facts: Any) -> Row:
    """Write these columns and no others. Raises Invalid, and Conflict where the name is taken or the system's own."""
    _require_own(row)
    for name, value in facts.items():
        setattr(row, name, value)
    _check(row)
    if facts:
        with _unique_name(row):
            row.save(update_fields=list(facts))
    return row


def remove(row: Model) -> None:
    """Delete it. Raises Conflict where something still needs it, or it is the system's own."""
    _require_own(row)
    try:
        row.delete()
    except ProtectedError as error:
        raise Conflict(_("It is in use and cannot be deleted."), code="in.use") from error


@contextmanager
def _unique_name(row: Any) -> Iterator[None]:
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:  # nothing else is unique about them
        words = _("The name “%(name)s” is taken.") % {"name": row.name}
        raise Conflict(words, field="name", code="name.taken") from error


def _check(row: Any) -> None:
    try:
        row.clean_fields()
    except ValidationError as error:
        field, (words, *_others) = next(iter(error.message_dict.items()))
        raise Invalid(words, field=field) from error
    if isinstance(row, WrapUpCode) and row.name.upper().startswith(SYSTEM):
        raise Invalid(_("Names that begin with “%(word)s” are the system's own.") % {"word": SYSTEM}, field="name")


def _require_own(row: Any) -> None:
    if isinstance(row, WrapUpCode) and row.name == WrapUpCode.TIMEOUT:
        raise Conflict(_("This wrap-up code is the system's own."), code="system.code")
