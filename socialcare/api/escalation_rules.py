"""Listening: the rules by which captured posts become interactions."""

import uuid
from typing import Any

from django.db.models import QuerySet
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from delivery.listening.configuring import save_escalation_rule
from delivery.listening.models import EscalationRule, RuleStatus, Topic
from socialcare.errors import Invalid

from .base import ApiView, answer, found
from .configuration import require_view
from .criteria import read_criteria, write_criteria
from .escalation_targets import DivisionQuery, EscalationTargetWire, RoutingWire, destination_of, inbox_of, target_out
from .idempotency import creates
from .paging import PageQuery, listing, listing_of
from .topics import social
from .wire import HOME, LONGEST, Time, Wire, ref, uri

RULES = "socialmedia/escalationrules"
OTHERS = ("facebook", "instagram", "twitter", "google_business_profile")


class EscalationRuleWire(Wire):
    """Posts that meet `matchCriteria` become interactions. The rule with the lowest `priority` counts."""

    id = serializers.UUIDField(read_only=True)
    name = serializers.CharField(max_length=255)
    match_criteria = serializers.CharField(required=False, allow_blank=True, max_length=50_000)
    priority = serializers.IntegerField(required=False, min_value=0, max_value=2**31 - 1)
    division_id = serializers.CharField(required=False, max_length=100)
    description = serializers.CharField(required=False, allow_blank=True, max_length=LONGEST)
    date_created = Time(read_only=True)
    date_modified = Time(read_only=True)
    status = serializers.ChoiceField(choices=RuleStatus.values, required=False)
    open_escalation = EscalationTargetWire(required=False, allow_null=True)
    facebook_escalation = EscalationTargetWire(required=False, allow_null=True)
    instagram_escalation = EscalationTargetWire(required=False, allow_null=True)
    twitter_escalation = EscalationTargetWire(required=False, allow_null=True)
    google_business_profile_escalation = EscalationTargetWire(required=False, allow_null=True)
    routing = RoutingWire(required=False, allow_null=True)
    throttle_per_minute = serializers.IntegerField(required=False, min_value=1, max_value=10_000)
    self_uri = serializers.CharField(read_only=True)

    def to_representation(self, instance: EscalationRule) -> Any:
        """As the API tells of an escalation rule."""
        return super().to_representation(escalation_rule_out(instance))


class EscalationRulesQuery(PageQuery, DivisionQuery):
    """Which page."""


def escalation_rule_out(rule: EscalationRule) -> dict[str, Any]:
    """An escalation rule, as the API tells of it."""
    routing = {
        "queue": ref("routing/queues", rule.queue),
        "priority": rule.priority,
        "skills": [ref("routing/skills", skill) for skill in rule.skills.all()],
    }
    return {
        "id": rule.pk,
        "name": rule.name,
        "match_criteria": write_criteria(rule),
        "priority": rule.position,
        "division_id": HOME["id"],
        "description": rule.description,
        "date_created": rule.created_at,
        "date_modified": rule.modified_at,
        "status": rule.status,
        "open_escalation": target_out(rule.inbox),
        **{f"{platform}_escalation": target for platform, target in rule.targets.items()},
        "routing": routing,
        "throttle_per_minute": rule.per_minute,
        "self_uri": uri(RULES, rule.pk),
    }


def _rules() -> "QuerySet[EscalationRule]":
    return EscalationRule.objects.select_related("queue", "inbox").prefetch_related("topics", "skills")


def _save(rule: EscalationRule, given: dict[str, Any]) -> EscalationRule:
    """Write on the rule what the request says; what it leaves out is as in a new one. Raises Invalid, Conflict."""
    criteria = given.get("match_criteria", "")
    if not criteria.strip() and given.get("status", RuleStatus.ACTIVE) == RuleStatus.ACTIVE:
        raise Invalid("Say which posts it is for; without a condition it would be for all.", field="matchCriteria")
    conditions = read_criteria(criteria)
    topics = list(Topic.objects.kept().filter(pk__in=conditions.topics))
    if len(topics) < len(set(conditions.topics)):
        raise Invalid("No topic has one of these ids.", field="matchCriteria")
    into = destination_of(given.get("routing"))
    columns = {
        "name": given["name"],
        "description": given.get("description", ""),
        "position": given.get("priority", EscalationRule._meta.get_field("position").default),
        "status": given.get("status", RuleStatus.ACTIVE),
        "per_minute": given.get("throttle_per_minute", EscalationRule._meta.get_field("per_minute").default),
        "inbox": inbox_of(given.get("open_escalation"), "openEscalation"),
        "targets": {name: target for name in OTHERS if (target := given.get(f"{name}_escalation"))},
        "queue": into.queue,
        "priority": into.priority,
        **conditions.columns,
    }
    for name, value in columns.items():
        setattr(rule, name, value)
    save_escalation_rule(rule, topics, into.skills)
    return found(_rules(), pk=rule.pk)


class EscalationRules(ApiView):
    """All escalation rules."""

    @extend_schema(parameters=[EscalationRulesQuery], responses=listing_of(EscalationRuleWire))
    def get(self, request: Request) -> Response:
        """In the order in which they are asked."""
        require_view(self.user, "Socialmedia", "EscalationRule")
        self.asked(EscalationRulesQuery)
        return listing(request, _rules(), EscalationRuleWire)

    @extend_schema(request=EscalationRuleWire, responses={201: EscalationRuleWire})
    @creates
    def post(self, request: Request) -> Response:
        """Add one."""
        self.require(social("EscalationRule", "Add"))
        return answer(EscalationRuleWire, _save(EscalationRule(), self.given(EscalationRuleWire)), 201)


class OneEscalationRule(ApiView):
    """One escalation rule."""

    @extend_schema(responses=EscalationRuleWire)
    def get(self, request: Request, escalation_rule_id: uuid.UUID) -> Response:
        """The rule."""
        require_view(self.user, "Socialmedia", "EscalationRule")
        return answer(EscalationRuleWire, found(_rules(), pk=escalation_rule_id))

    @extend_schema(request=EscalationRuleWire, responses=EscalationRuleWire)
    def put(self, request: Request, escalation_rule_id: uuid.UUID) -> Response:
        """Change it."""
        self.require(social("EscalationRule", "Edit"))
        rule = found(EscalationRule.objects.all(), pk=escalation_rule_id)
        return answer(EscalationRuleWire, _save(rule, self.given(EscalationRuleWire)))

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request, escalation_rule_id: uuid.UUID) -> Response:
        """Delete it; what it has throttled is judged by the others."""
        self.require(social("EscalationRule", "Delete"))
        found(EscalationRule.objects.all(), pk=escalation_rule_id).delete()
        return Response(status=204)


urlpatterns = [
    path("socialmedia/escalationrules", EscalationRules.as_view()),
    path("socialmedia/escalationrules/<uuid:escalation_rule_id>", OneEscalationRule.as_view()),
]
