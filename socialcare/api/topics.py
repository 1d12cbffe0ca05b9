"""Listening: topics."""

import uuid
from collections import Counter
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.permissions import Permission
from delivery.listening.configuring import delete_topic
from delivery.listening.models import IngestionRule, Platform, Topic

from .base import ApiView, answer, found
from .configuration import require_view
from .idempotency import creates
from .paging import PageQuery, listing, listing_of
from .wire import HOME, LONGEST, Ids, Time, Wire, uri

TOPICS = "socialmedia/topics"
PLATFORM_NAMES = {
    Platform.OPEN: "Open",
    Platform.BLUESKY: "Bluesky",
    Platform.PRACTICE: "Practice",
    Platform.TWITTER: "Twitter",
    Platform.FACEBOOK: "Facebook",
    Platform.INSTAGRAM: "Instagram",
    Platform.GOOGLE: "GoogleBusinessProfile",
}
"""As the API names them in answers; the addresses have them in lower case."""


class DataIngestionRulesMetadataWire(Wire):
    """How many rules of a platform a topic has."""

    platform = serializers.CharField()
    count_by_status = serializers.DictField(child=serializers.IntegerField())
    total_count = serializers.IntegerField()


class SocialTopicWire(Wire):
    """Something people talk about."""

    id = serializers.UUIDField(read_only=True)
    name = serializers.CharField(max_length=255)
    description = serializers.CharField(required=False, allow_blank=True, max_length=LONGEST)
    division_id = serializers.CharField(required=False, max_length=100)
    status = serializers.CharField(read_only=True)
    date_created = Time(read_only=True)
    date_modified = Time(read_only=True)
    data_ingestion_rules_metadata = DataIngestionRulesMetadataWire(many=True, read_only=True)
    self_uri = serializers.CharField(read_only=True)

    def to_representation(self, instance: Topic) -> Any:
        """As the API tells of a topic."""
        return super().to_representation(topic_out(instance))


class SocialTopicPatchWire(SocialTopicWire):
    """What is to change."""

    name = serializers.CharField(required=False, max_length=255)


class DeletedQuery(Wire):
    """Whether what is deleted is wanted too."""

    include_deleted = serializers.BooleanField(required=False, default=False)


class TopicsQuery(PageQuery):
    """Which topics."""

    name = serializers.CharField(required=False, default="", allow_blank=True, max_length=255)
    ids = Ids()
    include_deleted = serializers.BooleanField(required=False, default=False)


def topic_out(topic: Topic) -> dict[str, Any]:
    """A topic (with its rules), as the API tells of it."""
    by_platform: dict[str, Counter[str]] = {}
    for rule in topic.ingestion_rules.all():
        by_platform.setdefault(rule.platform, Counter())[str(rule.shown_status)] += 1
    return {
        "id": topic.pk,
        "name": topic.name,
        "description": topic.description,
        "division_id": HOME["id"],
        "status": topic.status,
        "date_created": topic.created_at,
        "date_modified": topic.modified_at,
        "data_ingestion_rules_metadata": [
            {
                "platform": PLATFORM_NAMES[Platform(platform)],
                "count_by_status": dict(counts),
                "total_count": counts.total(),
            }
            for platform, counts in sorted(by_platform.items())
        ],
        "self_uri": uri(TOPICS, topic.pk),
    }


def topics(*, deleted: bool = False) -> "QuerySet[Topic]":
    """The topics with their rules; those that are deleted only if they are wanted."""
    rows = Topic.objects.all() if deleted else Topic.objects.kept()
    return rows.prefetch_related(Prefetch("ingestion_rules", IngestionRule.objects.kept()))


def social(entity: str, action: str) -> Permission:
    """As in *Socialmedia > Topic > Edit*."""
    return Permission("Socialmedia", entity, action)


class Topics(ApiView):
    """All topics."""

    @extend_schema(parameters=[TopicsQuery], responses=listing_of(SocialTopicWire))
    def get(self, request: Request) -> Response:
        """Topics by name; `name` is a part of it."""
        require_view(self.user, "Socialmedia", "Topic")
        asked = self.asked(TopicsQuery)
        rows = topics(deleted=asked["include_deleted"])
        if asked["name"]:
            rows = rows.filter(name__icontains=asked["name"])
        if asked["ids"]:
            rows = rows.filter(pk__in=asked["ids"])
        return listing(request, rows, SocialTopicWire)

    @extend_schema(request=SocialTopicWire, responses={201: SocialTopicWire})
    @creates
    def post(self, request: Request) -> Response:
        """Add a topic."""
        self.require(social("Topic", "Add"))
        given = self.given(SocialTopicWire)
        topic = Topic.objects.create(name=given["name"], description=given.get("description", ""))
        return answer(SocialTopicWire, topic, 201)


class OneTopic(ApiView):
    """One topic."""

    @extend_schema(parameters=[DeletedQuery], responses=SocialTopicWire)
    def get(self, request: Request, topic_id: uuid.UUID) -> Response:
        """The topic, and how many rules it has for each platform."""
        require_view(self.user, "Socialmedia", "Topic")
        deleted = self.asked(DeletedQuery)["include_deleted"]
        return answer(SocialTopicWire, found(topics(deleted=deleted), pk=topic_id))

    @extend_schema(request=SocialTopicPatchWire, responses=SocialTopicWire)
    def patch(self, request: Request, topic_id: uuid.UUID) -> Response:
        """Change its name or description."""
        self.require(social("Topic", "Edit"))
        topic = found(topics(), pk=topic_id)
        given = self.given(SocialTopicPatchWire)
        topic.name, topic.description = given.get("name", topic.name), given.get("description", topic.description)
        topic.save(update_fields=["name", "description", "modified_at"])
        return answer(SocialTopicWire, topic)

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request, topic_id: uuid.UUID) -> Response:
        """Listen to it no more; its posts stay."""
        self.require(social("Topic", "Delete"))
        delete_topic(found(Topic.objects.kept(), pk=topic_id))
        return Response(status=204)


urlpatterns = [
    path("socialmedia/topics", Topics.as_view()),
    path("socialmedia/topics/<uuid:topic_id>", OneTopic.as_view()),
]
