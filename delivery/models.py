"""The outside world: what is to be sent, what has come in, and how far each inbox has been read."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from delivery.listening import models as listening  # noqa: F401 - Django finds an app's models here
from interactions.models import Inbox, Interaction, Message


class DeliveryState(models.TextChoices):
    """How far a delivery has come."""

    QUEUED = "queued", _("Queued")
    SENDING = "sending", _("Being sent")
    WAITING = "waiting", _("Waiting for the next try")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Failed")
    UNCERTAIN = "uncertain", _("Not certain")


PENDING = (DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.WAITING)


class Delivery(models.Model):
    """One message to be brought to its platform once: the outbox. A resend is a new delivery of the same message.

    The key that platforms recognise a repeat by is the message's id, the same for every try and every resend.
    """

    TRANSITIONS: ClassVar = {
        # Straight to SENT or FAILED: news of the platform has decided before it was our turn. To UNCERTAIN: a restore.
        DeliveryState.QUEUED: frozenset(set(DeliveryState) - {DeliveryState.QUEUED, DeliveryState.WAITING}),
        # SENDING → SENDING: the lease of a worker that died has run out and another takes over.
        DeliveryState.SENDING: frozenset(set(DeliveryState) - {DeliveryState.QUEUED}),
        DeliveryState.WAITING: frozenset(set(DeliveryState) - {DeliveryState.QUEUED, DeliveryState.WAITING}),
        DeliveryState.SENT: frozenset(),
        # A worker thought dead comes back with the platform's answer.
        DeliveryState.FAILED: frozenset({DeliveryState.SENT}),
        DeliveryState.UNCERTAIN: frozenset({DeliveryState.SENT}),
    }

    id = models.BigAutoField(primary_key=True)
    message = models.ForeignKey(Message, models.CASCADE, related_name="deliveries", verbose_name=_("message"))
    interaction = models.ForeignKey(Interaction, models.CASCADE, related_name="+", verbose_name=_("interaction"))
    inbox = models.ForeignKey(Inbox, models.PROTECT, related_name="deliveries", verbose_name=_("channel"))
    state = models.CharField(_("state"), max_length=16, choices=DeliveryState, default=DeliveryState.QUEUED)
    attempts = models.PositiveSmallIntegerField(_("tries"), default=0)
    due_at = models.DateTimeField(_("due"), default=timezone.now)
    lease_until = models.DateTimeField(_("claimed until"), null=True, blank=True)
    failure = models.CharField(_("failure"), max_length=16, blank=True)
    reason = models.CharField(_("reason"), max_length=40, blank=True)
    detail = models.CharField(_("the platform's words"), max_length=1000, blank=True)
    tries = models.JSONField(_("log of tries"), default=list, blank=True)
    """The last tries, as `delivery.trail` writes them: with the row, so that keeping them costs no statement."""
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("delivery"), _("deliveries")
        constraints = (
            models.UniqueConstraint(
                fields=["message"],
                name="one_delivery_at_a_time",
                condition=Q(state__in=["queued", "sending", "waiting"]),
            ),
        )
        indexes = (
            models.Index(fields=["due_at"], name="deliveries_due", condition=Q(state__in=["queued", "waiting"])),
            models.Index(fields=["lease_until"], name="deliveries_leased", condition=Q(state="sending")),
            models.Index(
                fields=["interaction", "id"],
                name="deliveries_in_order",
                condition=Q(state__in=["queued", "sending", "waiting"]),
            ),
            models.Index(fields=["-created_at"], name="deliveries_by_time"),
        )

    def __str__(self) -> str:
        return f"{self.message_id} ({self.get_state_display()})"


class Endpoint(models.Model):
    """How the address of a webhook has answered lately. No row where it has never failed."""

    inbox = models.OneToOneField(
        Inbox, models.CASCADE, primary_key=True, related_name="endpoint", verbose_name=_("channel")
    )
    failures = models.PositiveIntegerField(_("failures in a row"), default=0)
    failing_since = models.DateTimeField(_("failing since"), null=True, blank=True)
    paused_at = models.DateTimeField(_("paused since"), null=True, blank=True)
    probe_at = models.DateTimeField(_("next try"), null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("webhook's address"), _("webhooks' addresses")

    def __str__(self) -> str:
        return str(self.inbox)


class Receipt(models.Model):
    """What a platform said about a message that we did not know yet; applied as soon as we do."""

    inbox = models.ForeignKey(Inbox, models.CASCADE, related_name="receipts", verbose_name=_("channel"))
    external_id = models.CharField(_("id on the platform"), max_length=512)
    kind = models.CharField(_("kind"), max_length=16)
    at = models.DateTimeField(_("at"))
    reason = models.CharField(_("reason"), max_length=40, blank=True)
    detail = models.CharField(_("the platform's words"), max_length=1000, blank=True)
    created_at = models.DateTimeField(_("stored"), default=timezone.now)

    class Meta:
        verbose_name, verbose_name_plural = _("early receipt"), _("early receipts")
        indexes = (models.Index(fields=["inbox", "external_id"], name="receipts_of_message"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.external_id}"


class MediaFetch(models.Model):
    """A file of an inbound message that has still to be fetched from its platform."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="fetches", verbose_name=_("message"))
    url = models.URLField(_("address"), max_length=2000)
    name = models.CharField(_("name"), max_length=255, blank=True)
    alt = models.CharField(_("description"), max_length=2000, blank=True)
    attempts = models.PositiveSmallIntegerField(_("tries"), default=0)
    due_at = models.DateTimeField(_("next try"), default=timezone.now)

    class Meta:
        verbose_name, verbose_name_plural = _("file to fetch"), _("files to fetch")
        indexes = (models.Index(fields=["due_at"], name="media_due"),)

    def __str__(self) -> str:
        return self.url


class PayloadState(models.TextChoices):
    """What became of something that came in."""

    STORED = "stored", _("Stored")
    PROCESSED = "processed", _("Processed")
    QUARANTINED = "quarantined", _("Quarantined")


class InboundPayload(models.Model):
    """What a platform sent us, verified and kept byte for byte until it has been processed."""

    TRANSITIONS: ClassVar = {
        PayloadState.STORED: frozenset({PayloadState.PROCESSED, PayloadState.QUARANTINED}),
        PayloadState.QUARANTINED: frozenset({PayloadState.STORED}),
        PayloadState.PROCESSED: frozenset(),
    }

    inbox = models.ForeignKey(Inbox, models.CASCADE, related_name="payloads", verbose_name=_("channel"))
    body = models.BinaryField(_("body"))
    headers = models.JSONField(_("headers"), default=dict)
    state = models.CharField(_("state"), max_length=16, choices=PayloadState, default=PayloadState.STORED)
    attempts = models.PositiveSmallIntegerField(_("tries"), default=0)
    error = models.TextField(_("error"), blank=True)
    received_at = models.DateTimeField(_("received"), default=timezone.now)

    class Meta:
        verbose_name, verbose_name_plural = _("inbound payload"), _("inbound payloads")
        indexes = (
            models.Index(fields=["received_at"], name="payloads_to_process", condition=Q(state="stored")),
            models.Index(fields=["-received_at"], name="payloads_by_time"),
        )

    def __str__(self) -> str:
        return f"{self.inbox} {self.received_at:%Y-%m-%d %H:%M:%S}"


class Position(models.Model):
    """How far a polled inbox has been read."""

    inbox = models.OneToOneField(
        Inbox, models.CASCADE, primary_key=True, related_name="position", verbose_name=_("channel")
    )
    value = models.JSONField(_("position"), default=dict)
    due_at = models.DateTimeField(_("next look"), default=timezone.now)
    lease_until = models.DateTimeField(_("claimed until"), null=True, blank=True)
    failures = models.PositiveSmallIntegerField(_("failures in a row"), default=0)

    class Meta:
        verbose_name, verbose_name_plural = _("reading position"), _("reading positions")

    def __str__(self) -> str:
        return str(self.inbox)
