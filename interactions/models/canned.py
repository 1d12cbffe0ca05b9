"""Canned responses, in libraries."""

import uuid
from collections.abc import Iterable
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from queues.models import Queue


class Versioned(models.Model):
    """Counts its changes, so that nobody overwrites what they have not seen."""

    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    class Meta:
        abstract = True

    def save(self, *, update_fields: Iterable[str] | None = None, **options: Any) -> None:
        """Store it under its next version."""
        if not self._state.adding:
            self.version += 1
            update_fields = None if update_fields is None else {*update_fields, "version"}
        super().save(update_fields=update_fields, **options)


class CannedLibrary(Versioned):
    """A collection of canned responses, for some queues or for all."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=120, unique=True)
    queues = models.ManyToManyField(
        Queue, blank=True, related_name="libraries", verbose_name=_("queues"), help_text=_("None: for all queues.")
    )

    class Meta:
        verbose_name, verbose_name_plural = _("library of canned responses"), _("libraries of canned responses")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class CannedResponse(Versioned):
    """A text to answer with. `{{CUSTOMER_NAME}}` and the like are filled in before the agent sees it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    library = models.ForeignKey(CannedLibrary, models.CASCADE, related_name="responses", verbose_name=_("library"))
    name = models.CharField(_("name"), max_length=120)
    shortcut = models.SlugField(_("shortcut"), max_length=40, blank=True, help_text=_("Typed after “/” in a reply."))
    language = models.CharField(_("language"), max_length=16, blank=True)
    text = models.TextField(
        _("text"),
        max_length=10_000,
        help_text=_("{{CUSTOMER_NAME}}, {{AGENT_NAME}}, {{QUEUE_NAME}} and {{CHANNEL_NAME}} are filled in."),
    )

    class Meta:
        verbose_name, verbose_name_plural = _("canned response"), _("canned responses")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name
