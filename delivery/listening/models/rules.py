"""Escalation rules: which captured posts become interactions, where, and how many a minute."""

import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Case, F, Q, When
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from delivery.listening.matching import Terms
from delivery.listening.models.topics import Topic
from interactions.models import Inbox
from queues.models import Queue, Skill

if TYPE_CHECKING:
    from delivery.listening.models.posts import CapturedPost

MOST_RULES = 500
PER_MINUTE = 10


class RuleStatus(models.TextChoices):
    """Whether a rule escalates anything."""

    ACTIVE = "Active", pgettext_lazy("rule", "Active")
    PAUSED = "Paused", _("Paused")


class EscalationRuleQuerySet(models.QuerySet["EscalationRule"]):
    """Escalation rules in their order, and their places in the minute."""

    def in_force(self) -> Self:
        """Those that are on, first first, with their topics."""
        return self.filter(status=RuleStatus.ACTIVE).select_related("inbox").prefetch_related("topics")

    def take_place(self, rule_id: uuid.UUID, now: datetime) -> bool:
        """Take one of the rule's places in this minute, however many processes want it. False if all are taken."""
        minute = now.replace(second=0, microsecond=0)
        same = Q(minute__gte=minute)
        free = Q(minute__isnull=True) | Q(minute__lt=minute) | Q(taken__lt=F("per_minute"))
        return bool(
            self.filter(free, pk=rule_id, per_minute__gt=0).update(
                taken=Case(When(same, then=F("taken") + 1), default=1),
                minute=Case(When(same, then=F("minute")), default=minute),
            )
        )


class EscalationRule(models.Model):
    """Posts that meet all its conditions become interactions. Of several rules the first counts."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=255)
    description = models.TextField(_("description"), blank=True)
    position = models.PositiveIntegerField(
        _("order"), default=1, help_text=_("The lowest number comes first; the first rule that fits counts.")
    )
    status = models.CharField(_("status"), max_length=16, choices=RuleStatus, default=RuleStatus.ACTIVE)

    # Conditions: an empty one holds for every post.
    topics = models.ManyToManyField(Topic, blank=True, related_name="escalation_rules", verbose_name=_("topics"))
    platforms = models.JSONField(_("platforms"), default=list, blank=True)
    languages = models.JSONField(
        _("languages"), default=list, blank=True, help_text=_("Codes such as en or fr, one a line.")
    )
    sentiments = models.JSONField(_("sentiments"), default=list, blank=True)
    includes = models.JSONField(
        _("text has"), default=list, blank=True, help_text=_("One a line; a post has at least one of them. Empty: all.")
    )
    excludes = models.JSONField(
        _("but without"), default=list, blank=True, help_text=_("One a line; a post has none of them.")
    )
    post_types = models.JSONField(_("kinds of post"), default=list, blank=True)
    verified = models.BooleanField(_("author is verified"), null=True, blank=True)
    followers_at_least = models.PositiveBigIntegerField(_("followers, at least"), null=True, blank=True)
    likes_at_least = models.PositiveBigIntegerField(_("likes, at least"), null=True, blank=True)
    shares_at_least = models.PositiveBigIntegerField(_("shares, at least"), null=True, blank=True)
    comments_at_least = models.PositiveBigIntegerField(_("comments, at least"), null=True, blank=True)
    views_at_least = models.PositiveBigIntegerField(_("views, at least"), null=True, blank=True)

    # What follows: where nothing is said, as the channel has it.
    inbox = models.ForeignKey(
        Inbox,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="escalation_rules",
        verbose_name=_("channel"),
        help_text=_("Through which posts of its platform are answered. Empty: the one they came in by."),
    )
    queue = models.ForeignKey(
        Queue,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="escalation_rules",
        verbose_name=_("queue"),
        help_text=_("Empty: as the channel has it."),
    )
    priority = models.IntegerField(
        _("priority"),
        null=True,
        blank=True,
        validators=[MinValueValidator(-25_000_000), MaxValueValidator(25_000_000)],
        help_text=_("Points; each counts as one minute of waiting. Empty: as the channel has it."),
    )
    skills = models.ManyToManyField(
        Skill,
        blank=True,
        related_name="escalation_rules",
        verbose_name=_("skills"),
        help_text=_("Empty: as the channel."),
    )
    targets = models.JSONField(default=dict, blank=True, editable=False)
    """Targets for platforms without a connector, as the API was given them."""

    per_minute = models.PositiveIntegerField(
        _("interactions a minute, at most"),
        default=PER_MINUTE,
        validators=[MinValueValidator(1), MaxValueValidator(10_000)],
        help_text=_("What is over it waits, is shown as throttled, and follows as soon as there is room."),
    )
    minute = models.DateTimeField(null=True, blank=True, editable=False)
    taken = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    modified_at = models.DateTimeField(_("changed"), auto_now=True)

    objects = EscalationRuleQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("escalation rule"), _("escalation rules")
        ordering = ("position", "created_at", "id")

    def fits(self, post: "CapturedPost") -> bool:
        """Whether a post meets every condition. What is not known of a post does not meet one."""
        return (
            self._of_its_kind(post)
            and self._loud_enough(post)
            and Terms(self.includes, self.excludes).match(post.text)
            and self.inbox_for(post) is not None
        )

    def inbox_for(self, post: "CapturedPost") -> Inbox | None:
        """Through which the post would be answered: the rule's channel if it is of the post's platform, or its own."""
        own = self.inbox
        chosen = own if own and own.kind == post.platform else post.inbox
        return chosen if chosen and chosen.is_active else None

    def _of_its_kind(self, post: "CapturedPost") -> bool:
        topics = [topic.pk for topic in self.topics.all()]
        return (
            (not topics or post.topic_id in topics)
            and (not self.platforms or post.platform in self.platforms)
            and (not self.languages or _language(post.language) in map(_language, self.languages))
            and (not self.sentiments or post.sentiment in self.sentiments)
            and (not self.post_types or post.post_type in self.post_types)
            and (self.verified is None or post.verified == self.verified)
        )

    def _loud_enough(self, post: "CapturedPost") -> bool:
        least: dict[str, Any] = {
            "likes": self.likes_at_least,
            "shares": self.shares_at_least,
            "comments": self.comments_at_least,
            "views": self.views_at_least,
        }
        enough = all(post.engagement_of(kind) >= wanted for kind, wanted in least.items() if wanted)
        return enough and (self.followers_at_least is None or (post.followers or 0) >= self.followers_at_least)

    def __str__(self) -> str:
        return self.name


def _language(code: str) -> str:
    """The language of a code, without the country."""
    return code.replace("_", "-").partition("-")[0].lower()
