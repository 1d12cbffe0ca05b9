"""Agents: what they can do, and what they are doing now."""

import uuid
from datetime import datetime, timedelta
from typing import Any, Self

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from socialcare.asking import Question
from socialcare.events import Audience
from socialcare.kept import Kept, KeptUpdate

GONE_AFTER = timedelta(seconds=60)
"""An agent without a heartbeat for this long is gone."""


class Presence(models.TextChoices):
    """What a person says they are doing. Only the last one takes work."""

    AVAILABLE = "Available", _("Available")
    AWAY = "Away", _("Away")
    BUSY = "Busy", _("Busy")
    BREAK = "Break", _("Break")
    MEAL = "Meal", _("Meal")
    MEETING = "Meeting", _("Meeting")
    TRAINING = "Training", _("Training")
    OFFLINE = "Offline", _("Offline")
    ON_QUEUE = "OnQueue", _("On queue")


class RoutingStatus(models.TextChoices):
    """What routing makes of an agent; computed from facts, never set."""

    OFF_QUEUE = "OFF_QUEUE", _("Off queue")
    IDLE = "IDLE", _("Idle")
    INTERACTING = "INTERACTING", _("Interacting")
    NOT_RESPONDING = "NOT_RESPONDING", _("Not responding")


class Missed(models.TextChoices):
    """Why an agent is Not Responding."""

    DECLINED = "declined", _("declined")
    EXPIRED = "expired", _("not answered in time")


class AgentStatusQuerySet(models.QuerySet["AgentStatus"]):
    """Agents by whether they can take work; and the two moves of their load."""

    def of(self, user: User) -> "AgentStatus":
        """The status of `user`, made on first use."""
        return next(iter(status_of(user.pk).answer()), None) or self.get_or_create(user=user)[0]

    def present(self, since: datetime | None = None) -> Self:
        """Those from whom we heard within a minute (or since a moment)."""
        return self.filter(last_seen__gte=since or timezone.now() - GONE_AFTER)

    def free(self, since: datetime | None = None) -> Self:
        """Those who can be offered one more interaction now, heard from as for `present`."""
        # Without a join: only then are the conditions looked at again when `reserve` has waited for another's lock.
        active = User.objects.filter(is_active=True).values("pk")
        return self.present(since).filter(
            presence=Presence.ON_QUEUE, missed="", load__lt=F("capacity"), user__in=active
        )

    def reserve(self, user_id: uuid.UUID) -> int:
        """Take one place of an agent who is free; of two that race for it, one gets it.

        Gives the agent's version, which is counted up: whoever takes a place says to the screens what for. 0 where the
        agent is not free.
        """
        version: int = reserving(user_id).answer()
        return version

    def occupy(self, user_id: uuid.UUID) -> bool:
        """Take one place for work the agent has taken up themselves, on queue or not; False if all are taken."""
        return bool(self.filter(user=user_id, load__lt=F("capacity")).update(load=F("load") + 1))

    def lock(self, *user_ids: uuid.UUID) -> None:
        """Lock several agents until the end of the transaction, always in one order: nobody waits in a circle."""
        list(self.filter(user__in=user_ids).order_by("pk").select_for_update(no_key=True).values_list("pk"))

    def release(self, user_id: uuid.UUID) -> None:
        """Give one place back."""
        _RELEASE.run(user=user_id, now=timezone.now())


class AgentStatus(Audience):
    """What one agent is doing now: the facts, and the routing status computed from them."""

    user = models.OneToOneField(User, models.CASCADE, primary_key=True, related_name="status", verbose_name=_("agent"))
    presence = models.CharField(_("presence"), max_length=16, choices=Presence, default=Presence.OFFLINE)
    missed = models.CharField(_("not responding"), max_length=16, choices=Missed, blank=True, default="")
    missed_at = models.DateTimeField(_("not responding since"), null=True, blank=True)
    capacity = models.PositiveSmallIntegerField(
        _("capacity"), default=1, validators=[MaxValueValidator(25)], help_text=_("Interactions at once, from 0 to 25.")
    )
    load = models.PositiveSmallIntegerField(
        _("load"), default=0, help_text=_("Places taken: offered, running, wrap-up.")
    )
    auto_answer = models.BooleanField(_("auto-answer"), default=False)
    idle_since = models.DateTimeField(_("idle since"), default=timezone.now)
    last_seen = models.DateTimeField(_("last seen"), default=timezone.now)
    routing_status = models.GeneratedField(
        expression=Case(
            When(~Q(presence=Presence.ON_QUEUE.value), then=Value(RoutingStatus.OFF_QUEUE.value)),
            When(~Q(missed=""), then=Value(RoutingStatus.NOT_RESPONDING.value)),
            When(load__gt=0, then=Value(RoutingStatus.INTERACTING.value)),
            default=Value(RoutingStatus.IDLE.value),
        ),
        output_field=models.CharField(max_length=16, choices=RoutingStatus),
        db_persist=True,
        verbose_name=_("routing status"),
    )

    objects = AgentStatusQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("agent"), _("agents")
        constraints = (
            models.CheckConstraint(condition=Q(load__lte=F("capacity")), name="load_within_capacity"),
            models.CheckConstraint(condition=Q(capacity__lte=25), name="capacity_at_most_25"),
        )
        indexes = (
            models.Index(fields=["load", "idle_since"], name="agents_free", condition=Q(presence="OnQueue", missed="")),
        )

    @property
    def audience(self) -> str:
        return f"agent.{self.pk}"

    @property
    def on_queue(self) -> bool:
        """Whether the agent has chosen to take work."""
        return self.presence == Presence.ON_QUEUE

    @property
    def gone(self) -> bool:
        """Whether we have not heard from them for a minute."""
        return self.last_seen < timezone.now() - GONE_AFTER

    def __str__(self) -> str:
        return str(self.user)


_STATUS = Kept(lambda user: AgentStatus.objects.filter(user=user), user=uuid.UUID)


def status_of(user_id: uuid.UUID) -> Question:
    """The status of somebody, to be asked together with others; none before its first use."""
    return _STATUS.question(user=user_id)


def _one_more(now: Any) -> dict[str, Any]:
    """What is written of an agent whose place is taken."""
    return {"load": F("load") + 1, "idle_since": now, "version": F("version") + 1}


_RESERVE = KeptUpdate(
    lambda user, now, since: (AgentStatus.objects.free(since).filter(user=user), _one_more(now)),
    gives="version",
    user=uuid.UUID,
    now=datetime,
    since=datetime,
)


def reserving(user_id: uuid.UUID) -> Question:
    """`reserve`, to be written together with other things."""
    now = timezone.now()
    return _RESERVE.question(user=user_id, now=now, since=now - GONE_AFTER)


_TAKE = KeptUpdate(
    lambda user, now: (AgentStatus.objects.filter(user=user), _one_more(now)),
    gives="version",
    user=uuid.UUID,
    now=datetime,
)


def taking(user_id: uuid.UUID) -> Question:
    """The same for an agent whom this transaction has found free, and locked: it cannot fail any more."""
    return _TAKE.question(user=user_id, now=timezone.now())


_RELEASE = KeptUpdate(
    lambda user, now: (
        AgentStatus.objects.filter(user=user, load__gt=0),
        {"load": F("load") - 1, "idle_since": now},
    ),
    user=uuid.UUID,
    now=datetime,
)


class Skill(models.Model):
    """Something an agent can do, or a language they speak."""

    class Kind(models.TextChoices):
        SKILL = "skill", _("Skill")
        LANGUAGE = "language", _("Language")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=120, unique=True)
    kind = models.CharField(_("kind"), max_length=16, choices=Kind, default=Kind.SKILL)

    class Meta:
        verbose_name, verbose_name_plural = _("skill"), _("skills")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class AgentSkill(models.Model):
    """How well an agent can do it."""

    user = models.ForeignKey(User, models.CASCADE, related_name="skills", verbose_name=_("agent"))
    skill = models.ForeignKey(Skill, models.CASCADE, related_name="agents", verbose_name=_("skill"))
    proficiency = models.PositiveSmallIntegerField(
        _("proficiency"), default=3, validators=[MaxValueValidator(5)], help_text=_("From 0 to 5.")
    )

    class Meta:
        verbose_name, verbose_name_plural = _("agent's skill"), _("agents' skills")
        constraints = (models.UniqueConstraint(fields=["user", "skill"], name="skill_once_per_agent"),)

    def __str__(self) -> str:
        return f"{self.user} · {self.skill} {self.proficiency}"
