"""Offers, and what follows when one is accepted: one agent's stretch of work on an interaction."""

import uuid
from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from interactions.models.interaction import Interaction
from queues.models import AfterContactWork, Queue, WrapUpCode


class OfferState(models.TextChoices):
    """What became of an offer."""

    OPEN = "open", _("Open")
    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Declined")
    EXPIRED = "expired", _("Not answered in time")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class Offer(models.Model):
    """An interaction was offered to one agent until a deadline."""

    TRANSITIONS: ClassVar = {
        OfferState.OPEN: frozenset(set(OfferState) - {OfferState.OPEN}),
        OfferState.ACCEPTED: frozenset(),
        OfferState.DECLINED: frozenset(),
        OfferState.EXPIRED: frozenset(),
        OfferState.WITHDRAWN: frozenset(),
    }

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    interaction = models.ForeignKey(Interaction, models.CASCADE, related_name="offers", verbose_name=_("interaction"))
    agent = models.ForeignKey(User, models.PROTECT, related_name="offers", verbose_name=_("agent"))
    queue = models.ForeignKey(Queue, models.PROTECT, related_name="offers", verbose_name=_("queue"))
    state = models.CharField(_("state"), max_length=16, choices=OfferState, default=OfferState.OPEN)
    made_at = models.DateTimeField(_("made"), default=timezone.now)
    deadline = models.DateTimeField(_("deadline"))
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("offer"), _("offers")
        constraints = (
            models.UniqueConstraint(fields=["interaction"], name="one_open_offer", condition=Q(state="open")),
        )
        indexes = (
            models.Index(fields=["deadline"], name="offers_by_deadline", condition=Q(state="open")),
            models.Index(fields=["agent"], name="offers_to_agent", condition=Q(state="open")),
            models.Index(fields=["queue", "-made_at"], name="offers_of_queue"),
        )

    @property
    def seconds(self) -> int:
        """The whole alerting time."""
        return round((self.deadline - self.made_at).total_seconds())

    def __str__(self) -> str:
        return f"{self.interaction_id} → {self.agent} ({self.get_state_display()})"


class EndedBy(models.TextChoices):
    """How an agent's stretch of work ended."""

    AGENT = "agent", _("The agent ended it")
    TRANSFERRED = "transferred", _("Transferred")
    ABSENT = "absent", _("The agent had gone")


class Handling(models.Model):
    """One agent's stretch of work on an interaction, with its wrap-up. It keeps the id of the offer it came from."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    interaction = models.ForeignKey(
        Interaction, models.CASCADE, related_name="handlings", verbose_name=_("interaction")
    )
    agent = models.ForeignKey(User, models.PROTECT, related_name="handlings", verbose_name=_("agent"))
    queue = models.ForeignKey(Queue, models.PROTECT, related_name="handlings", verbose_name=_("queue"))
    started_at = models.DateTimeField(_("started"), default=timezone.now)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    ended_by = models.CharField(_("ended by"), max_length=16, choices=EndedBy, blank=True)
    acw_requested = models.BooleanField(_("after-contact work asked for"), default=False)
    acw_mode = models.CharField(_("after-contact work"), max_length=32, choices=AfterContactWork, blank=True)
    acw_deadline = models.DateTimeField(_("after-contact work until"), null=True, blank=True)
    acw_extended = models.BooleanField(_("more time taken"), default=False)
    holds_place = models.BooleanField(_("holds a place"), default=True)
    code = models.ForeignKey(
        WrapUpCode, models.PROTECT, null=True, blank=True, related_name="handlings", verbose_name=_("wrap-up code")
    )
    notes = models.TextField(_("notes"), blank=True)
    tags = models.JSONField(_("tags"), default=list, blank=True)
    wrapped_up_at = models.DateTimeField(_("wrapped up"), null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("handling"), _("handlings")
        constraints = (
            models.UniqueConstraint(
                fields=["interaction"], name="one_handling_at_a_time", condition=Q(wrapped_up_at__isnull=True)
            ),
        )
        indexes = (
            models.Index(
                fields=["acw_deadline"],
                name="acw_by_deadline",
                condition=Q(wrapped_up_at__isnull=True, acw_deadline__isnull=False),
            ),
            models.Index(fields=["agent"], name="handlings_running", condition=Q(wrapped_up_at__isnull=True)),
        )

    def acw_seconds_left(self, now: datetime | None = None) -> int | None:
        """What is left of the after-contact time; None where it has no limit."""
        if not self.acw_deadline:
            return None
        return max(0, round((self.acw_deadline - (now or timezone.now())).total_seconds()))

    def __str__(self) -> str:
        return f"{self.agent} · {self.interaction_id}"
