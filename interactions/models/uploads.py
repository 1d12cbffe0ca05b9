"""Files on their way in: announced, and then sent to an address of their own."""

import uuid
from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from interactions.models.interaction import Interaction

GOOD_FOR = timedelta(minutes=15)
"""So long the address takes the file."""


def _until() -> datetime:
    return timezone.now() + GOOD_FOR


class UploadState(models.TextChoices):
    """How far an upload has come."""

    UPLOADING = "uploading", _("Uploading")
    VALID = "valid", _("Valid")
    INVALID = "invalid", _("Invalid")


class Upload(models.Model):
    """A file that an agent's software has announced. The attachment that comes of it has the same id."""

    TRANSITIONS: ClassVar = {
        UploadState.UPLOADING: frozenset({UploadState.VALID, UploadState.INVALID}),
        UploadState.VALID: frozenset(),
        UploadState.INVALID: frozenset(),
    }

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    interaction = models.ForeignKey(Interaction, models.CASCADE, related_name="uploads", verbose_name=_("interaction"))
    agent = models.ForeignKey(User, models.CASCADE, related_name="+", verbose_name=_("agent"))
    name = models.CharField(_("name"), max_length=255)
    size = models.PositiveBigIntegerField(_("size"), null=True, blank=True, help_text=_("In bytes."))
    md5 = models.CharField(max_length=32, blank=True)
    state = models.CharField(_("state"), max_length=16, choices=UploadState, default=UploadState.UPLOADING)
    trouble = models.CharField(_("trouble"), max_length=500, blank=True)
    good_until = models.DateTimeField(default=_until)

    class Meta:
        verbose_name, verbose_name_plural = _("upload"), _("uploads")
        indexes = (models.Index(fields=["good_until"], name="uploads_by_age"),)

    def __str__(self) -> str:
        return f"{self.name} ({self.get_state_display()})"
