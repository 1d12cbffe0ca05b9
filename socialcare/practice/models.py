"""What the network remembers: its weather, customers, brands, posts, what it was asked to publish, and what it owes."""

import hashlib
import uuid
import zlib
from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

LONGEST_POST, LONGEST_MESSAGE = 300, 1000
"""Characters as people count them (grapheme clusters)."""


class Weather(models.TextChoices):
    """How the network treats what brands send."""

    FAIR = "fair", _("Fair")
    ERROR = "error", _("Server error")
    REFUSAL = "refusal", _("Refusal")
    LIMIT = "limit", _("Rate limit")
    SLOW = "slow", _("Slow")
    UNREACHABLE = "unreachable", _("Unreachable")
    LOST = "lost", _("Answer lost")


class Network(models.Model):
    """The network itself: one row."""

    weather = models.CharField(max_length=16, choices=Weather, default=Weather.FAIR)
    until = models.DateTimeField(null=True, blank=True)
    requests_left = models.PositiveSmallIntegerField(null=True, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    remembers_keys = models.BooleanField(default=True)
    untidy = models.BooleanField(default=False)
    revision = models.PositiveBigIntegerField(default=0)

    @classmethod
    def current(cls) -> "Network":
        """The network; weather whose time is over has cleared up."""
        network, _created = cls.objects.get_or_create(pk=1)
        if network.until and network.until <= timezone.now():
            network.weather, network.until, network.requests_left = Weather.FAIR, None, None
        return network

    @classmethod
    def changed(cls) -> None:
        """Say that a page that shows the network has something new to show."""
        cls.objects.filter(pk=1).update(revision=F("revision") + 1)

    @property
    def reset_in(self) -> float:
        """Seconds until the rate limit ends."""
        return max((self.until - timezone.now()).total_seconds(), 0.0) if self.until else 60.0

    def __str__(self) -> str:
        return str(self.get_weather_display())


class Persona(models.Model):
    """A customer, played by a person or by a script."""

    handle = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    language = models.CharField(max_length=8, default="en")
    followers = models.PositiveIntegerField(default=0)
    is_verified = models.BooleanField(default=False)
    is_scripted = models.BooleanField(default=False)
    is_online = models.BooleanField(default=True)
    takes_messages = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("is_scripted", "name")

    @property
    def initials(self) -> str:
        """For the avatar."""
        return "".join(word[0] for word in self.name.split()[:2]).upper()

    @property
    def hue(self) -> int:
        """One of eight colours, always the same one."""
        return zlib.crc32(self.handle.encode()) % 8

    def __str__(self) -> str:
        return self.name


class Brand(models.Model):
    """An account that uses the API. The token is only kept as its hash; the webhooks' secret has to be readable."""

    handle = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    token_hash = models.CharField(max_length=64, unique=True)
    signing_secret = models.CharField(max_length=100)
    hook_url = models.URLField(max_length=500, blank=True)

    @staticmethod
    def hashed(token: str) -> str:
        """How a token is kept."""
        return hashlib.sha256(token.encode()).hexdigest()

    def __str__(self) -> str:
        return self.name


class Picture(models.Model):
    """A picture of a post or message."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    file = models.FileField(upload_to="practice/")
    content_type = models.CharField(max_length=40)
    name = models.CharField(max_length=200, blank=True)
    alt = models.CharField(max_length=1000, blank=True)

    def __str__(self) -> str:
        return self.name


def new_reference() -> str:
    """A new id of a post, as the network gives it to the world."""
    return uuid.uuid4().hex[:20]


class PostQuerySet(models.QuerySet["Post"]):
    """Posts by where they are seen."""

    def public(self) -> Self:
        """What everybody reads."""
        return self.filter(is_private=False)

    def between(self, persona: Persona) -> Self:
        """The private conversations of a customer."""
        return self.filter(is_private=True, persona=persona)


class Post(models.Model):
    """A public post, or a private message between a customer and a brand (then it has both)."""

    reference = models.CharField(max_length=40, unique=True, default=new_reference, editable=False)
    persona = models.ForeignKey(Persona, models.CASCADE, null=True, blank=True, related_name="posts")
    brand = models.ForeignKey(Brand, models.CASCADE, null=True, blank=True, related_name="posts")
    by_brand = models.BooleanField(default=False)
    is_private = models.BooleanField(default=False)
    root = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="thread")
    answers = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="answered_by")
    text = models.TextField(blank=True)
    picture = models.ForeignKey(Picture, models.SET_NULL, null=True, blank=True, related_name="+")
    told = models.ManyToManyField(Brand, blank=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    edited_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)

    objects = PostQuerySet.as_manager()

    class Meta:
        ordering = ("id",)
        indexes: ClassVar = [
            models.Index(fields=["is_private", "root", "-id"], name="practice_timeline"),
            models.Index(fields=["persona", "is_private", "id"], name="practice_conversation"),
        ]

    @property
    def author(self) -> Persona | Brand:
        """Who wrote it."""
        who = self.brand if self.by_brand else self.persona
        assert who
        return who

    @property
    def thread_reference(self) -> str:
        """The id of the thread: its first post, or the private conversation."""
        if self.is_private:
            assert self.persona
            assert self.brand
            return f"{self.brand.handle}:{self.persona.handle}"
        return self.root.reference if self.root else self.reference

    @property
    def is_waiting(self) -> bool:
        """Whether the network keeps it until the customer is back."""
        return self.by_brand and self.is_private and not self.delivered_at

    def __str__(self) -> str:
        return self.text[:80]


class Arrival(models.Model):
    """What came in under one idempotency key: how often it was asked for, and how often it was published."""

    brand = models.ForeignKey(Brand, models.CASCADE, related_name="arrivals")
    key = models.CharField(max_length=200)
    received = models.PositiveIntegerField(default=0)
    published = models.PositiveIntegerField(default=0)
    first = models.ForeignKey(Post, models.SET_NULL, null=True, blank=True, related_name="+")
    text = models.CharField(max_length=120, blank=True)
    outcome = models.CharField(max_length=16, choices=Weather, default=Weather.FAIR)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("-at",)
        constraints: ClassVar = [models.UniqueConstraint(fields=["brand", "key"], name="practice_key_once")]

    def __str__(self) -> str:
        return f"{self.key}: {self.received} / {self.published}"


class Push(models.Model):
    """A webhook that the network owes a brand."""

    brand = models.ForeignKey(Brand, models.CASCADE, related_name="pushes")
    event = models.JSONField()
    due_at: "models.DateTimeField[datetime, datetime]" = models.DateTimeField(default=timezone.now)
    tries = models.PositiveSmallIntegerField(default=0)
    is_done = models.BooleanField(default=False)
    refusal = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ("id",)
        indexes: ClassVar = [models.Index(fields=["brand", "id"], name="practice_pushes", condition=Q(is_done=False))]

    def __str__(self) -> str:
        return f"{self.event.get('type')} → {self.brand}"
