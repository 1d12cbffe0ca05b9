"""Listening: topics and what feeds them, the posts they have captured, and the rules that escalate."""

from delivery.listening.models.posts import ESCALATED, CapturedPost, PostStatus, PostType, Sentiment
from delivery.listening.models.rules import MOST_RULES, EscalationRule, RuleStatus
from delivery.listening.models.topics import (
    CONNECTED,
    IngestionRule,
    IngestionRuleVersion,
    IngestionStatus,
    Platform,
    Topic,
    TopicStatus,
)

__all__ = [
    "CONNECTED",
    "ESCALATED",
    "MOST_RULES",
    "CapturedPost",
    "EscalationRule",
    "IngestionRule",
    "IngestionRuleVersion",
    "IngestionStatus",
    "Platform",
    "PostStatus",
    "PostType",
    "RuleStatus",
    "Sentiment",
    "Topic",
    "TopicStatus",
]
