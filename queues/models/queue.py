"""Queues: how their interactions are offered, and what follows after the contact."""

import uuid
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, ClassVar, Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase

from accounts.models import User
from accounts.permissions import (
    ACCEPT,
    MANAGE_MEMBERS,
    QUEUE,
    VIEW,
    Permission,
    allowed,
    django_permissions,
    objects_for,
)

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class AfterContactWork(models.TextChoices):
    """What an agent must do when a contact has ended."""

    OPTIONAL = "OPTIONAL", _("Optional: the agent may add a code, and is free at once")
    MANDATORY = "MANDATORY", _("Mandatory: until a code is given")
    MANDATORY_TIMEOUT = "MANDATORY_TIMEOUT", _("Mandatory, with a time limit")
    MANDATORY_FORCED_TIMEOUT = "MANDATORY_FORCED_TIMEOUT", _("Mandatory, always for the whole time")
    AGENT_REQUESTED = "AGENT_REQUESTED", _("When the agent asks for it")


class ScoringMethod(models.TextChoices):
    """Which waiting interaction comes first."""

    TIMESTAMP_AND_PRIORITY = "TimestampAndPriority", _("Time waited, plus one minute per priority point")
    PRIORITY_ONLY = "PriorityOnly", _("Priority; time waited only among equals")


class SkillEvaluation(models.TextChoices):
    """Which agents suit an interaction that asks for skills."""

    ALL = "ALL", _("Only agents who have all its skills")
    BEST = "BEST", _("The agent who has most of them")
    NONE = "NONE", _("Any agent")


class LastAgentMode(models.TextChoices):
    """Whether the agent who last spoke with the customer is asked first."""

    DISABLED = "Disabled", _("No")
    QUEUE_MEMBERS_ONLY = "QueueMembersOnly", _("Yes, if a member of this queue")
    ANY_AGENT = "AnyAgent", _("Yes, any agent who may accept")


class QueueQuerySet(models.QuerySet["Queue"]):
    """Queues by who asks."""

    def visible_to(self, user: "User | AnonymousUser") -> Self:
        """Those whose interactions `user` may read or be offered."""
        readable = objects_for(user, VIEW, Queue).values("pk")
        return self.filter(models.Q(pk__in=readable) | models.Q(pk__in=objects_for(user, ACCEPT, Queue).values("pk")))

    def known_to(self, user: "User | AnonymousUser") -> Self:
        """Whose rules and figures `user` may see: all, for who configures queues; else theirs, and those they staff."""
        if any(allowed(user, Permission("Routing", "Queue", action)) for action in ("View", "Edit", "Delete")):
            return self.all()
        mine = (objects_for(user, right, Queue).values("pk") for right in (VIEW, ACCEPT, MANAGE_MEMBERS))
        return self.filter(reduce(or_, (models.Q(pk__in=queues) for queues in mine)))

    def with_members(self) -> Self:
        """Each with how many work in it (`member_count`), and how many of them have joined (`joined_member_count`)."""
        joined = models.Count("memberships", filter=models.Q(memberships__joined=True))
        return self.annotate(member_count=models.Count("memberships"), joined_member_count=joined)


class Queue(models.Model):
    """A line of interactions, and the rules by which they are offered to its members."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=120, unique=True)
    description = models.TextField(_("description"), blank=True)
    members = models.ManyToManyField(User, through="QueueMember", related_name="queues", verbose_name=_("members"))
    alerting_seconds = models.PositiveIntegerField(
        _("alerting time"),
        default=30,
        validators=[MinValueValidator(7), MaxValueValidator(3600)],
        help_text=_("Seconds an agent has to answer an offer; at least 7."),
    )
    auto_answer = models.BooleanField(
        _("auto-answer"), default=False, help_text=_("Interactions open by themselves, without Answer or Decline.")
    )
    scoring_method = models.CharField(
        _("order"), max_length=32, choices=ScoringMethod, default=ScoringMethod.TIMESTAMP_AND_PRIORITY
    )
    skill_evaluation = models.CharField(_("skills"), max_length=8, choices=SkillEvaluation, default=SkillEvaluation.ALL)
    last_agent_mode = models.CharField(
        _("last agent first"), max_length=32, choices=LastAgentMode, default=LastAgentMode.DISABLED
    )
    absence_grace_seconds = models.PositiveIntegerField(
        _("absence grace"),
        default=300,
        validators=[MinValueValidator(60)],
        help_text=_("Seconds after which running work of an agent who has gone returns to the queue; at least 60."),
    )
    acw_mode = models.CharField(
        _("after-contact work"), max_length=32, choices=AfterContactWork, default=AfterContactWork.MANDATORY_TIMEOUT
    )
    acw_seconds = models.PositiveIntegerField(
        _("after-contact time"),
        default=60,
        validators=[MinValueValidator(1), MaxValueValidator(3600)],
        help_text=_("Seconds, from 1 to 3600; used by the modes with a time limit."),
    )
    acw_extension_seconds = models.PositiveIntegerField(
        _("more time"),
        default=0,
        validators=[MaxValueValidator(3600)],
        help_text=_("Seconds that “More time” adds, once per interaction; 0 does not offer it."),
    )
    service_level_percent = models.PositiveSmallIntegerField(
        _("service level"),
        default=80,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text=_("Percent."),
    )
    service_level_seconds = models.PositiveIntegerField(
        _("answered within"), default=20, validators=[MinValueValidator(1)], help_text=_("Seconds.")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects = QueueQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("queue"), _("queues")
        ordering = ("name",)
        permissions: ClassVar = django_permissions(QUEUE)

    def __str__(self) -> str:
        return self.name


class QueueMember(models.Model):
    """An agent works in a queue. Being offered its work needs the permission to accept as well."""

    queue = models.ForeignKey(Queue, models.CASCADE, related_name="memberships", verbose_name=_("queue"))
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships", verbose_name=_("agent"))
    joined = models.BooleanField(_("joined"), default=True, help_text=_("Off: a member who takes no work for now."))

    class Meta:
        verbose_name, verbose_name_plural = _("member"), _("members")
        constraints = (models.UniqueConstraint(fields=["queue", "user"], name="member_once_per_queue"),)

    def __str__(self) -> str:
        return f"{self.user} · {self.queue}"


class WrapUpCode(models.Model):
    """How an interaction ended, in one word."""

    TIMEOUT = "ININ-WRAP-UP-TIMEOUT"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=120, unique=True)
    queues = models.ManyToManyField(Queue, related_name="wrap_up_codes", blank=True, verbose_name=_("queues"))

    class Meta:
        verbose_name, verbose_name_plural = _("wrap-up code"), _("wrap-up codes")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class QueueUserPermission(UserObjectPermissionBase):
    """A permission of one person on one queue."""

    content_object = models.ForeignKey(Queue, models.CASCADE)


class QueueGroupPermission(GroupObjectPermissionBase):
    """A permission of one role on one queue."""

    content_object = models.ForeignKey(Queue, models.CASCADE)
