"""People."""

import uuid
from typing import ClassVar
from zoneinfo import available_timezones

from django.contrib.auth.models import AbstractUser, Group
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from oauth2_provider.models import AccessToken, Application

from accounts.permissions import django_permissions


class Theme(models.TextChoices):
    """Light or dark, by choice or as the device says."""

    AUTO = "auto", _("As the device")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


def validate_timezone(value: str) -> None:
    """Raise ValidationError unless `value` is a time zone of the IANA database."""
    if value not in available_timezones():
        raise ValidationError(
            _("“%(value)s” is not a time zone; write it as in “Europe/Paris”."), params={"value": value}
        )


class User(AbstractUser):
    """Somebody, or a machine, that signs in."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    language = models.CharField(
        _("language"), max_length=8, choices=[("en", "English"), ("fr", "Français")], default="en"
    )
    timezone = models.CharField(
        _("time zone"),
        max_length=64,
        blank=True,
        validators=[validate_timezone],
        help_text=_("Times are shown in it, as in “Europe/Paris”. Empty: the server's."),
    )
    theme = models.CharField(_("theme"), max_length=8, choices=Theme, default=Theme.AUTO)
    sound = models.BooleanField(_("sound"), default=True, help_text=_("A sound for offers and new messages."))
    notifications = models.BooleanField(_("notifications"), default=True, help_text=_("Notifications of the browser."))

    class Meta(AbstractUser.Meta):
        verbose_name, verbose_name_plural = _("person"), _("people")  # type: ignore[assignment]
        permissions: ClassVar = django_permissions()

    @property
    def display_name(self) -> str:
        """The name that colleagues see."""
        return self.get_full_name() or self.username

    @property
    def signature(self) -> str:
        """The name that customers see: the first name."""
        return self.first_name or self.username

    def __str__(self) -> str:
        return self.display_name


class RoleGroup(Group):
    """A role as people see it: Django's group, by our name."""

    class Meta:
        proxy = True
        verbose_name, verbose_name_plural = _("role"), _("roles")


class ApiClient(Application):
    """A program that may ask for tokens."""

    class Meta:
        proxy = True
        verbose_name, verbose_name_plural = _("API client"), _("API clients")

    @property
    def is_machine(self) -> bool:
        """Whether it acts as itself, by its secret; otherwise as the person who lets it."""
        return bool(self.authorization_grant_type == Application.GRANT_CLIENT_CREDENTIALS)


class ApiToken(AccessToken):
    """Something that lets whoever holds it act as somebody. Only its checksum is known."""

    class Meta:
        proxy = True
        verbose_name, verbose_name_plural = _("API token"), _("API tokens")
