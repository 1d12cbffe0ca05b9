"""Escalating: a captured post becomes an interaction, once: by the first rule that fits, or by hand."""

import logging
import uuid
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from delivery.listening.models import CapturedPost, EscalationRule, PostStatus
from delivery.listening.posting import post_of
from delivery.receiving import receive_post
from interactions.intake import Destination
from interactions.models import Inbox, Interaction, Message, State
from socialcare.errors import Conflict, Invalid, NotFound
from socialcare.states import transition

log = logging.getLogger(__name__)
AT_ONCE = 200
"""Throttled posts looked at in one tick."""


def in_force() -> list[EscalationRule]:
    """The escalation rules that are on, first first: read once for many posts."""
    return list(EscalationRule.objects.in_force())


def judge(post: CapturedPost, rules: Iterable[EscalationRule], *, in_line: bool = True) -> CapturedPost:
    """Escalate a post by the first rule that fits, or put it to the author's running interaction.

    Over the rule's number a minute it is throttled, as it is while others wait for the same rule (`in_line`). Call it
    in a transaction that holds the post.
    """
    if post.is_escalated or post.removed_at:
        return post
    if inbox := continues_in(post):
        return _escalate(post, inbox, PostStatus.PREVIOUSLY)
    rule = next((rule for rule in rules if rule.fits(post)), None)
    if rule is None:
        return _move(post, PostStatus.NOT_ESCALATED, rule=None)
    inbox = rule.inbox_for(post)
    if inbox is None or _is_own(inbox, post):
        return _move(post, PostStatus.NOT_ESCALATED, rule=None)
    waiting = (
        in_line and CapturedPost.objects.filter(status=PostStatus.THROTTLED, rule=rule).exclude(pk=post.pk).exists()
    )
    if waiting or not EscalationRule.objects.take_place(rule.pk, timezone.now()):
        return _move(post, PostStatus.THROTTLED, rule=rule)
    into = Destination(rule.queue, rule.priority, tuple(rule.skills.all()))
    return _escalate(post, inbox, PostStatus.AUTOMATIC, into, rule=rule)


def escalate_by_hand(
    user: User, post_id: uuid.UUID, *, inbox: Inbox | None = None, into: Destination | None = None
) -> tuple[CapturedPost, bool]:
    """Make an interaction of a post at somebody's wish. Gives it, and whether it was none before.

    It is answered through `inbox`, or the channel it came in by. Raises NotFound; Invalid where there is no such
    channel or it is of another platform; Conflict for a post that is gone.
    """
    with transaction.atomic():
        post = _held(post_id)
        if post is None:
            raise NotFound
        if post.is_escalated:
            return post, False
        inbox = inbox or post.inbox
        if inbox is None or inbox.kind != post.platform:
            raise Invalid(
                _("Choose a channel of the post's platform, through which it can be answered."), field="inbox"
            )
        if post.removed_at:
            raise Conflict(_("The post has been removed by its author."))
        if _is_own(inbox, post):
            raise Conflict(_("This is a post of your own account."))
        done = _escalate(post, inbox, PostStatus.MANUAL, into, escalated_by=user)
        return done, done.status == PostStatus.MANUAL


def escalate_throttled() -> int:
    """Escalate what was over its rule's number a minute, oldest first, as far as there is room. Gives the number."""
    throttled = CapturedPost.objects.filter(status=PostStatus.THROTTLED).order_by("captured_at")
    posts = list(throttled.values_list("pk", "rule_id")[:AT_ONCE])
    if not posts:
        return 0
    # A rule with a long line must not hide the lines of others
    seen = EscalationRule.objects.filter(pk__in={rule for _pk, rule in posts})
    posts += throttled.exclude(rule__in=seen).values_list("pk", "rule_id")[:AT_ONCE]
    rules, full, done = in_force(), set[Any](), 0
    for pk, rule in posts:
        if rule in full:
            continue
        post = _try(pk, rules)
        done += bool(post and post.is_escalated)
        if post and post.status == PostStatus.THROTTLED:
            full.add(post.rule_id)
    return done


def _try(post_id: uuid.UUID, rules: list[EscalationRule]) -> CapturedPost | None:
    """One throttled post. What cannot be escalated is logged, tried again, and holds up no other."""
    try:
        with transaction.atomic():
            post = _held(post_id)
            if post and post.status == PostStatus.THROTTLED:
                return judge(post, rules, in_line=False)
    except Exception:
        log.exception("post %s cannot be escalated", post_id)
    return None


def continues_in(post: CapturedPost) -> Inbox | None:
    """The inbox in which the author has a running interaction, or a message of which this post answers."""
    inbox = post.inbox or _last_inbox(post)
    if inbox is None or not inbox.is_active or _is_own(inbox, post):
        return None
    theirs = Interaction.objects.filter(
        inbox=inbox, customer__network=inbox.network, customer__external_id=post.author_id
    )
    answered = post.details.get("reply_to", "")
    if theirs.exclude(state=State.ENDED).exists():
        return inbox
    return inbox if answered and Message.objects.filter(inbox=inbox, external_id=answered).exists() else None


def _last_inbox(post: CapturedPost) -> Inbox | None:
    """Through which the author was last answered, where posts come in by no inbox."""
    escalated = CapturedPost.objects.filter(
        topic=post.topic_id, author_id=post.author_id, platform=post.platform, message__isnull=False
    )
    last = escalated.select_related("message__inbox").order_by("-escalated_at").first()
    return last.message.inbox if last and last.message else None


def _held(post_id: uuid.UUID) -> CapturedPost | None:
    """The post, held until the end of the transaction: it is escalated by one only."""
    held = CapturedPost.objects.select_for_update(no_key=True, of=("self",)).select_related("inbox")
    return held.filter(pk=post_id).first()


def _escalate(
    post: CapturedPost, inbox: Inbox, status: PostStatus, into: Destination | None = None, **changes: Any
) -> CapturedPost:
    message, new = receive_post(inbox, post_of(post), into)
    status = status if new else PostStatus.PREVIOUSLY
    return _move(post, status, message=message, escalated_at=timezone.now(), **changes)


def _move(post: CapturedPost, status: PostStatus, **changes: Any) -> CapturedPost:
    if post.status == status == PostStatus.NOT_ESCALATED:
        return post
    return transition(post, status, field="status", **changes)


def _is_own(inbox: Inbox, post: CapturedPost) -> bool:
    return bool(inbox.account_id) and post.author_id == inbox.account_id
