"""After-contact work in its five modes."""

from datetime import timedelta

import pytest
from django.utils import timezone

from delivery.receiving import receive
from interactions import handling, wrapup
from interactions.models import Handling, Interaction, State
from queues.models import AfterContactWork as Mode
from queues.models import WrapUpCode
from socialcare.errors import Conflict, Invalid, NotFound
from tests.factories import WrapUpCodeFactory
from tests.network import Network, post
from tests.scene import connected, load, routing_status

pytestmark = pytest.mark.django_db


@pytest.fixture
def code(queue) -> WrapUpCode:
    code = WrapUpCodeFactory(name="Answered")
    code.queues.add(queue)
    return code


def ended(alice, inbox, mode: Mode, **how) -> Interaction:
    """An interaction that alice has ended in a queue of this mode."""
    inbox.queue.acw_mode, inbox.queue.acw_seconds = mode, 60
    inbox.queue.save()
    interaction = connected(alice, inbox)
    handling.end(alice, interaction.pk, **how)
    interaction.refresh_from_db()
    return interaction


def time_over() -> int:
    Handling.objects.update(acw_deadline=timezone.now() - timedelta(milliseconds=1))
    return wrapup.end_overdue()


def test_optional_frees_the_agent_at_once_and_takes_a_code_or_none(alice, inbox, code) -> None:
    interaction = ended(alice, inbox, Mode.OPTIONAL)
    assert (interaction.state, load(alice)) == (State.WRAP_UP, 0)
    wrapup.finish_wrap_up(alice, interaction.pk)
    interaction.refresh_from_db()
    assert (interaction.state, interaction.wrap_up_code, load(alice)) == (State.ENDED, None, 0)


def test_optional_that_nobody_fills_in_ends_by_itself_without_a_code(alice, inbox, code) -> None:
    interaction = ended(alice, inbox, Mode.OPTIONAL)
    assert time_over() == 1
    interaction.refresh_from_db()
    assert (interaction.state, interaction.wrap_up_code) == (State.ENDED, None)


def test_mandatory_has_no_limit_and_needs_a_code(alice, inbox, code) -> None:
    interaction = ended(alice, inbox, Mode.MANDATORY)
    assert (load(alice), routing_status(alice)) == (1, "INTERACTING")
    assert Handling.objects.get().acw_deadline is None
    with pytest.raises(Invalid, match="wrap-up code") as error:
        wrapup.finish_wrap_up(alice, interaction.pk, notes="Done.")
    assert error.value.field == "code"
    wrapup.finish_wrap_up(alice, interaction.pk, code_id=code.pk, notes="Done.", tags=[" parcel ", "", "late"])
    interaction.refresh_from_db()
    assert (interaction.state, interaction.wrap_up_code, load(alice)) == (State.ENDED, code, 0)
    kept = Handling.objects.get()
    assert (kept.code, kept.notes, kept.tags, kept.acw_mode) == (code, "Done.", ["parcel", "late"], Mode.MANDATORY)
    assert kept.wrapped_up_at


def test_a_queue_without_codes_asks_for_none(alice, inbox) -> None:
    interaction = ended(alice, inbox, Mode.MANDATORY)
    wrapup.finish_wrap_up(alice, interaction.pk)
    interaction.refresh_from_db()
    assert interaction.state == State.ENDED


@pytest.mark.parametrize("mode", [Mode.MANDATORY_TIMEOUT, Mode.MANDATORY_FORCED_TIMEOUT])
def test_a_time_limit_that_passes_gives_the_systems_code(mode: Mode, alice, inbox, code) -> None:
    interaction = ended(alice, inbox, mode)
    assert wrapup.end_overdue() == 0
    assert load(alice) == 1
    assert time_over() == 1
    interaction.refresh_from_db()
    assert (interaction.state, interaction.wrap_up_code.name, load(alice)) == (State.ENDED, "ININ-WRAP-UP-TIMEOUT", 0)


def test_what_was_filled_in_is_kept_when_the_time_passes(alice, inbox, code) -> None:
    interaction = ended(alice, inbox, Mode.MANDATORY_TIMEOUT)
    wrapup.save_wrap_up(alice, interaction.pk, code_id=code.pk, notes="Half")
    time_over()
    interaction.refresh_from_db()
    assert interaction.wrap_up_code == code
    assert Handling.objects.get().notes == "Half"


def test_with_a_time_limit_done_frees_the_agent_before_it(alice, inbox, code) -> None:
    interaction = ended(alice, inbox, Mode.MANDATORY_TIMEOUT)
    wrapup.finish_wrap_up(alice, interaction.pk, code_id=code.pk)
    assert load(alice) == 0


def test_a_forced_time_limit_keeps_the_place_taken_until_it_is_over(alice, inbox, code) -> None:
    interaction = ended(alice, inbox, Mode.MANDATORY_FORCED_TIMEOUT)
    wrapup.finish_wrap_up(alice, interaction.pk, code_id=code.pk, notes="Early")
    interaction.refresh_from_db()
    assert (interaction.state, load(alice)) == (State.WRAP_UP, 1)
    time_over()
    interaction.refresh_from_db()
    assert (interaction.state, interaction.wrap_up_code, load(alice)) == (State.ENDED, code, 0)


def test_on_request_there_is_none_unless_the_agent_asks(alice, inbox, code) -> None:
    interaction = ended(alice, inbox, Mode.AGENT_REQUESTED)
    assert (interaction.state, load(alice)) == (State.ENDED, 0)


def test_on_request_asked_for_at_the_end(alice, inbox, code) -> None:
    interaction = ended(alice, inbox, Mode.AGENT_REQUESTED, acw=True)
    assert (interaction.state, load(alice)) == (State.WRAP_UP, 1)
    time_over()
    interaction.refresh_from_db()
    assert interaction.wrap_up_code.name == WrapUpCode.TIMEOUT


def test_on_request_asked_for_while_it_runs(alice, inbox, code) -> None:
    inbox.queue.acw_mode = Mode.AGENT_REQUESTED
    inbox.queue.save()
    interaction = connected(alice, inbox)
    wrapup.save_wrap_up(alice, interaction.pk, acw=True)
    handling.end(alice, interaction.pk)
    interaction.refresh_from_db()
    assert interaction.state == State.WRAP_UP


def test_more_time_once_where_the_queue_allows_it(alice, inbox, code) -> None:
    interaction = ended(alice, inbox, Mode.MANDATORY_TIMEOUT)
    with pytest.raises(Conflict, match="no more time"):
        wrapup.more_time(alice, interaction.pk)
    inbox.queue.acw_extension_seconds = 30
    inbox.queue.save()
    before = Handling.objects.get().acw_deadline
    assert wrapup.more_time(alice, interaction.pk).acw_deadline == before + timedelta(seconds=30)
    with pytest.raises(Conflict):
        wrapup.more_time(alice, interaction.pk)


def test_more_time_comes_too_late_when_it_is_over(alice, inbox, code) -> None:
    interaction = ended(alice, inbox, Mode.MANDATORY_TIMEOUT)
    inbox.queue.acw_extension_seconds = 30
    inbox.queue.save()
    time_over()
    with pytest.raises(NotFound):
        wrapup.more_time(alice, interaction.pk)


def test_a_code_of_another_queue_is_refused(alice, inbox, code) -> None:
    interaction = ended(alice, inbox, Mode.MANDATORY)
    for other in (WrapUpCodeFactory().pk, "nonsense"):
        with pytest.raises(Invalid, match="does not belong"):
            wrapup.finish_wrap_up(alice, interaction.pk, code_id=other)


def test_it_is_finished_once_and_only_after_the_end(alice, bob, inbox, code) -> None:
    inbox.queue.acw_mode = Mode.MANDATORY
    inbox.queue.save()
    interaction = connected(alice, inbox)
    with pytest.raises(Conflict, match="End the messages first"):
        wrapup.finish_wrap_up(alice, interaction.pk, code_id=code.pk)
    handling.end(alice, interaction.pk)
    with pytest.raises(NotFound):
        wrapup.finish_wrap_up(bob, interaction.pk, code_id=code.pk)
    wrapup.finish_wrap_up(alice, interaction.pk, code_id=code.pk)
    with pytest.raises(NotFound):
        wrapup.finish_wrap_up(alice, interaction.pk, code_id=code.pk)
    assert load(alice) == 0


def test_bad_notes_and_tags(alice, inbox, code) -> None:
    interaction = ended(alice, inbox, Mode.MANDATORY)
    with pytest.raises(Invalid, match="10000"):
        wrapup.save_wrap_up(alice, interaction.pk, notes="x" * 10_001)
    wrapup.save_wrap_up(
        alice, interaction.pk, notes="a\x00\ud83db\u202e", tags=["\x00", "x" * 200, *"abcdefghijklmnopqrstuvwxyz"]
    )
    kept = Handling.objects.get()
    assert kept.notes == "ab\u202e"
    assert (len(kept.tags), len(kept.tags[0])) == (20, 80)


# --- The customer writes during wrap-up -----------------------------------------------------------------------------


@pytest.mark.parametrize("mode", [Mode.MANDATORY, Mode.MANDATORY_TIMEOUT, Mode.OPTIONAL])
def test_a_message_during_wrap_up_goes_back_to_the_same_agent(mode, alice, inbox, code, network: Network) -> None:
    interaction = ended(alice, inbox, mode)
    receive(inbox, [post("One more thing", author=interaction.customer.external_id)])
    interaction.refresh_from_db()
    assert (interaction.state, interaction.owner, interaction.ended_at, interaction.unread) == (
        State.CONNECTED,
        alice,
        None,
        1,
    )
    assert load(alice) == 1
    assert Handling.objects.get().acw_deadline is None
    handling.end(alice, interaction.pk)
    wrapup.finish_wrap_up(alice, interaction.pk, code_id=code.pk)
    assert load(alice) == 0


def test_a_clock_that_was_late_does_not_end_what_was_taken_up_again(alice, inbox, code, network: Network) -> None:
    interaction = ended(alice, inbox, Mode.MANDATORY_TIMEOUT)
    overdue = Handling.objects.select_related("interaction", "agent", "queue").get()
    receive(inbox, [post("One more thing", author=interaction.customer.external_id)])
    assert wrapup._time_out(overdue) is False
    interaction.refresh_from_db()
    assert (interaction.state, load(alice)) == (State.CONNECTED, 1)


def test_an_agent_without_room_lets_it_go_to_the_queue(alice, inbox, code, network: Network) -> None:
    interaction = ended(alice, inbox, Mode.OPTIONAL)
    connected(alice, inbox)
    receive(inbox, [post("One more thing", author=interaction.customer.external_id)])
    interaction.refresh_from_db()
    assert (interaction.state, interaction.owner, interaction.ended_at) == (State.WAITING, None, None)
    assert load(alice) == 1
