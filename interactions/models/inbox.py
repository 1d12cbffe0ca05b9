"""Inboxes: a brand's accounts on platforms, and where their messages go."""

import uuid
from typing import TYPE_CHECKING, ClassVar, Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase

from accounts.permissions import INBOX, REPLY_PRIVATE, REPLY_PUBLIC, django_permissions, objects_for
from interactions.cleaning import clean
from queues.models import Queue, Skill
from socialcare.vault import SecretsField

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User

PICTURES = ("image/jpeg", "image/png", "image/gif")


def default_media_types() -> list[str]:
    """JPEG, PNG and GIF."""
    return list(PICTURES)


class InboxQuerySet(models.QuerySet["Inbox"]):
    """Inboxes by who asks."""

    def visible_to(self, user: "User | AnonymousUser") -> Self:
        """Those through which `user` may reply."""
        public, private = (objects_for(user, right, Inbox).values("pk") for right in (REPLY_PUBLIC, REPLY_PRIVATE))
        return self.filter(models.Q(pk__in=public) | models.Q(pk__in=private))

    def with_needs(self) -> Self:
        """With whether they ask for skills, which saves a question for each message."""
        asked: models.QuerySet[models.Model] = self.model.skills.through.objects.filter(inbox=models.OuterRef("pk"))
        return self.annotate(asks_for_skills=models.Exists(asked))


class Inbox(models.Model):
    """One account of the brand on one platform. People see it as a *channel*."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=120, unique=True)
    kind = models.CharField(_("kind"), max_length=32, help_text=_("The platform; its rules count and limit replies."))
    settings = models.JSONField(_("settings"), default=dict, blank=True)
    secrets = SecretsField(_("secrets"), default=dict, blank=True)
    account_id = models.CharField(_("account's id on the platform"), max_length=255, blank=True)
    account_handle = models.CharField(_("account's name on the platform"), max_length=255, blank=True)
    queue = models.ForeignKey(Queue, models.PROTECT, related_name="inboxes", verbose_name=_("queue"))
    priority = models.IntegerField(
        _("priority"),
        default=0,
        validators=[MinValueValidator(-25_000_000), MaxValueValidator(25_000_000)],
        help_text=_("Points; each counts as one minute of waiting."),
    )
    skills = models.ManyToManyField(Skill, blank=True, related_name="inboxes", verbose_name=_("skills"))
    reopen_hours = models.PositiveSmallIntegerField(
        _("reopen within"),
        default=72,
        validators=[MaxValueValidator(72)],
        help_text=_("Hours after the end in which a new message reopens the conversation; 0 to 72."),
    )
    media_types = models.JSONField(_("file types that go out"), default=default_media_types, blank=True)
    text_limit = models.PositiveIntegerField(
        _("longest text"), null=True, blank=True, help_text=_("Characters; empty for the platform's own limit.")
    )
    is_active = models.BooleanField(_("active"), default=True)
    listening = models.BooleanField(default=False, editable=False)
    """Whether an ingestion rule captures its public posts: kept here, so that no message costs a question more."""
    trouble = models.CharField(
        _("trouble"),
        max_length=500,
        blank=True,
        help_text=_("Set when the platform refuses the account; cleared by a test."),
    )
    trouble_at = models.DateTimeField(_("trouble since"), null=True, blank=True)

    objects = InboxQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("channel"), _("channels")
        ordering = ("name",)
        permissions: ClassVar = django_permissions(INBOX)

    @property
    def network(self) -> str:
        """Where its customers' ids are unique: one Bluesky for all, but each practice network or webhook by itself."""
        return self.kind if self.kind == "bluesky" else f"{self.kind}:{self.pk}"

    @cached_property
    def asks_for_skills(self) -> bool:
        """Whether its conversations need an agent with certain skills."""
        return self.skills.exists()

    def note_trouble(self, words: str) -> None:
        """Write down that the platform refuses the account, until a test clears it."""
        Inbox.objects.filter(pk=self.pk).update(trouble=clean(words)[:500], trouble_at=timezone.now())

    def __str__(self) -> str:
        return self.name


class InboxUserPermission(UserObjectPermissionBase):
    """A permission of one person on one inbox."""

    content_object = models.ForeignKey(Inbox, models.CASCADE)


class InboxGroupPermission(GroupObjectPermissionBase):
    """A permission of one role on one inbox."""

    content_object = models.ForeignKey(Inbox, models.CASCADE)
