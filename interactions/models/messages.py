"""What is said in an interaction: messages to and from the customer, their files, and the team's notes and drafts."""

import uuid
from typing import TYPE_CHECKING, ClassVar, Self, TypeVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from interactions.models.contacts import Handle
from interactions.models.inbox import Inbox
from interactions.models.interaction import Interaction

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


M = TypeVar("M", bound=models.Model)


class Visibility(models.TextChoices):
    """Who can read a message."""

    PUBLIC = "public", _("Public")
    PRIVATE = "private", _("Private")


class Direction(models.TextChoices):
    """Who wrote it: the customer (inbound) or the brand (outbound)."""

    INBOUND = "inbound", _("Inbound")
    OUTBOUND = "outbound", _("Outbound")


class MessageStatus(models.TextChoices):
    """How far a message has come. It only moves forward."""

    QUEUED = "queued", _("Queued")
    SENT = "sent", _("Sent")
    PUBLISHED = "published", _("Published")
    DELIVERED = "delivery-success", _("Delivered")
    READ = "read", _("Read")
    FAILED = "failed", _("Not sent")
    UNDELIVERED = "delivery-failed", _("Not delivered")
    RECEIVED = "received", _("Received")
    REMOVED = "removed", _("Removed")


class Trouble(models.TextChoices):
    """What keeps a message from arriving, in the words that agents can tell apart."""

    PENDING = "pending", _("Pending delivery")
    REFUSED = "refused", _("Refused by the server")
    LIMIT = "limit", _("Message limit exceeded")
    NETWORK = "network", _("Network error")
    UNCERTAIN = "uncertain", _("Not certain")


_ARRIVED = {MessageStatus.PUBLISHED, MessageStatus.DELIVERED, MessageStatus.READ, MessageStatus.REMOVED}
LOST = {MessageStatus.FAILED, MessageStatus.UNDELIVERED}


class OfInteractionQuerySet(models.QuerySet[M]):
    """Rows of an interaction: who may see it may see them."""

    def visible_to(self, user: "User | AnonymousUser") -> Self:
        """Those of the interactions that `user` may see."""
        return self.filter(interaction__in=Interaction.objects.visible_to(user))


class Message(models.Model):
    """One post or private message, of the customer or of the brand."""

    TRANSITIONS: ClassVar = {
        MessageStatus.QUEUED: frozenset({MessageStatus.SENT} | _ARRIVED | LOST),
        MessageStatus.SENT: frozenset(_ARRIVED | LOST),
        MessageStatus.PUBLISHED: frozenset({MessageStatus.READ, MessageStatus.REMOVED}),
        MessageStatus.DELIVERED: frozenset({MessageStatus.READ, MessageStatus.REMOVED}),
        MessageStatus.READ: frozenset({MessageStatus.REMOVED}),
        # Resent; or a late receipt shows that it had arrived after all.
        MessageStatus.FAILED: frozenset({MessageStatus.QUEUED, MessageStatus.SENT} | _ARRIVED),
        MessageStatus.UNDELIVERED: frozenset({MessageStatus.QUEUED} | _ARRIVED),
        MessageStatus.RECEIVED: frozenset({MessageStatus.REMOVED}),
        MessageStatus.REMOVED: frozenset(),
    }

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    interaction = models.ForeignKey(Interaction, models.CASCADE, related_name="messages", verbose_name=_("interaction"))
    inbox = models.ForeignKey(Inbox, models.PROTECT, related_name="messages", verbose_name=_("channel"))
    direction = models.CharField(_("direction"), max_length=8, choices=Direction)
    visibility = models.CharField(_("visibility"), max_length=8, choices=Visibility)
    author = models.ForeignKey(
        Handle, models.PROTECT, null=True, blank=True, related_name="messages", verbose_name=_("customer")
    )
    agent = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="messages", verbose_name=_("agent")
    )
    text = models.TextField(_("text"), blank=True)
    language = models.CharField(_("language"), max_length=16, blank=True)
    in_reply_to = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="replies", verbose_name=_("answers")
    )
    external_id = models.CharField(_("id on the platform"), max_length=512, null=True, blank=True)  # noqa: DJ001
    thread = models.CharField(_("thread on the platform"), max_length=512, blank=True)
    url = models.URLField(_("link"), max_length=2000, blank=True)
    original = models.JSONField(_("original post"), null=True, blank=True)
    extra = models.JSONField(default=dict, blank=True, editable=False)
    press = models.UUIDField(_("press of Send"), null=True, blank=True, editable=False)
    part = models.PositiveSmallIntegerField(_("part"), default=0, editable=False)
    status = models.CharField(_("status"), max_length=16, choices=MessageStatus)
    trouble = models.CharField(_("trouble"), max_length=16, choices=Trouble, blank=True, default="")
    reason = models.CharField(_("reason"), max_length=40, blank=True, default="")
    detail = models.CharField(_("the platform's words"), max_length=1000, blank=True, default="")
    retry_at = models.DateTimeField(_("next try"), null=True, blank=True)
    sent_at = models.DateTimeField(_("written"), default=timezone.now)
    created_at = models.DateTimeField(_("stored"), default=timezone.now)
    edited_at = models.DateTimeField(_("edited"), null=True, blank=True)
    removed_at = models.DateTimeField(_("removed"), null=True, blank=True)

    objects = OfInteractionQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("message"), _("messages")
        constraints = (
            models.UniqueConstraint(
                fields=["inbox", "external_id"], name="external_id_once", condition=Q(external_id__isnull=False)
            ),
            models.UniqueConstraint(
                fields=["interaction", "press", "part"], name="one_press_sends_once", condition=Q(press__isnull=False)
            ),
        )
        indexes = (
            models.Index(fields=["interaction", "created_at", "id"], name="messages_of_interaction"),
            models.Index(
                fields=["interaction"],
                name="messages_in_trouble",
                condition=Q(status__in=["failed", "delivery-failed"]),
            ),
        )

    @property
    def is_public(self) -> bool:
        """Whether anyone can read it."""
        return self.visibility == Visibility.PUBLIC

    @property
    def is_inbound(self) -> bool:
        """Whether the customer wrote it."""
        return self.direction == Direction.INBOUND

    @property
    def is_lost(self) -> bool:
        """Whether it has not arrived, as far as we know, and nobody is trying any more."""
        return self.status in LOST

    def trouble_after(self, status: str) -> str:
        """The trouble left once it has come this far: what waits for its recipient still does when it is sent."""
        return Trouble.PENDING if self.trouble == Trouble.PENDING and status == MessageStatus.SENT else ""

    def __str__(self) -> str:
        return self.text[:80]


class Attachment(models.Model):
    """A file of a message; one without a message has been put into a composer and not been sent yet."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    interaction = models.ForeignKey(
        Interaction, models.CASCADE, related_name="attachments", verbose_name=_("interaction")
    )
    message = models.ForeignKey(
        Message, models.CASCADE, null=True, blank=True, related_name="attachments", verbose_name=_("message")
    )
    uploaded_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("uploaded by")
    )
    file = models.FileField(_("file"), upload_to="attachments/%Y/%m", max_length=255)
    name = models.CharField(_("name"), max_length=255)
    content_type = models.CharField(_("type"), max_length=100, help_text=_("Read from the bytes."))
    size = models.PositiveBigIntegerField(_("size"), help_text=_("In bytes."))
    width = models.PositiveIntegerField(_("width"), null=True, blank=True)
    height = models.PositiveIntegerField(_("height"), null=True, blank=True)
    alt = models.CharField(_("description"), max_length=2000, blank=True)
    created_at = models.DateTimeField(_("stored"), default=timezone.now)

    objects = OfInteractionQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("file"), _("files")
        indexes = (models.Index(fields=["interaction"], name="files_unsent", condition=Q(message__isnull=True)),)

    @property
    def is_image(self) -> bool:
        """Whether a browser can show it as a picture."""
        return self.content_type in {"image/jpeg", "image/png", "image/gif", "image/webp"}

    def __str__(self) -> str:
        return self.name


class Note(models.Model):
    """What colleagues tell each other; it never leaves the house."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    interaction = models.ForeignKey(Interaction, models.CASCADE, related_name="notes", verbose_name=_("interaction"))
    author = models.ForeignKey(User, models.PROTECT, related_name="notes", verbose_name=_("author"))
    text = models.TextField(_("text"), max_length=10_000)
    created_at = models.DateTimeField(_("written"), default=timezone.now)

    objects = OfInteractionQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("internal note"), _("internal notes")
        indexes = (models.Index(fields=["interaction", "created_at", "id"], name="notes_of_interaction"),)

    def __str__(self) -> str:
        return self.text[:80]


class Draft(models.Model):
    """A half-written reply, one for each target and visibility."""

    interaction = models.ForeignKey(Interaction, models.CASCADE, related_name="drafts", verbose_name=_("interaction"))
    author = models.ForeignKey(User, models.CASCADE, related_name="drafts", verbose_name=_("author"))
    target = models.CharField(_("answers"), max_length=36, blank=True, default="")
    visibility = models.CharField(_("visibility"), max_length=8, choices=Visibility)
    text = models.TextField(_("text"))
    updated_at = models.DateTimeField(_("saved"), auto_now=True)

    class Meta:
        verbose_name, verbose_name_plural = _("draft"), _("drafts")
        constraints = (
            models.UniqueConstraint(fields=["interaction", "author", "target", "visibility"], name="one_draft_each"),
        )

    def __str__(self) -> str:
        return self.text[:80]
