"""Interactions: one conversation with one customer through one inbox."""

import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar, Self

from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, When
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.permissions import ACCEPT, VIEW, allowed, where_held
from interactions.models.contacts import Handle
from interactions.models.inbox import Inbox
from queues.models import Queue, ScoringMethod, Skill, WrapUpCode
from socialcare.events import Audience

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


def rank_of(queued_at: datetime, priority: int) -> datetime:
    """When it would have come into its queue, had each priority point been a minute of waiting."""
    return queued_at - timedelta(minutes=priority)


class State(models.TextChoices):
    """Where an interaction is."""

    WAITING = "waiting", _("Waiting")
    ALERTING = "alerting", _("Offered")
    CONNECTED = "connected", _("Connected")
    PARKED = "parked", _("Parked")
    WRAP_UP = "wrap_up", _("Wrap-up")
    ENDED = "ended", _("Ended")


OWNED = (State.CONNECTED, State.PARKED, State.WRAP_UP)
RUNNING_FIRST = Case(When(state=State.ENDED, then=1), default=0)


class InteractionQuerySet(models.QuerySet["Interaction"]):
    """Interactions by who may see them and by where they are."""

    def visible_to(self, user: "User | AnonymousUser") -> Self:
        """Those of queues whose interactions `user` may read, and those that are theirs or offered to them."""
        if not user.is_active or user.is_anonymous:
            return self.none()
        return self.filter(where_held(user, VIEW, "queue") | (where_held(user, ACCEPT, "queue") & self._own(user)))

    def at_hand(self, user: User) -> Self:
        """What `user` has to do: what is offered to them, connected, parked, or in wrap-up."""
        return self.visible_to(user).filter(self._own(user))

    def _own(self, user: "User | AnonymousUser") -> Q:
        offered = self.model.offers.rel.related_model.objects.filter(  # type: ignore[attr-defined]
            interaction=OuterRef("pk"), agent=user, state="open"
        )
        return Q(owner=user) | Q(Exists(offered), state=State.ALERTING)

    def waiting(self) -> Self:
        """Those that wait in a queue."""
        return self.filter(state=State.WAITING)

    def waiting_in(self, queue: Queue) -> Self:
        """Those that wait in one queue, first first."""
        by_priority = queue.scoring_method == ScoringMethod.PRIORITY_ONLY
        order = ("-priority", "queued_at") if by_priority else ("rank",)
        return self.waiting().filter(queue=queue.pk).order_by(*order)

    def work_of(self, user: User) -> Self:
        """What `user` has open: connected, parked, or in wrap-up."""
        return self.filter(owner=user, state__in=OWNED)


class Interaction(Audience):
    """One conversation with one customer, public and private, from the first message to the last."""

    TRANSITIONS: ClassVar = {
        State.WAITING: frozenset({State.WAITING, State.ALERTING, State.CONNECTED, State.ENDED}),
        State.ALERTING: frozenset({State.WAITING, State.CONNECTED}),
        State.CONNECTED: frozenset({State.WAITING, State.ALERTING, State.PARKED, State.WRAP_UP, State.ENDED}),
        State.PARKED: frozenset({State.WAITING, State.ALERTING, State.CONNECTED, State.WRAP_UP, State.ENDED}),
        State.WRAP_UP: frozenset({State.CONNECTED, State.WAITING, State.ENDED}),
        State.ENDED: frozenset({State.WAITING}),
    }

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    inbox = models.ForeignKey(Inbox, models.PROTECT, related_name="interactions", verbose_name=_("channel"))
    customer = models.ForeignKey(Handle, models.PROTECT, related_name="interactions", verbose_name=_("customer"))
    queue = models.ForeignKey(Queue, models.PROTECT, related_name="interactions", verbose_name=_("queue"))
    state = models.CharField(_("state"), max_length=16, choices=State, default=State.WAITING)
    owner = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="interactions", verbose_name=_("agent")
    )
    last_agent = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("last agent")
    )
    priority = models.IntegerField(_("priority"), default=0)
    skills = models.ManyToManyField(Skill, blank=True, related_name="interactions", verbose_name=_("skills"))
    skill_key = models.TextField(blank=True, default="", editable=False)
    queued_at = models.DateTimeField(_("in the queue since"), default=timezone.now)
    rank = models.DateTimeField(_("rank"), default=timezone.now, editable=False)
    started_at = models.DateTimeField(_("started"), default=timezone.now)
    answered_at = models.DateTimeField(_("first answered"), null=True, blank=True)
    replied_at = models.DateTimeField(_("first reply"), null=True, blank=True)
    parked_at = models.DateTimeField(_("parked"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    wrap_up_code = models.ForeignKey(
        WrapUpCode, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("wrap-up code")
    )
    subject = models.CharField(_("subject"), max_length=200, blank=True, help_text=_("How the first message begins."))
    preview = models.CharField(_("last message"), max_length=200, blank=True)
    preview_visibility = models.CharField(max_length=8, blank=True)
    customer_visibility = models.CharField(max_length=8, blank=True, help_text=_("Of the customer's last message."))
    last_message_at = models.DateTimeField(_("last message"), default=timezone.now)
    unread = models.PositiveIntegerField(_("unread"), default=0)
    public_confirmed = models.BooleanField(
        default=False, editable=False, help_text="The agent has confirmed to answer in public after a private message."
    )

    objects = InteractionQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("interaction"), _("interactions")
        constraints = (
            models.UniqueConstraint(
                fields=["customer", "inbox"], name="one_running_per_customer", condition=~Q(state="ended")
            ),
            models.CheckConstraint(
                name="owned_exactly_while_worked_on",
                condition=Q(state__in=["connected", "parked", "wrap_up"], owner__isnull=False)
                | (~Q(state__in=["connected", "parked", "wrap_up"]) & Q(owner__isnull=True)),
            ),
        )
        indexes = (
            models.Index(fields=["queue", "rank"], name="waiting_by_rank", condition=Q(state="waiting")),
            models.Index(
                fields=["queue", "-priority", "queued_at"], name="waiting_by_priority", condition=Q(state="waiting")
            ),
            models.Index(fields=["owner", "state"], name="work_of_agent", condition=Q(owner__isnull=False)),
            models.Index(fields=["customer", "-started_at"], name="history_of_customer"),
            models.Index("customer", "inbox", RUNNING_FIRST, F("ended_at").desc(), name="last_of_customer"),
            models.Index(fields=["queue", "-started_at"], name="archive_of_queue"),
            models.Index(fields=["-last_message_at"], name="interactions_by_last"),
        )

    def is_visible_to(self, user: "User | AnonymousUser") -> bool:
        """Whether `visible_to` would give it: for a row that is at hand, without a query but where it is offered."""
        if allowed(user, VIEW, self.queue):
            return True
        if not allowed(user, ACCEPT, self.queue):
            return False
        offered = self.state == State.ALERTING and self.offers.filter(agent=user.pk, state="open").exists()
        return self.owner_id == user.pk or offered

    def save(self, **kwargs: object) -> None:
        """Keep the rank."""
        self.rank = rank_of(self.queued_at, self.priority)
        super().save(**kwargs)  # type: ignore[arg-type]

    @property
    def is_open(self) -> bool:
        """Whether an agent can write in it now."""
        return self.state in {State.CONNECTED, State.PARKED}

    def __str__(self) -> str:
        return f"{self.customer} · {self.inbox}"
