"""What the API remembers for itself."""

import uuid

from django.db import models
from oauth2_provider.models import AccessToken

from accounts.models import User


class Answered(models.Model):
    """The answer to a request with an Idempotency-Key, for a day."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64)
    """Of the method, the address and the body."""
    status = models.PositiveSmallIntegerField(default=0)
    body = models.TextField(default="")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["user", "key"], name="answered_once"),)
        indexes = (models.Index(fields=["user", "created_at"], name="answered_old"),)

    def __str__(self) -> str:
        return f"{self.key}: {self.status}"


class Channel(models.Model):
    """A line on which a machine is told live what happens. It goes with its token."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(User, models.CASCADE, related_name="+")
    token = models.ForeignKey(AccessToken, models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires = models.DateTimeField()
    version = models.PositiveIntegerField(default=0)
    """Of its topics."""
    socket = models.CharField(max_length=32, blank=True)
    """The one connection that is told; a newer one takes its place."""
    told_until = models.DateTimeField(null=True)
    """Until when a connection has been told everything."""

    class Meta:
        indexes = (models.Index(fields=["owner", "created_at"], name="channels_of_owner"),)

    @property
    def group(self) -> str:
        """Under which its connection listens."""
        return f"channel.{self.pk}"

    def __str__(self) -> str:
        return str(self.pk)


class ChannelTopic(models.Model):
    """Something a channel is told of."""

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="topics")
    name = models.CharField(max_length=120)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["channel", "name"], name="topic_once_per_channel"),)
        ordering = ("pk",)

    def __str__(self) -> str:
        return self.name
