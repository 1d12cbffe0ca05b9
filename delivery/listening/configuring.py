"""Configuring what is listened to: topics, ingestion rules with their versions, escalation rules."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from delivery.listening.matching import LONGEST_TERM, MOST_TERMS, tidy
from delivery.listening.models import (
    MOST_RULES,
    EscalationRule,
    IngestionRule,
    IngestionRuleVersion,
    IngestionStatus,
    Platform,
    Topic,
    TopicStatus,
)
from interactions.models import Inbox
from queues.models import Skill
from socialcare.errors import Conflict, Invalid


def check_ingestion_rule(rule: IngestionRule) -> None:
    """Tidy the terms, and raise Invalid where posts could not come in or could not be answered."""
    rule.includes, rule.excludes = tidy_terms(rule.includes, "includes"), tidy_terms(rule.excludes, "excludes")
    if rule.status == IngestionStatus.DELETED:
        return
    if rule.inbox and rule.inbox.kind != rule.platform:
        raise Invalid(_("This channel is of another platform."), field="inbox")
    if rule.is_connected and rule.platform != Platform.OPEN and not rule.inbox:
        raise Invalid(_("Choose the channel whose posts are captured."), field="inbox")


def tidy_terms(terms: Any, field: str) -> list[str]:
    """The terms, each once. Raises Invalid for too many, or a too long one."""
    found = tidy(terms or ())
    if len(found) > MOST_TERMS or any(len(term) > LONGEST_TERM for term in found):
        words = _("At most %(most)s terms of %(longest)s characters are possible.")
        raise Invalid(words % {"most": MOST_TERMS, "longest": LONGEST_TERM}, field=field)
    return found


def save_ingestion_rule(rule: IngestionRule) -> IngestionRule:
    """Store a new or changed ingestion rule, and a version of it. Raises Invalid."""
    check_ingestion_rule(rule)
    with transaction.atomic():
        if not rule._state.adding:
            # Two changes at once make two versions
            IngestionRule.objects.select_for_update(no_key=True).get(pk=rule.pk)
            rule.version = rule.versions.order_by("-version").values_list("version", flat=True).first() or 0
            rule.version += 1
        rule.save()
        IngestionRuleVersion.objects.create(rule=rule, version=rule.version, facts=facts_of(rule))
        mark_inboxes()
    return rule


def facts_of(rule: IngestionRule) -> dict[str, Any]:
    """What a version keeps."""
    return {
        "name": rule.name,
        "description": rule.description,
        "status": str(rule.shown_status),
        "inbox": str(rule.inbox_id) if rule.inbox_id else None,
        "includes": rule.includes,
        "excludes": rule.excludes,
        "source": rule.source,
    }


def delete_ingestion_rule(rule: IngestionRule) -> None:
    """It captures nothing any more, and holds no channel; its posts stay, and so does what its versions tell."""
    rule.status, rule.inbox = IngestionStatus.DELETED, None
    save_ingestion_rule(rule)


def delete_topic(topic: Topic) -> None:
    """Nothing is captured for it any more; its posts stay."""
    with transaction.atomic():
        topic.status = TopicStatus.DELETED
        topic.save(update_fields=["status", "modified_at"])
        for rule in topic.ingestion_rules.exclude(status=IngestionStatus.DELETED):
            delete_ingestion_rule(rule)


def mark_inboxes() -> None:
    """Write on every inbox whether a rule captures its posts: whoever receives need not ask."""
    # An open source is fed under the address of its own rule; what else its channel gets comes in as ever
    rules = IngestionRule.objects.capturing().filter(inbox=OuterRef("pk")).exclude(platform=Platform.OPEN)
    Inbox.objects.filter(Exists(rules), listening=False).update(listening=True)
    Inbox.objects.filter(~Exists(rules), listening=True).update(listening=False)


def check_escalation_rule(rule: EscalationRule) -> None:
    """Tidy the terms, and raise Invalid or Conflict where the rule cannot be."""
    rule.includes, rule.excludes = tidy_terms(rule.includes, "includes"), tidy_terms(rule.excludes, "excludes")
    rule.languages = tidy_terms(rule.languages, "languages")
    if rule._state.adding and EscalationRule.objects.count() >= MOST_RULES:
        raise Conflict(_("There are %(most)s escalation rules already; more are not possible.") % {"most": MOST_RULES})


def save_escalation_rule(
    rule: EscalationRule, topics: Iterable[Topic] | None = None, skills: Iterable[Skill] | None = None
) -> EscalationRule:
    """Store a new or changed escalation rule; topics and skills that are None stay. Raises Invalid, Conflict."""
    check_escalation_rule(rule)
    with transaction.atomic():
        rule.save()
        if topics is not None:
            rule.topics.set(topics)
        if skills is not None:
            rule.skills.set(skills)
    return rule
