"""Captured posts: each stored once for its topic, with what became of it."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from delivery.listening.models.rules import EscalationRule
from delivery.listening.models.topics import IngestionRule, Platform, Topic
from interactions.models import Inbox, Message
from socialcare.searching import Beginnings


class PostStatus(models.TextChoices):
    """Whether a post has become an interaction."""

    NOT_ESCALATED = "NotEscalated", _("Not escalated")
    AUTOMATIC = "Automatic", _("Escalated by a rule")
    MANUAL = "Manual", _("Escalated by hand")
    THROTTLED = "Throttled", _("Throttled: it follows")
    PREVIOUSLY = "PreviouslyEscalated", _("Already in an interaction")


ESCALATED = (PostStatus.AUTOMATIC, PostStatus.MANUAL, PostStatus.PREVIOUSLY)


class Sentiment(models.TextChoices):
    """How a post sounds, where its source says so; nobody guesses here."""

    POSITIVE = "Positive", _("Positive")
    NEUTRAL = "Neutral", _("Neutral")
    NEGATIVE = "Negative", _("Negative")


class ModerationFlag(models.TextChoices):
    """Whether a post is fit to be seen at work, where its source says so."""

    SAFE = "SafeForWork", _("Safe for work")
    NOT_SAFE = "NotSafeForWork", _("Not safe for work")


class PostType(models.TextChoices):
    """Whether a post stands by itself."""

    POST = "Post", pgettext_lazy("kind of post", "Post")
    REPLY = "Reply", _("Reply")


class CapturedPost(models.Model):
    """What somebody said in public about a topic."""

    TRANSITIONS: ClassVar = {
        PostStatus.NOT_ESCALATED: frozenset({PostStatus.THROTTLED, *ESCALATED}),
        PostStatus.THROTTLED: frozenset({PostStatus.NOT_ESCALATED, PostStatus.THROTTLED, *ESCALATED}),
        **dict.fromkeys(ESCALATED, frozenset[PostStatus]()),
    }

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    topic = models.ForeignKey(Topic, models.CASCADE, related_name="posts", verbose_name=_("topic"))
    ingestion_rule = models.ForeignKey(
        IngestionRule, models.SET_NULL, null=True, related_name="posts", verbose_name=_("ingestion rule")
    )
    inbox = models.ForeignKey(
        Inbox, models.SET_NULL, null=True, blank=True, related_name="captured_posts", verbose_name=_("channel")
    )
    platform = models.CharField(_("platform"), max_length=32, choices=Platform)
    external_id = models.CharField(_("id on the platform"), max_length=512)
    author_id = models.CharField(_("author's id on the platform"), max_length=255)
    author_handle = models.CharField(_("handle"), max_length=255, blank=True)
    author_name = models.CharField(_("author"), max_length=255, blank=True)
    profile_url = models.URLField(_("profile"), max_length=1000, blank=True)
    avatar_url = models.URLField(_("picture"), max_length=1000, blank=True)
    followers = models.PositiveBigIntegerField(_("followers"), null=True, blank=True)
    verified = models.BooleanField(_("verified"), default=False)
    text = models.TextField(_("text"), blank=True)
    url = models.URLField(_("link"), max_length=2000, blank=True)
    post_type = models.CharField(_("kind of post"), max_length=16, choices=PostType, default=PostType.POST)
    language = models.CharField(_("language"), max_length=16, blank=True)
    sentiment = models.CharField(_("sentiment"), max_length=16, choices=Sentiment, blank=True)
    moderation = models.CharField(_("moderation"), max_length=16, choices=ModerationFlag, blank=True)
    engagement = models.JSONField(_("reactions"), default=dict, blank=True)
    details = models.JSONField(default=dict, blank=True, editable=False)
    """What is needed to make a message of it: thread, what it answers, files, the connector's own."""
    sent_at = models.DateTimeField(_("written"))
    captured_at = models.DateTimeField(_("captured"), default=timezone.now)
    edited_at = models.DateTimeField(_("edited"), null=True, blank=True)
    removed_at = models.DateTimeField(_("removed"), null=True, blank=True)
    status = models.CharField(_("status"), max_length=24, choices=PostStatus, default=PostStatus.NOT_ESCALATED)
    rule = models.ForeignKey(
        EscalationRule,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="posts",
        verbose_name=_("escalation rule"),
    )
    message = models.ForeignKey(
        Message, models.SET_NULL, null=True, blank=True, related_name="captured_posts", verbose_name=_("message")
    )
    escalated_at = models.DateTimeField(_("escalated"), null=True, blank=True)
    escalated_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("escalated by")
    )

    class Meta:
        verbose_name, verbose_name_plural = _("post"), _("posts")
        constraints = (
            models.UniqueConstraint(fields=["topic", "platform", "external_id"], name="post_once_per_topic"),
        )
        indexes = (
            models.Index(fields=["-captured_at"], name="posts_by_time"),
            models.Index(fields=["status", "-captured_at"], name="posts_by_status"),
            models.Index(fields=["topic", "-captured_at"], name="posts_of_topic"),
            models.Index(fields=["captured_at"], name="posts_throttled", condition=Q(status="Throttled")),
            models.Index(fields=["topic", "author_id"], name="posts_escalated", condition=Q(message__isnull=False)),
            models.Index(fields=["inbox", "external_id"], name="posts_of_inbox"),
            models.Index(fields=["external_id"], name="posts_by_external_id"),
            Beginnings(fields=["author_name"], name="posts_by_author"),
            Beginnings(fields=["author_handle"], name="posts_by_handle"),
        )

    @property
    def is_escalated(self) -> bool:
        """Whether it is in an interaction."""
        return self.status in ESCALATED

    def engagement_of(self, kind: str) -> int:
        """How many "shares", "comments" or "views" it has; "likes" are all other reactions that are no rating."""
        named = {"shares": ("Share", "Repost"), "comments": ("Comment",), "views": ("View",)}
        if kind in named:
            return sum(self.engagement.get(name, 0) for name in named[kind])
        others = {"Rating", "Save", "None"}.union(*named.values())
        return sum(count for name, count in self.engagement.items() if name not in others)

    def __str__(self) -> str:
        return Truncator(self.text).chars(60) or self.external_id
