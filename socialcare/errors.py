"""The errors that a use case raises and every door shows in its own way."""

from typing import Any

from django.utils.translation import gettext_lazy as _


class DomainError(Exception):
    """Something that a person or a machine asked for cannot be done; nothing was changed.

    `message` is for people, already in words; `field` names the part of the input that is wrong, if one is;
    `code` and `params` are for machines.
    """

    status = 400
    code = "bad.request"

    def __init__(self, message: Any, *, field: str = "", code: str = "", **params: Any) -> None:
        super().__init__(message)
        self.message, self.field, self.params = message, field, params
        self.code = code or type(self).code

    def __str__(self) -> str:
        return str(self.message)


class Invalid(DomainError):
    """The input is wrong: 400."""

    code = "invalid.value"


class NotFound(DomainError):
    """It is not there, or not for this user to see: 404."""

    status = 404
    code = "not.found"

    def __init__(self, message: Any = _("This is not here any more, or not yours to see."), **params: Any) -> None:
        super().__init__(message, **params)


class NotPermitted(DomainError):
    """The user may see it but not do this: 403, with the name of the missing permission."""

    status = 403
    code = "missing.permission"

    def __init__(self, permission: str) -> None:
        message = _("You need the permission “%(permission)s” for this.") % {"permission": permission}
        super().__init__(message, permission=permission)


class NotYours(DomainError):
    """It is another's, and no right lets one act for them: 403."""

    status = 403
    code = "not.yours"

    def __init__(self, message: Any = _("Only the person whose this is can do it."), **params: Any) -> None:
        super().__init__(message, **params)


class Conflict(DomainError):
    """It cannot be done in the present state, or somebody else was faster: 409."""

    status = 409
    code = "conflict"


class InvalidTransition(Conflict):
    """A lifecycle has no such move from where it is."""

    code = "invalid.transition"
