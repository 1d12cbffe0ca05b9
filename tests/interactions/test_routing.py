"""Who is offered what, and when."""

import uuid
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import IntegrityError
from django.utils import timezone

from accounts.permissions import ACCEPT
from delivery.receiving import receive_post
from interactions import handling, offers, routing, shifts
from interactions.intake import set_needs
from interactions.models import Handle, Inbox, Interaction, Message, Offer, OfferState, State
from interactions.routing import offer_to, route
from interactions.upkeep import keep_up
from queues.models import AgentSkill, AgentStatus, LastAgentMode, Queue, QueueMember, ScoringMethod, SkillEvaluation
from socialcare import events, work
from socialcare.asking import Answer, Question
from tests.factories import InboxFactory, SkillFactory, UserFactory, agent_of, grant, on_queue
from tests.network import post
from tests.scene import asked, connected, load, open_offer, pass_deadline, routing_status, silent_for, waiting

pytestmark = pytest.mark.django_db


def ago(**time: float):
    return timezone.now() - timedelta(**time)


def agents(queue, inbox, *names: str, **facts):
    """Agents on queue; the first has been idle longest."""
    people = [agent_of(UserFactory(username=name), queue, inbox) for name in names]
    for place, person in enumerate(people):
        on_queue(person, idle_since=ago(minutes=len(people) - place), **facts)
    return people


# --- Which interaction comes first ----------------------------------------------------------------------------------


def test_who_has_waited_longest_comes_first(alice, inbox, queue) -> None:
    late, early = waiting(inbox, queued_at=ago(minutes=1)), waiting(inbox, queued_at=ago(minutes=2))
    on_queue(alice)
    route(queue.pk)
    assert (asked(early), asked(late)) == ("alice", "")


def test_a_priority_point_is_worth_a_minute(alice, inbox, queue) -> None:
    patient, important = waiting(inbox, queued_at=ago(minutes=4)), waiting(inbox, queued_at=ago(minutes=1), priority=4)
    on_queue(alice)
    route(queue.pk)
    assert (asked(important), asked(patient)) == ("alice", "")


def test_a_priority_point_is_worth_no_more_than_a_minute(alice, inbox, queue) -> None:
    patient, important = waiting(inbox, queued_at=ago(minutes=6)), waiting(inbox, queued_at=ago(minutes=1), priority=4)
    on_queue(alice)
    route(queue.pk)
    assert (asked(patient), asked(important)) == ("alice", "")


def test_priority_may_be_all_that_counts(alice, inbox, queue) -> None:
    queue.scoring_method = ScoringMethod.PRIORITY_ONLY
    queue.save()
    waiting(inbox, queued_at=ago(days=30))
    important = waiting(inbox, queued_at=ago(minutes=1), priority=1)
    on_queue(alice)
    route(queue.pk)
    assert asked(important) == "alice"


def test_among_equal_priorities_time_counts(alice, inbox, queue) -> None:
    queue.scoring_method = ScoringMethod.PRIORITY_ONLY
    queue.save()
    waiting(inbox, queued_at=ago(minutes=1), priority=1)
    early = waiting(inbox, queued_at=ago(minutes=2), priority=1)
    on_queue(alice)
    route(queue.pk)
    assert asked(early) == "alice"


@pytest.mark.parametrize("points", [-25_000_000, 25_000_000])
def test_the_outermost_priorities_are_stored_and_ordered(alice, inbox, queue, points: int) -> None:
    extreme, plain = waiting(inbox, priority=points), waiting(inbox)
    on_queue(alice)
    route(queue.pk)
    assert asked(extreme if points > 0 else plain) == "alice"


# --- Which agent is asked -------------------------------------------------------------------------------------------


def test_the_longest_idle_is_asked(queue, inbox) -> None:
    agents(queue, inbox, "first", "second")
    interaction = waiting(inbox)
    route(queue.pk)
    assert asked(interaction) == "first"


def test_work_goes_round(queue, inbox) -> None:
    agents(queue, inbox, "first", "second", "third")
    work = [waiting(inbox) for _ in range(3)]
    assert route(queue.pk) == 3
    assert {asked(interaction) for interaction in work} == {"first", "second", "third"}


def test_one_with_room_left_gets_more_when_nobody_is_idle(queue, inbox) -> None:
    [first, second] = agents(queue, inbox, "first", "second")
    AgentStatus.objects.filter(user=first).update(capacity=3)
    work = [waiting(inbox) for _ in range(5)]
    assert route(queue.pk) == 4
    assert (load(first), load(second)) == (3, 1)
    assert [asked(interaction) for interaction in work].count("") == 1


def test_nobody_gets_more_than_their_capacity(queue, inbox) -> None:
    agents(queue, inbox, "first", capacity=25)
    for _ in range(27):
        waiting(inbox)
    assert route(queue.pk) == 25
    assert Interaction.objects.waiting().count() == 2


def test_with_a_capacity_of_none_nothing_is_offered(queue, inbox) -> None:
    agents(queue, inbox, "first", capacity=0)
    waiting(inbox)
    assert route(queue.pk) == 0


@pytest.mark.parametrize(
    ("why", "facts"),
    {
        "off queue": {"presence": "Available"},
        "in a meeting": {"presence": "Meeting"},
        "not responding": {"missed": "declined"},
        "gone": {"last_seen": ago(seconds=61)},
        "over capacity": {"load": 1, "capacity": 1},
    }.items(),
)
def test_nothing_is_offered_to_who_is(why: str, facts, alice, inbox, queue) -> None:
    on_queue(alice)
    AgentStatus.objects.filter(user=alice).update(**facts)
    waiting(inbox)
    assert route(queue.pk) == 0, why


def test_nothing_is_offered_to_the_inactive(alice, inbox, queue) -> None:
    on_queue(alice)
    alice.is_active = False
    alice.save()
    waiting(inbox)
    assert route(queue.pk) == 0


def test_nothing_is_offered_without_the_right_to_accept(inbox, queue) -> None:
    member = UserFactory()
    QueueMember.objects.create(queue=queue, user=member)
    on_queue(member)
    interaction = waiting(inbox)
    assert route(queue.pk) == 0
    grant(member, ACCEPT, on=queue)
    assert route(queue.pk) == 1
    assert asked(interaction) == member.username


def test_nothing_is_offered_to_who_is_no_member_or_has_not_joined(alice, admin, inbox, queue) -> None:
    on_queue(admin)
    on_queue(alice)
    QueueMember.objects.filter(user=alice).update(joined=False)
    waiting(inbox)
    assert route(queue.pk) == 0


def test_a_silence_of_less_than_a_minute_changes_nothing(alice, inbox, queue) -> None:
    on_queue(alice)
    silent_for(alice, seconds=55)
    interaction = waiting(inbox)
    route(queue.pk)
    silent_for(alice, seconds=59)
    keep_up()
    assert asked(interaction) == "alice"


# --- Skills ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def skills():
    return [SkillFactory(name="Refunds"), SkillFactory(name="French", kind="language")]


def able(person, **levels: int) -> None:
    for skill, level in levels.items():
        AgentSkill.objects.create(
            user=person, skill=SkillFactory._meta.model.objects.get(name=skill), proficiency=level
        )


def needing(inbox, skills, **facts):
    interaction = waiting(inbox, **facts)
    set_needs(interaction, skills)
    return interaction


def test_all_skills_and_the_language_are_needed(queue, inbox, skills) -> None:
    [_idle, half, whole] = agents(queue, inbox, "idle", "half", "whole")
    able(half, Refunds=5)
    able(whole, Refunds=1, French=0)
    interaction = needing(inbox, skills)
    route(queue.pk)
    assert asked(interaction) == "whole"


def test_without_anybody_who_has_all_it_waits(queue, inbox, skills) -> None:
    [half] = agents(queue, inbox, "half")
    able(half, Refunds=5)
    needing(inbox, skills)
    assert route(queue.pk) == 0


def test_among_those_who_have_all_the_more_proficient_is_asked(queue, inbox, skills) -> None:
    [weak, strong] = agents(queue, inbox, "weak", "strong")
    able(weak, Refunds=2, French=2)
    able(strong, Refunds=5, French=4)
    interaction = needing(inbox, skills)
    route(queue.pk)
    assert asked(interaction) == "strong"


def test_the_best_may_be_enough(queue, inbox, skills) -> None:
    queue.skill_evaluation = SkillEvaluation.BEST
    queue.save()
    [_idle, half] = agents(queue, inbox, "idle", "half")
    able(half, Refunds=3)
    first, second = needing(inbox, skills), needing(inbox, skills)
    assert route(queue.pk) == 2
    assert {asked(first), asked(second)} == {"half", "idle"}
    assert asked(first if first.rank <= second.rank else second) == "half"


def test_skills_may_not_matter(queue, inbox, skills) -> None:
    queue.skill_evaluation = SkillEvaluation.NONE
    queue.save()
    [_idle, skilled] = agents(queue, inbox, "idle", "skilled")
    able(skilled, Refunds=5, French=5)
    interaction = needing(inbox, skills)
    route(queue.pk)
    assert asked(interaction) == "idle"


def test_a_head_of_the_queue_that_nobody_can_do_holds_up_nobody(queue, inbox, skills) -> None:
    agents(queue, inbox, "plain")
    for minutes in (30, 20, 10):
        needing(inbox, skills, queued_at=ago(minutes=minutes))
    easy = waiting(inbox)
    assert route(queue.pk) == 1
    assert asked(easy) == "plain"


def test_an_idle_agent_without_the_skill_does_not_keep_it_from_a_busier_one(queue, inbox, skills) -> None:
    [_idle, busy] = agents(queue, inbox, "idle", "busy", capacity=2)
    AgentStatus.objects.filter(user=busy).update(load=1)
    able(busy, Refunds=1, French=1)
    interaction = needing(inbox, skills)
    route(queue.pk)
    assert asked(interaction) == "busy"


# --- Last agent -----------------------------------------------------------------------------------------------------


def spoken_with(agent, inbox, **facts):
    return waiting(inbox, last_agent=agent, **facts)


@pytest.mark.parametrize(
    ("mode", "expected"),
    [(LastAgentMode.DISABLED, "idle"), (LastAgentMode.QUEUE_MEMBERS_ONLY, "last"), (LastAgentMode.ANY_AGENT, "last")],
)
def test_the_last_agent_is_asked_first_if_the_queue_says_so(mode, expected: str, queue, inbox) -> None:
    queue.last_agent_mode = mode
    queue.save()
    [_idle, last] = agents(queue, inbox, "idle", "last")
    interaction = spoken_with(last, inbox)
    route(queue.pk)
    assert asked(interaction) == expected


@pytest.mark.parametrize(
    ("mode", "expected"), [(LastAgentMode.QUEUE_MEMBERS_ONLY, "idle"), (LastAgentMode.ANY_AGENT, "last")]
)
def test_the_last_agent_need_not_be_a_member_if_the_queue_says_so(mode, expected: str, queue, inbox) -> None:
    queue.last_agent_mode = mode
    queue.save()
    [_idle, last] = agents(queue, inbox, "idle", "last")
    QueueMember.objects.filter(user=last).delete()
    interaction = spoken_with(last, inbox)
    route(queue.pk)
    assert asked(interaction) == expected


def test_a_last_agent_from_outside_finds_theirs_behind_others(queue, inbox) -> None:
    queue.last_agent_mode = LastAgentMode.ANY_AGENT
    queue.save()
    [last] = agents(queue, inbox, "last")
    QueueMember.objects.filter(user=last).delete()
    waiting(inbox, queued_at=ago(minutes=5))
    theirs = spoken_with(last, inbox)
    assert route(queue.pk) == 1
    assert asked(theirs) == "last"


def test_a_last_agent_who_is_not_free_holds_up_nothing(queue, inbox) -> None:
    queue.last_agent_mode = LastAgentMode.QUEUE_MEMBERS_ONLY
    queue.save()
    [_idle, last] = agents(queue, inbox, "idle", "last")
    AgentStatus.objects.filter(user=last).update(load=1)
    interaction = spoken_with(last, inbox)
    route(queue.pk)
    assert asked(interaction) == "idle"


# --- Missed offers --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["declined", "expired"])
def test_what_is_missed_goes_back_with_its_waiting_time_to_somebody_else_first(
    how: str, alice, bob, inbox, queue
) -> None:
    on_queue(alice, idle_since=ago(hours=1))
    on_queue(bob)
    entered = ago(minutes=3)
    interaction = waiting(inbox, queued_at=entered)
    route(queue.pk)
    assert asked(interaction) == "alice"
    if how == "declined":
        offers.decline(alice, open_offer(interaction).pk)
    else:
        pass_deadline(interaction)
        assert offers.expire_due() == 1
    interaction.refresh_from_db()
    assert (interaction.state, interaction.queued_at, interaction.owner) == (State.WAITING, entered, None)
    assert (routing_status(alice), load(alice)) == ("NOT_RESPONDING", 0)
    assert Offer.objects.get(agent=alice).state == how

    shifts.come_back(alice)
    AgentStatus.objects.filter(user=alice).update(idle_since=ago(hours=1))
    route(queue.pk)
    assert asked(interaction) == "bob"


def test_who_missed_it_is_asked_again_when_there_is_nobody_else(alice, inbox, queue) -> None:
    on_queue(alice)
    interaction = waiting(inbox)
    route(queue.pk)
    offers.decline(alice, open_offer(interaction).pk)
    assert route(queue.pk) == 0
    shifts.come_back(alice)
    assert route(queue.pk) == 1
    assert asked(interaction) == "alice"


def test_nothing_new_for_who_is_not_responding_until_they_are_back(alice, inbox, queue) -> None:
    on_queue(alice, capacity=3)
    first = waiting(inbox)
    route(queue.pk)
    offers.decline(alice, open_offer(first).pk)
    waiting(inbox)
    keep_up()
    assert not Offer.objects.filter(state=OfferState.OPEN).exists()
    shifts.come_back(alice)
    keep_up()
    assert Offer.objects.filter(state=OfferState.OPEN, agent=alice).count() == 2


# --- When -----------------------------------------------------------------------------------------------------------


def test_what_nobody_could_take_is_offered_when_somebody_comes(
    alice, inbox, queue, tasks_at_once, django_capture_on_commit_callbacks
) -> None:
    interaction = waiting(inbox)
    assert route(queue.pk) == 0
    with django_capture_on_commit_callbacks(execute=True):
        shifts.go_on_queue(alice)
    assert asked(interaction) == "alice"


def test_what_is_free_again_is_offered_the_next(
    alice, inbox, queue, tasks_at_once, django_capture_on_commit_callbacks
) -> None:
    first = connected(alice, inbox)
    second = waiting(inbox)
    grant(alice)
    with django_capture_on_commit_callbacks(execute=True):
        handling.park(alice, first.pk)
    assert asked(second) == "alice"


def test_the_clock_finds_what_was_not_woken(alice, inbox) -> None:
    on_queue(alice)
    interaction = waiting(inbox)
    keep_up()
    assert asked(interaction) == "alice"


def test_one_step_that_fails_holds_up_no_other(alice, inbox, monkeypatch) -> None:
    def fails() -> None:
        raise ValueError("poison")

    monkeypatch.setattr("interactions.upkeep.expire_due", fails)
    fails.__name__ = "expire_due"
    on_queue(alice)
    interaction = waiting(inbox)
    keep_up()
    assert asked(interaction) == "alice"


def test_two_queues_do_not_share_their_work(alice, inbox, vip) -> None:
    on_queue(alice)
    other = waiting(InboxFactory(queue=vip))
    keep_up()
    assert asked(other) == ""


# --- Auto-answer ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("whose", ["queue", "agent"])
def test_auto_answer_connects_at_once(whose: str, alice, inbox, queue) -> None:
    on_queue(alice, auto_answer=whose == "agent")
    queue.auto_answer = whose == "queue"
    queue.save()
    interaction = waiting(inbox)
    assert route(queue.pk) == 1
    interaction.refresh_from_db()
    assert (interaction.state, interaction.owner) == (State.CONNECTED, alice)
    assert interaction.unread == 1  # she has pressed nothing, and is called
    assert Offer.objects.get().state == OfferState.ACCEPTED
    assert load(alice) == 1


# --- Offered by the transaction that lets it wait ---------------------------------------------------------------------


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tasks that were started."""
    cache.clear()
    told: list[str] = []
    monkeypatch.setattr(work, "_start", lambda task, *_args, **_how: told.append(task.name))
    return told


def comes_in(inbox: Inbox) -> Interaction:
    message, _new = receive_post(inbox, post(), alone_with=())
    assert message
    return Interaction.objects.get(pk=message.interaction_id)


@pytest.mark.django_db(transaction=True)
def test_who_comes_alone_is_offered_at_once_and_wakes_nobody(alice, inbox, told: list[str]) -> None:
    status = on_queue(alice)
    interaction = comes_in(inbox)
    assert (interaction.state, open_offer(interaction).agent, load(alice)) == (State.ALERTING, alice, 1)
    assert told == []
    status.refresh_from_db()
    assert (status.version, interaction.version) == (1, 1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("why", ["nobody is free", "somebody waits already"])
def test_otherwise_it_waits_and_wakes_a_router(why: str, alice, inbox, told: list[str]) -> None:
    if why != "nobody is free":
        on_queue(alice)
    if why == "somebody waits already":
        waiting(inbox)
    interaction = comes_in(inbox)
    assert (interaction.state, Offer.objects.count()) == (State.WAITING, 0)
    assert told == ["interactions.tasks.route_queue"]


class Taken(Question):
    """A place that somebody else has just taken."""

    def statement(self) -> None:
        return None

    def read(self, answer: Answer) -> int:
        return 0


@pytest.mark.django_db(transaction=True)
def test_an_agent_who_is_taken_at_that_moment_leaves_it_to_a_router(alice, inbox, told: list[str], monkeypatch) -> None:
    on_queue(alice)
    skill = SkillFactory()
    inbox.skills.add(skill)  # then she is chosen, and not locked
    AgentSkill.objects.create(user=alice, skill=skill)
    monkeypatch.setattr(routing, "reserving", lambda _pk: Taken())
    interaction = comes_in(inbox)
    assert (interaction.state, load(alice), told) == (State.WAITING, 0, ["interactions.tasks.route_queue"])
    assert (Offer.objects.count(), interaction.skills.get()) == (0, skill)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("what", ["of an agent", "of a queue"])
def test_at_once_it_may_be_answered_by_itself(what: str, alice, inbox, queue, told: list[str]) -> None:
    on_queue(alice, auto_answer=what == "of an agent")
    Queue.objects.filter(pk=queue.pk).update(auto_answer=what == "of a queue")
    interaction = comes_in(inbox)
    assert (interaction.state, interaction.owner, load(alice), told) == (State.CONNECTED, alice, 1, [])


@pytest.mark.django_db(transaction=True)
def test_what_goes_wrong_at_the_end_leaves_nothing_and_tells_nobody(alice, inbox, told: list[str], monkeypatch) -> None:
    status = on_queue(alice)
    heard: list[str] = []
    monkeypatch.setattr(events, "_send", lambda group, _message: heard.append(group))
    real = routing._offer_of
    monkeypatch.setattr(routing, "_offer_of", lambda *args: with_nobody(real(*args)))
    with pytest.raises(IntegrityError):
        comes_in(inbox)
    assert not Interaction.objects.exists()
    assert not Message.objects.exists()
    assert not Handle.objects.exists()
    assert (load(alice), heard, told) == (0, [], [])
    monkeypatch.setattr(routing, "_offer_of", real)
    assert open_offer(comes_in(inbox)).agent == alice
    assert f"agent.{status.pk}" in heard


def with_nobody(offer: Offer) -> Offer:
    """What the database finds wrong only when all is to be committed: the agent of the offer is not there."""
    offer.agent_id = uuid.uuid4()
    return offer


def test_at_once_the_skills_count_too(alice, bob, inbox, told: list[str]) -> None:
    skill = SkillFactory()
    inbox.skills.add(skill)
    on_queue(alice, idle_since=timezone.now() - timedelta(hours=1))
    on_queue(bob)
    AgentSkill.objects.create(user=bob, skill=skill)
    assert open_offer(comes_in(inbox)).agent == bob


# --- Chosen on an old view --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("meanwhile", ["pulled", "handed to another queue", "offered"])
def test_what_has_been_taken_since_it_was_chosen_is_left_alone(
    meanwhile: str, alice, bob, sam, inbox, queue, vip
) -> None:
    interaction = waiting(inbox)
    seen = Interaction.objects.get(pk=interaction.pk)
    status = on_queue(alice)
    if meanwhile == "pulled":
        handling.pull(sam, queue.pk)
    elif meanwhile == "offered":
        on_queue(bob)
        handling.transfer_to_agent(sam, interaction.pk, bob.pk)
    else:
        handling.transfer_to_queue(sam, interaction.pk, vip.pk)
    before = Interaction.objects.values().get(), AgentStatus.objects.values().get(user=alice)
    assert offer_to(seen, status, queue) is None
    assert (Interaction.objects.values().get(), AgentStatus.objects.values().get(user=alice)) == before


# --- The cost -------------------------------------------------------------------------------------------------------


def test_an_offer_takes_the_same_few_statements_however_many_wait(queue, inbox, django_assert_max_num_queries) -> None:
    agents(queue, inbox, "first", "second")
    for _ in range(40):
        waiting(inbox)
    with django_assert_max_num_queries(2 + 2 * 12 + 8):  # the queue and who may accept; two offers; nobody else free
        assert route(queue.pk) == 2
