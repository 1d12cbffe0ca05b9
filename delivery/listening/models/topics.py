"""Topics, and the rules that say what is captured for them."""

import uuid
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from delivery.listening.matching import Terms
from interactions.models import Inbox


class Platform(models.TextChoices):
    """Where posts come from. The values are those of the API's addresses."""

    OPEN = "open", _("Open source, fed over the API")
    BLUESKY = "bluesky", "Bluesky"
    PRACTICE = "practice", _("Practice network")
    TWITTER = "twitter", "X"
    FACEBOOK = "facebook", "Facebook"
    INSTAGRAM = "instagram", "Instagram"
    GOOGLE = "googlebusinessprofile", "Google Business Profile"


CONNECTED = (Platform.OPEN, Platform.BLUESKY, Platform.PRACTICE)
"""Those whose posts can come in. Rules for the others are kept, and wait for a connector."""


class TopicStatus(models.TextChoices):
    """Whether a topic listens."""

    ACTIVE = "Active", pgettext_lazy("topic", "Active")
    DELETED = "Deleted", pgettext_lazy("topic", "Deleted")


class IngestionStatus(models.TextChoices):
    """Whether a rule captures anything."""

    ACTIVE = "Active", pgettext_lazy("rule", "Active")
    PAUSED = "Paused", _("Paused")
    PENDING = "Pending", _("Waiting for a connector")
    DELETED = "Deleted", pgettext_lazy("rule", "Deleted")


class TopicQuerySet(models.QuerySet["Topic"]):
    """Topics by whether they are still there."""

    def kept(self) -> Self:
        """Those that nobody has deleted."""
        return self.exclude(status=TopicStatus.DELETED)


class Topic(models.Model):
    """Something people talk about: a brand, a product, a campaign. A deleted one keeps its posts."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=255)
    description = models.TextField(_("description"), blank=True)
    status = models.CharField(_("status"), max_length=16, choices=TopicStatus, default=TopicStatus.ACTIVE)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    modified_at = models.DateTimeField(_("changed"), auto_now=True)

    objects = TopicQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("topic"), _("topics")
        ordering = ("name", "id")

    def __str__(self) -> str:
        return self.name


class IngestionRuleQuerySet(models.QuerySet["IngestionRule"]):
    """Ingestion rules by what they do."""

    def kept(self) -> Self:
        """Those that nobody has deleted."""
        return self.exclude(status=IngestionStatus.DELETED)

    def capturing(self) -> Self:
        """Those that are on, of topics that are on."""
        return self.filter(status=IngestionStatus.ACTIVE, topic__status=TopicStatus.ACTIVE)


class IngestionRule(models.Model):
    """Which posts of one platform are captured for a topic."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    topic = models.ForeignKey(Topic, models.CASCADE, related_name="ingestion_rules", verbose_name=_("topic"))
    platform = models.CharField(_("platform"), max_length=32, choices=Platform)
    name = models.CharField(_("name"), max_length=255)
    description = models.TextField(_("description"), blank=True)
    status = models.CharField(_("status"), max_length=16, choices=IngestionStatus, default=IngestionStatus.ACTIVE)
    inbox = models.ForeignKey(
        Inbox,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="ingestion_rules",
        verbose_name=_("channel"),
        help_text=_(
            "The channel whose public posts are captured, and through which they are answered. "
            "An open source can do without."
        ),
    )
    includes = models.JSONField(
        _("search terms"),
        default=list,
        blank=True,
        help_text=_("One a line; a post has at least one of them. Empty: all."),
    )
    excludes = models.JSONField(
        _("but without"), default=list, blank=True, help_text=_("One a line; a post has none of them.")
    )
    source = models.JSONField(default=dict, blank=True, editable=False)
    """What its platform asks for besides, as the API was given it."""
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    modified_at = models.DateTimeField(_("changed"), auto_now=True)

    objects = IngestionRuleQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("ingestion rule"), _("ingestion rules")
        ordering = ("created_at", "id")
        indexes = (models.Index(fields=["inbox"], name="rules_that_capture", condition=Q(status="Active")),)

    @property
    def is_connected(self) -> bool:
        """Whether posts of its platform can come in at all."""
        return self.platform in CONNECTED

    @property
    def shown_status(self) -> IngestionStatus:
        """What it does, to say it honestly."""
        if self.status == IngestionStatus.ACTIVE and not self.is_connected:
            return IngestionStatus.PENDING
        return IngestionStatus(self.status)

    @property
    def terms(self) -> Terms:
        """What a post's text must have."""
        return Terms(self.includes, self.excludes)

    def __str__(self) -> str:
        return self.name


class IngestionRuleVersion(models.Model):
    """How an ingestion rule was at one time."""

    rule = models.ForeignKey(IngestionRule, models.CASCADE, related_name="versions", verbose_name=_("ingestion rule"))
    version = models.PositiveIntegerField(_("version"))
    facts = models.JSONField(_("content"))
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    class Meta:
        verbose_name, verbose_name_plural = _("version of an ingestion rule"), _("versions of ingestion rules")
        constraints = (models.UniqueConstraint(fields=["rule", "version"], name="one_of_each_version"),)

    def __str__(self) -> str:
        return f"{self.rule} {self.version}"
