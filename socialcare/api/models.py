"""What the API remembers for itself."""

from django.db import models

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
