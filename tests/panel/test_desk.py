"""The desk's statement: it begins with the few interactions it is about, however many lie in the archive."""

from typing import Any

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from accounts.models import User
from bench.fill import conversations_of_many
from interactions.models import Handle, Inbox, Interaction
from interactions.routing import route
from queues.models import AgentStatus, Queue
from socialcare.panel.parts import render_parts
from socialcare.panel.screen import offers
from socialcare.panel.screen.desk import NOBODY, _desk
from socialcare.panel.screen.screen import Screen
from tests.factories import InteractionFactory, UserFactory, on_queue
from tests.scene import waiting

pytestmark = pytest.mark.django_db


@pytest.mark.postgres
def test_the_archive_is_not_read_for_a_desk(alice: User, inbox: Inbox) -> None:
    conversations_of_many(3_000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    plan = _desk(alice, NOBODY).explain()
    assert "Seq Scan on interactions_handle" not in plan, plan
    assert "Seq Scan on interactions_interaction" not in plan, plan


def test_the_desk_has_what_one_has_open_and_may_see(alice: User, inbox: Inbox) -> None:
    [opened, _other] = InteractionFactory.create_batch(2, inbox=inbox)
    assert not _desk(alice, NOBODY)
    assert [row.pk for row in _desk(alice, opened.pk)] == [opened.pk]
    assert not _desk(UserFactory(), opened.pk)


def test_what_changes_while_a_screen_is_read_is_newer_than_the_screen(alice: User, inbox: Inbox, queue: Queue) -> None:
    waiting(inbox)
    on_queue(alice)
    status, *rest = Screen.questions(alice, None)
    answers = [status.answer()]
    route(queue.pk)
    screen = Screen(alice).told([*answers, *(question.answer() for question in rest)])
    assert len(screen.offers) == 1
    assert screen.versions["agent"] < AgentStatus.objects.get(user=alice).version


def test_a_card_that_is_filled_in_is_the_one_that_the_template_makes(alice: User, inbox: Inbox, queue: Queue) -> None:
    on_queue(alice)
    offered = waiting(inbox)
    route(queue.pk)
    Interaction.objects.filter(pk=offered.pk).update(preview='<b>"Where?"</b>', preview_visibility="private")
    Handle.objects.update(name="Zoë O'Hara <3")
    [row] = Screen(alice).offers
    whole = render_to_string(offers.CARD, {"offer": offers.Card.of(row).all})
    assert offers.Cards([row]).html("") == whole
    assert "&lt;b&gt;" in whole
    assert "#x27;Hara" in whole


def test_a_card_that_has_been_shown_is_not_made_again_until_something_of_it_changes(
    alice: User, inbox: Inbox, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill, made = offers.filled_html, []

    def noted(template: str, name: str, fixed: dict[str, str], blanks: dict[str, Any]) -> SafeString:
        made.append(blanks["id"])
        return fill(template, name, fixed, blanks)

    monkeypatch.setattr(offers, "filled_html", noted)
    on_queue(alice, capacity=2)
    first, second = waiting(inbox), waiting(inbox)
    route(queue.pk)
    shown = render_parts(alice, None, ["offers"]).html["offers"]
    assert sorted(made) == sorted(row.offers.get().pk for row in (first, second))
    Interaction.objects.filter(pk=first.pk).update(public_confirmed=True)  # which no card shows
    assert render_parts(alice, None, ["offers"]).html["offers"] == shown
    assert len(made) == 2
    Interaction.objects.filter(pk=second.pk).update(preview="And now?")
    changed = render_parts(alice, None, ["offers"]).html["offers"]
    assert "And now?" in changed
    assert made[2:] == [second.offers.get().pk]
