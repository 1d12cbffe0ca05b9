"""After-contact work: what follows when an agent has ended a conversation."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from interactions.cleaning import clean
from interactions.finding import Id, by_id, find_locked, lock
from interactions.models import EndedBy, Handling, Interaction, State
from interactions.queueing import wake_queues_of
from interactions.screens import show_thread, show_work
from queues.models import AfterContactWork, AgentStatus, WrapUpCode
from socialcare.errors import Conflict, Invalid, NotFound
from socialcare.kept import Kept
from socialcare.states import transition

LIMITED = {
    AfterContactWork.OPTIONAL,
    AfterContactWork.MANDATORY_TIMEOUT,
    AfterContactWork.MANDATORY_FORCED_TIMEOUT,
    AfterContactWork.AGENT_REQUESTED,
}
NEEDS_CODE = {
    AfterContactWork.MANDATORY,
    AfterContactWork.MANDATORY_TIMEOUT,
    AfterContactWork.MANDATORY_FORCED_TIMEOUT,
}
NOTES_LENGTH = 10_000


def start_wrap_up(interaction: Interaction, *, asked: bool) -> None:
    """End the conversation of an interaction at hand and begin the after-contact work of its queue, if any.

    Call it in a transaction, with the interaction locked. Raises InvalidTransition.
    """
    handling = Handling.objects.select_related("queue").get(interaction=interaction, wrapped_up_at__isnull=True)
    now, queue = timezone.now(), handling.queue
    skipped = queue.acw_mode == AfterContactWork.AGENT_REQUESTED and not (asked or handling.acw_requested)
    parked = interaction.state == State.PARKED
    transition(interaction, State.WRAP_UP, ended_at=now, unread=0, parked_at=None)
    handling.ended_at, handling.ended_by, handling.acw_mode = now, EndedBy.AGENT, queue.acw_mode
    if queue.acw_mode in LIMITED:
        handling.acw_deadline = now + timedelta(seconds=queue.acw_seconds)
    if queue.acw_mode == AfterContactWork.OPTIONAL or parked:
        _free_place(handling)
    handling.save()
    if skipped:
        _finish(handling, interaction)


def save_wrap_up(
    user: User,
    interaction_id: Id,
    *,
    code_id: Id | None = None,
    notes: str = "",
    tags: list[str] | None = None,
    acw: bool | None = None,
) -> Handling:
    """Keep what the agent has filled in so far, while the conversation runs or after.

    `acw`: whether the agent asks for after-contact work. Raises NotFound, Invalid.
    """
    with transaction.atomic():
        interaction, handling = _find(user, interaction_id)
        _fill_in(handling, code_id, notes, tags)
        if acw is not None:
            handling.acw_requested = acw
        handling.save()
        show_work(user)
        show_thread(interaction, "wrapup")
    return handling


def finish_wrap_up(
    user: User, interaction_id: Id, *, code_id: Id | None = None, notes: str = "", tags: list[str] | None = None
) -> Handling:
    """*Done*: the after-contact work is complete, and the agent's place free.

    Raises NotFound, Invalid where a code is missing, Conflict where its time must pass first.
    """
    with transaction.atomic():
        interaction, handling = _find(user, interaction_id)
        if interaction.state != State.WRAP_UP:
            raise Conflict(_("End the messages first."), code="not.ended")
        _fill_in(handling, code_id, notes, tags)
        if handling.acw_mode in NEEDS_CODE and not handling.code and handling.queue.wrap_up_codes.exists():
            raise Invalid(_("Choose a wrap-up code."), field="code")
        handling.save()
        if handling.acw_mode == AfterContactWork.MANDATORY_FORCED_TIMEOUT and handling.acw_seconds_left():
            # What was filled in is kept; the place stays taken until the time is over.
            show_thread(interaction, "wrapup")
            return handling
        _finish(handling, interaction)
    return handling


def more_time(user: User, interaction_id: Id) -> Handling:
    """Prolong the after-contact work once, where the queue allows it. Raises NotFound, Conflict."""
    with transaction.atomic():
        interaction, handling = _find(user, interaction_id)
        extension = timedelta(seconds=handling.queue.acw_extension_seconds)
        running = Handling.objects.filter(
            pk=handling.pk, acw_extended=False, acw_deadline__gt=timezone.now(), wrapped_up_at__isnull=True
        )
        if not extension or not running.update(acw_deadline=F("acw_deadline") + extension, acw_extended=True):
            raise Conflict(_("There is no more time to be had."), code="acw.over")
        handling.refresh_from_db()
        show_work(user)
        show_thread(interaction, "wrapup")
    return handling


def end_overdue() -> int:
    """Finish the after-contact work whose time is over, with the system's code where none was given."""
    return sum(_time_out(handling) for handling in _OVERDUE.rows(now=timezone.now()))


def take_up_again(interaction: Interaction) -> bool:
    """The customer writes during wrap-up: the same agent goes on, where there is room. Call it with the lock held."""
    handling = Handling.objects.select_related("agent").get(interaction=interaction, wrapped_up_at__isnull=True)
    if not handling.holds_place and not AgentStatus.objects.occupy(handling.agent_id):
        return False
    transition(interaction, State.CONNECTED, only={"state": State.WRAP_UP}, ended_at=None)
    cleared: dict[str, Any] = {"ended_at": None, "ended_by": "", "acw_mode": "", "acw_deadline": None}
    Handling.objects.filter(pk=handling.pk).update(holds_place=True, acw_extended=False, **cleared)
    return True


# ------------------------------------------------------------------ moves


def _overdue(now: datetime) -> QuerySet[Handling]:
    overdue = Handling.objects.filter(wrapped_up_at__isnull=True, acw_deadline__lte=now)
    return overdue.select_related("interaction", "agent", "queue")


_OVERDUE = Kept(_overdue, now=datetime)


def _find(user: User, interaction_id: Id) -> tuple[Interaction, Handling]:
    interaction = find_locked(user, interaction_id)
    handling = (
        Handling.objects.select_related("queue", "code", "agent")
        .filter(interaction=interaction, agent=user, wrapped_up_at__isnull=True)
        .first()
    )
    if not handling:
        raise NotFound
    return interaction, handling


def _fill_in(handling: Handling, code_id: Id | None, notes: str, tags: list[str] | None) -> None:
    if code_id:
        handling.code = by_id(handling.queue.wrap_up_codes.all(), code_id)
        if not handling.code:
            raise Invalid(_("This wrap-up code does not belong to the queue."), field="code")
    else:
        handling.code = None
    if len(notes) > NOTES_LENGTH:
        raise Invalid(_("Notes have at most %(limit)s characters.") % {"limit": NOTES_LENGTH}, field="notes")
    handling.notes = clean(notes)
    if tags is not None:
        cleaned = (clean(tag).strip()[:80] for tag in tags)
        handling.tags = [tag for tag in cleaned if tag][:20]


def _time_out(handling: Handling) -> bool:
    with transaction.atomic():
        interaction = lock(handling.interaction)
        handling.refresh_from_db()
        # It may have been finished, prolonged or taken up again while we waited for the lock.
        if handling.wrapped_up_at or not handling.acw_deadline or handling.acw_deadline > timezone.now():
            return False
        if not handling.code and handling.acw_mode != AfterContactWork.OPTIONAL:
            handling.code = WrapUpCode.objects.get_or_create(name=WrapUpCode.TIMEOUT)[0]
        _finish(handling, interaction)
    return True


def _finish(handling: Handling, interaction: Interaction) -> None:
    transition(interaction, State.ENDED, owner=None, wrap_up_code=handling.code)
    handling.wrapped_up_at = timezone.now()
    _free_place(handling)
    handling.save()
    show_work(handling.agent)
    show_thread(interaction)
    wake_queues_of(handling.agent_id)


def _free_place(handling: Handling) -> None:
    if handling.holds_place:
        handling.holds_place = False
        AgentStatus.objects.release(handling.agent_id)
