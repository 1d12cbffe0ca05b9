"""Customers, and how each network knows them."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from socialcare.searching import Beginnings, Words


class Contact(models.Model):
    """A customer."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=255, blank=True)
    place = models.CharField(_("place"), max_length=255, blank=True)
    language = models.CharField(_("language"), max_length=16, blank=True)
    about = models.TextField(_("about"), blank=True)
    details = models.JSONField(default=dict, blank=True, editable=False)
    """What other systems tell of them that has no column: addresses, titles, parts of the name."""
    merged_into = models.ForeignKey(
        "self", models.CASCADE, null=True, blank=True, related_name="merged", verbose_name=_("merged into")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name, verbose_name_plural = _("customer"), _("customers")
        indexes = (
            models.Index(fields=["created_at", "id"], name="contacts_by_age"),
            Words(fields=["name"], name="contacts_by_name"),
        )

    def __str__(self) -> str:
        return self.name


class Handle(models.Model):
    """A customer as one network knows them. `external_id` never changes; the name and the handle may."""

    contact = models.ForeignKey(Contact, models.CASCADE, related_name="handles", verbose_name=_("customer"))
    network = models.CharField(_("network"), max_length=80)
    external_id = models.CharField(_("id on the network"), max_length=255)
    handle = models.CharField(_("handle"), max_length=255, blank=True)
    name = models.CharField(_("name"), max_length=255, blank=True)
    profile_url = models.URLField(_("profile"), max_length=1000, blank=True)
    avatar_url = models.URLField(_("picture"), max_length=1000, blank=True)
    followers = models.PositiveBigIntegerField(_("followers"), null=True, blank=True)
    verified = models.BooleanField(_("verified"), default=False)

    class Meta:
        verbose_name, verbose_name_plural = _("handle"), _("handles")
        constraints = (models.UniqueConstraint(fields=["network", "external_id"], name="handle_once_per_network"),)
        indexes = (
            models.Index(fields=["external_id"], name="handles_by_external_id"),
            Beginnings(fields=["handle"], name="handles_by_handle"),
            Beginnings(fields=["name"], name="handles_by_name"),
        )

    @property
    def kind(self) -> str:
        """The platform."""
        return self.network.partition(":")[0]

    def __str__(self) -> str:
        return self.name or self.handle or self.external_id
