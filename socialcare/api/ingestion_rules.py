"""Listening: the rules by which posts are captured for a topic, by platform, in versions."""

import uuid
from typing import Any

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from delivery.listening.configuring import delete_ingestion_rule, save_ingestion_rule
from delivery.listening.matching import LONGEST_TERM, MOST_TERMS
from delivery.listening.models import IngestionRule, IngestionRuleVersion, IngestionStatus, Platform, Topic
from interactions.models import Inbox
from socialcare.errors import Invalid, NotFound

from .base import ApiView, answer, found
from .configuration import require_view
from .idempotency import creates
from .paging import PageQuery, listing, listing_of
from .topics import PLATFORM_NAMES, TOPICS, DeletedQuery, social
from .wire import LONGEST, Time, Wire

OWN = ("search_terms", "countries", "external_source")
"""What only some platforms ask for: kept as it is given."""
NOT_CONNECTED = {
    "localizable_message_code": "platform.not.connected",
    "message": "This product has no connector for the platform: the rule is kept, and captures nothing.",
}


class MessageInfoWire(Wire):
    """Why a rule does not work."""

    localizable_message_code = serializers.CharField()
    message = serializers.CharField()


class ExternalSourceWire(Wire):
    """Where identities come from; kept, not used."""

    id = serializers.CharField(max_length=100)


class DataIngestionRuleWire(Wire):
    """What is captured of one platform. A post has one of `includes` (if there are any), and none of `excludes`."""

    id = serializers.UUIDField(read_only=True)
    name = serializers.CharField(max_length=255)
    description = serializers.CharField(required=False, allow_blank=True, max_length=LONGEST)
    status = serializers.CharField(read_only=True)
    version = serializers.IntegerField(read_only=True)
    platform = serializers.CharField(read_only=True)
    date_created = Time(read_only=True)
    date_modified = Time(read_only=True)
    ingestion_rule_info = MessageInfoWire(required=False)
    integration_id = serializers.CharField(required=False, allow_null=True, max_length=100)
    includes = serializers.ListField(
        child=serializers.CharField(max_length=LONGEST_TERM), max_length=MOST_TERMS, required=False
    )
    excludes = serializers.ListField(
        child=serializers.CharField(max_length=LONGEST_TERM), max_length=MOST_TERMS, required=False
    )
    search_terms = serializers.CharField(required=False, allow_null=True, allow_blank=True, max_length=LONGEST)
    countries = serializers.ListField(
        child=serializers.CharField(max_length=2), max_length=300, required=False, allow_null=True
    )
    external_source = ExternalSourceWire(required=False, allow_null=True)
    self_uri = serializers.CharField(read_only=True)

    def to_representation(self, instance: IngestionRule | IngestionRuleVersion) -> Any:
        """As the API tells of a rule, as it is or as it was."""
        told = rule_out(instance) if isinstance(instance, IngestionRule) else version_out(instance)
        return super().to_representation(told)


class DataIngestionRuleStatusPatchWire(Wire):
    """Switch it off and on."""

    status = serializers.ChoiceField(choices=[IngestionStatus.ACTIVE.value, IngestionStatus.PAUSED.value])


class RulesQuery(PageQuery, DeletedQuery):
    """Which rules, or versions."""


def rule_out(rule: IngestionRule) -> dict[str, Any]:
    """An ingestion rule, as the API tells of it."""
    own = uri_of(rule)
    about = {
        "name": rule.name,
        "description": rule.description,
        "status": str(rule.shown_status),
        "inbox": str(rule.inbox_id) if rule.inbox_id else None,
        "includes": rule.includes,
        "excludes": rule.excludes,
        "source": rule.source,
    }
    return _out(rule, about) | {
        "version": rule.version,
        "date_created": rule.created_at,
        "date_modified": rule.modified_at,
        "self_uri": own,
    }


def version_out(version: IngestionRuleVersion) -> dict[str, Any]:
    """How an ingestion rule was, as the API tells of it."""
    rule = version.rule
    return _out(rule, version.facts) | {
        "version": version.version,
        "date_created": rule.created_at,
        "date_modified": version.created_at,
        "self_uri": f"{uri_of(rule)}/versions/{version.version}",
    }


def _out(rule: IngestionRule, facts: dict[str, Any]) -> dict[str, Any]:
    told = {
        "id": rule.pk,
        "platform": PLATFORM_NAMES[Platform(rule.platform)],
        "name": facts["name"],
        "description": facts["description"],
        "status": facts["status"],
        "includes": facts["includes"],
        "excludes": facts["excludes"],
        **facts["source"],
    }
    if facts["inbox"]:
        told["integration_id"] = facts["inbox"]
    if facts["status"] == IngestionStatus.PENDING:
        told["ingestion_rule_info"] = NOT_CONNECTED
    return told


def uri_of(rule: IngestionRule) -> str:
    """Where the rule is."""
    return f"/api/v2/{TOPICS}/{rule.topic_id}/dataingestionrules/{rule.platform}/{rule.pk}"


class OfTopic(ApiView):
    """What belongs to a topic."""

    def topic(self, topic_id: uuid.UUID) -> Topic:
        """The topic. Raises NotFound."""
        return found(Topic.objects.kept(), pk=topic_id)

    def rule(self, topic_id: uuid.UUID, platform: str, rule_id: uuid.UUID, *, deleted: bool = False) -> IngestionRule:
        """The rule of that platform and topic. Raises NotFound."""
        rows = IngestionRule.objects.all() if deleted else IngestionRule.objects.kept()
        return found(rows.select_related("inbox"), pk=rule_id, topic=topic_id, platform=platform)

    def fill(self, rule: IngestionRule) -> None:
        """Write on the rule what the request says; what it leaves out is empty. Raises ValidationError, Invalid."""
        given = self.given(DataIngestionRuleWire)
        rule.name, rule.description = given["name"], given.get("description", "")
        rule.includes, rule.excludes = given.get("includes", []), given.get("excludes", [])
        rule.source = {name: given[name] for name in OWN if given.get(name)}
        wanted, rule.inbox = given.get("integration_id"), None
        if wanted and rule.is_connected:
            rule.inbox = _inbox(wanted)
        elif wanted:
            rule.source["integration_id"] = wanted


def _inbox(wanted: str) -> Inbox:
    try:
        inbox = Inbox.objects.filter(pk=uuid.UUID(wanted)).first()
    except ValueError:
        inbox = None
    if inbox is None:
        raise Invalid("No integration has this id.", field="integrationId")
    return inbox


class Rules(OfTopic):
    """All ingestion rules of a topic."""

    @extend_schema(parameters=[RulesQuery], responses=listing_of(DataIngestionRuleWire))
    def get(self, request: Request, topic_id: uuid.UUID) -> Response:
        """Of every platform, the oldest first."""
        require_view(self.user, "Socialmedia", "IngestionRule")
        topic, deleted = self.topic(topic_id), self.asked(RulesQuery)["include_deleted"]
        rows = IngestionRule.objects.all() if deleted else IngestionRule.objects.kept()
        return listing(request, rows.filter(topic=topic), DataIngestionRuleWire)


class RulesOfPlatform(OfTopic):
    """The ingestion rules for one platform."""

    @extend_schema(request=DataIngestionRuleWire, responses={201: DataIngestionRuleWire})
    @creates
    def post(self, request: Request, topic_id: uuid.UUID, platform: str) -> Response:
        """Add one. `integrationId` names the integration whose posts are captured; an open source can do without."""
        self.require(social("IngestionRule", "Add"))
        if platform not in Platform.values:
            raise NotFound
        rule = IngestionRule(topic=self.topic(topic_id), platform=platform)
        self.fill(rule)
        return answer(DataIngestionRuleWire, save_ingestion_rule(rule), 201)


class OneRule(OfTopic):
    """One ingestion rule."""

    @extend_schema(parameters=[DeletedQuery], responses=DataIngestionRuleWire)
    def get(self, request: Request, topic_id: uuid.UUID, platform: str, rule_id: uuid.UUID) -> Response:
        """As it is now."""
        require_view(self.user, "Socialmedia", "IngestionRule")
        deleted = self.asked(DeletedQuery)["include_deleted"]
        return answer(DataIngestionRuleWire, self.rule(topic_id, platform, rule_id, deleted=deleted))

    @extend_schema(request=DataIngestionRuleWire, responses=DataIngestionRuleWire)
    def put(self, request: Request, topic_id: uuid.UUID, platform: str, rule_id: uuid.UUID) -> Response:
        """Change it: a new version."""
        self.require(social("IngestionRule", "Edit"))
        rule = self.rule(topic_id, platform, rule_id)
        self.fill(rule)
        return answer(DataIngestionRuleWire, save_ingestion_rule(rule))

    @extend_schema(request=DataIngestionRuleStatusPatchWire, responses=DataIngestionRuleWire)
    def patch(self, request: Request, topic_id: uuid.UUID, platform: str, rule_id: uuid.UUID) -> Response:
        """Pause it, or let it go on: a new version."""
        self.require(social("IngestionRule", "Edit"))
        rule = self.rule(topic_id, platform, rule_id)
        rule.status = self.given(DataIngestionRuleStatusPatchWire)["status"]
        return answer(DataIngestionRuleWire, save_ingestion_rule(rule))

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request, topic_id: uuid.UUID, platform: str, rule_id: uuid.UUID) -> Response:
        """Capture by it no more; its posts stay."""
        self.require(social("IngestionRule", "Delete"))
        delete_ingestion_rule(self.rule(topic_id, platform, rule_id))
        return Response(status=204)


class Versions(OfTopic):
    """How an ingestion rule was."""

    @extend_schema(parameters=[RulesQuery], responses=listing_of(DataIngestionRuleWire))
    def get(self, request: Request, topic_id: uuid.UUID, platform: str, rule_id: uuid.UUID) -> Response:
        """All its versions, the newest first."""
        require_view(self.user, "Socialmedia", "IngestionRule")
        rule = self.rule(topic_id, platform, rule_id, deleted=self.asked(RulesQuery)["include_deleted"])
        return listing(request, rule.versions.select_related("rule").order_by("-version"), DataIngestionRuleWire)


class OneVersion(OfTopic):
    """How an ingestion rule was at one time."""

    @extend_schema(parameters=[DeletedQuery], responses=DataIngestionRuleWire)
    def get(self, request: Request, topic_id: uuid.UUID, platform: str, rule_id: uuid.UUID, version: int) -> Response:
        """The version of that number."""
        require_view(self.user, "Socialmedia", "IngestionRule")
        rule = self.rule(topic_id, platform, rule_id, deleted=self.asked(DeletedQuery)["include_deleted"])
        return answer(DataIngestionRuleWire, found(rule.versions.select_related("rule"), version=version))


_RULES = "socialmedia/topics/<uuid:topic_id>/dataingestionrules"

urlpatterns = [
    path(_RULES, Rules.as_view()),
    path(f"{_RULES}/<slug:platform>", RulesOfPlatform.as_view()),
    path(f"{_RULES}/<slug:platform>/<uuid:rule_id>", OneRule.as_view()),
    path(f"{_RULES}/<slug:platform>/<uuid:rule_id>/versions", Versions.as_view()),
    path(f"{_RULES}/<slug:platform>/<uuid:rule_id>/versions/<int:version>", OneVersion.as_view()),
]
