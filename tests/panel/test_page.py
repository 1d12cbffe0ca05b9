"""The panel's page: whole at the first look, the same by every way, and no slower with more in it."""

import json
import re
import uuid
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from interactions.models import Attachment, Draft, Handle, Inbox, Interaction, Note, Offer, State
from socialcare.panel.parts import PARTS, render_parts
from tests.factories import HandleFactory, InteractionFactory, MessageFactory, WrapUpCodeFactory
from tests.panel.conftest import connected, signed_in

MOST_STATEMENTS = 15


def page(client: Client, interaction: Interaction | None = None) -> Any:
    return client.get(f"/panel/i/{interaction.pk}/" if interaction else "/panel/")


def test_a_stranger_is_asked_to_sign_in_and_comes_back(client: Client, db: None) -> None:
    response = client.get("/panel/")
    assert response.status_code == 302
    assert response["Location"] == "/sign-in/?next=/panel/"


def test_every_part_is_on_the_first_page(at_alice: Client, work: Interaction) -> None:
    html = page(at_alice, work).content.decode()
    for part in PARTS:
        assert html.count(f'id="part-{part}"') == 1


def test_the_page_keeps_to_the_strict_policy(at_alice: Client, work: Interaction) -> None:
    response = page(at_alice, work)
    html = response.content.decode()
    assert "unsafe" not in response["Content-Security-Policy"]
    assert " style=" not in html
    assert "<style" not in html
    assert " onclick" not in html
    assert "no-store" in response["Cache-Control"]


def test_poll_and_page_show_the_same(
    at_alice: Client, alice: User, work: Interaction, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: moment)
    frame = at_alice.get(f"/panel/parts/?interaction={work.pk}").json()
    assert frame["type"] == "parts"
    assert frame["all"] is True
    assert frame["interaction"] == str(work.pk)
    assert set(frame["html"]) == set(PARTS)
    rendered = render_parts(alice, work.pk).html
    assert {name: str(html) for name, html in rendered.items()} == frame["html"]


def test_what_one_may_not_see_is_not_there(at_charlie: Client, work: Interaction) -> None:
    assert page(at_charlie, work).status_code == 404
    assert page(at_charlie, Interaction(pk=uuid.uuid4())).status_code == 404
    frame = at_charlie.get(f"/panel/parts/?interaction={work.pk}").json()
    assert frame["interaction"] is None
    assert str(work.customer) not in json.dumps(frame["html"])


def test_a_poll_for_nonsense_is_refused_in_words(at_alice: Client) -> None:
    response = at_alice.get("/panel/parts/?interaction=nonsense", headers={"Accept": "application/json"})
    assert response.status_code == 400
    assert response.json()["error"]["field"] == "interaction"


def test_who_reads_along_is_told_why_they_cannot_write(at_sam: Client, work: Interaction) -> None:
    frame = at_sam.get(f"/panel/parts/?interaction={work.pk}").json()
    state = json.loads(frame["html"]["compose-state"].partition(">")[2].rpartition("</script>")[0])
    assert state["open"] is False
    assert "You read along" in state["reason"]
    assert 'data-act="end"' not in frame["html"]["head"]
    assert 'data-dialog="note"' in frame["html"]["head"]
    assert 'data-dialog="transfer"' in frame["html"]["head"]


def test_without_the_right_public_is_not_offered_and_the_right_is_named(
    at_bob: Client, bob: User, inbox: Inbox
) -> None:
    interaction = connected(bob, inbox)
    frame = at_bob.get(f"/panel/parts/?interaction={interaction.pk}").json()
    state = json.loads(frame["html"]["compose-state"].partition(">")[2].rpartition("</script>")[0])
    assert state["public"]["allowed"] is False
    assert "Conversation > Socialmedia > Create" in state["public"]["reason"]
    assert state["private"]["allowed"] is True
    assert state["default"] == "private"
    assert "data-answer=" not in frame["html"]["thread"]


def test_an_offer_shows_who_where_how_long_and_what(at_alice: Client, alice: User, inbox: Inbox) -> None:
    offered = InteractionFactory(inbox=inbox, state=State.ALERTING, preview="Where is it?", preview_visibility="public")
    offer = Offer.objects.create(
        interaction=offered, agent=alice, queue=inbox.queue, deadline=timezone.now() + timezone.timedelta(seconds=30)
    )
    html = at_alice.get("/panel/parts/").json()["html"]["offers"]
    for words in (
        str(offered.customer),
        "Social Care",
        "Where is it?",
        "Answer",
        "Decline",
        f"/panel/offers/{offer.pk}/accept/",
    ):
        assert words in html
    assert at_alice.get("/panel/parts/").json()["title_count"] == 1


@pytest.mark.parametrize(("state", "words"), [("OnQueue", "Nothing to answer"), ("Meal", "You are off queue")])
def test_an_empty_list_says_why_and_what_comes_next(at_alice: Client, alice: User, state: str, words: str) -> None:
    type(alice.status).objects.filter(user=alice).update(presence=state)
    assert words in at_alice.get("/panel/parts/").json()["html"]["offers"]


def test_the_panel_speaks_the_persons_language_and_shows_their_time(alice: User, work: Interaction) -> None:
    alice.language, alice.timezone = "fr", "Pacific/Auckland"
    alice.save()
    message = MessageFactory(interaction=work)
    local = message.sent_at.astimezone(ZoneInfo("Pacific/Auckland"))
    response = page(signed_in(alice), work)
    html = response.content.decode()
    assert '<html lang="fr"' in html
    assert f">{local:%H:%M}</time>" in html


def crowd(alice: User, inbox: Inbox, work: Interaction, many: int) -> None:
    """Much of everything that the panel shows."""
    for number in range(many):
        message = MessageFactory(interaction=work, agent=alice if number % 2 else None)
        Attachment.objects.create(interaction=work, message=message, name="a.png", content_type="image/png", size=1)
        Note.objects.create(interaction=work, author=alice, text="note")
        WrapUpCodeFactory().queues.add(work.queue)
        InteractionFactory(inbox=inbox, preview="waits")
        HandleFactory(contact=work.customer.contact)
        InteractionFactory(inbox=inbox, customer=HandleFactory(contact=work.customer.contact), state=State.ENDED)
    for _number in range(min(many, 6)):
        other = connected(alice, inbox)
        Draft.objects.create(interaction=other, author=alice, visibility="public", text="half")


@pytest.mark.parametrize("many", [1, 30])
def test_the_page_asks_the_database_a_fixed_number_of_questions(
    at_alice: Client,
    alice: User,
    inbox: Inbox,
    work: Interaction,
    django_assert_max_num_queries: Any,
    many: int,
) -> None:
    crowd(alice, inbox, work, many)
    page(at_alice, work)  # content types are looked up once in a process
    with django_assert_max_num_queries(MOST_STATEMENTS):
        assert page(at_alice, work).status_code == 200


def test_the_page_asks_nothing_twice(at_alice: Client, work: Interaction) -> None:
    work.messages.update(visibility="public")
    for _ in range(60):  # the post that is answered lies before the page's first message
        MessageFactory(interaction=work, visibility="private")
    with CaptureQueriesContext(connection) as asked:
        assert page(at_alice, work).status_code == 200
    statements = [said["sql"] for said in asked.captured_queries]
    assert [said for said in statements if statements.count(said) > 1] == []


def test_other_peoples_words_are_text_and_never_markup(at_alice: Client, work: Interaction) -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    Handle.objects.filter(pk=work.customer_id).update(name=evil, handle=evil, profile_url="javascript:alert(1)")
    Interaction.objects.filter(pk=work.pk).update(preview=evil, subject=evil)
    MessageFactory(
        interaction=work,
        text=evil,
        url="javascript:alert(1)",
        original={"author": evil, "text": evil, "url": "data:text/html,x"},
    )
    html = page(at_alice, work).content.decode()
    assert "<script>alert" not in html
    assert "<img src=x" not in html
    assert "javascript:" not in html
    assert "data:text/html" not in html


def test_without_a_public_post_there_is_only_a_private_reply(at_alice: Client, alice: User, inbox: Inbox) -> None:
    interaction = connected(alice, inbox)
    interaction.messages.update(visibility="private")
    state = _composing(at_alice, interaction)
    assert (state["default"], state["public"]["allowed"], state["private"]["allowed"]) == ("private", False, True)
    assert "no public post" in state["public"]["reason"]
    MessageFactory(interaction=interaction)
    assert _composing(at_alice, interaction)["public"]["allowed"]


def _composing(client: Client, interaction: Interaction) -> Any:
    html = client.get(f"/panel/parts/?interaction={interaction.pk}").json()["html"]["compose-state"]
    return json.loads(html[html.index(">") + 1 : html.rindex("<")])


def test_who_may_enter_the_administration_finds_its_door(at_alice: Client, alice: User) -> None:
    door = 'href="/admin/"'
    assert door not in page(at_alice).content.decode()
    User.objects.filter(pk=alice.pk).update(is_staff=True)
    assert door in page(at_alice).content.decode()


def test_a_conversation_without_words_is_called_so(at_alice: Client, work: Interaction) -> None:
    assert (work.preview, work.subject) == ("", "")
    assert "Without text" in at_alice.get("/panel/parts/").json()["html"]["active"]


def test_the_offer_that_runs_out_first_stands_first(at_alice: Client, alice: User, inbox: Inbox) -> None:
    now = timezone.now()
    rows = {seconds: InteractionFactory(inbox=inbox, state="alerting", queued_at=now) for seconds in (40, 10, 25)}
    offers = {
        seconds: Offer.objects.create(
            interaction=row, queue=row.queue, agent=alice, deadline=now + timedelta(seconds=seconds)
        )
        for seconds, row in rows.items()
    }
    html = at_alice.get("/panel/").content.decode()
    assert re.findall(r'data-offer="([^"]+)"', html) == [str(offers[seconds].pk) for seconds in (10, 25, 40)]


def test_how_much_is_taken_is_said_in_places(at_alice: Client, work: Interaction) -> None:
    assert "1 of 5 places taken" in at_alice.get("/panel/").content.decode()


def test_a_colon_is_set_as_the_language_sets_it(at_alice: Client, alice: User, work: Interaction) -> None:
    User.objects.filter(pk=alice.pk).update(language="fr")
    html = at_alice.get(f"/panel/i/{work.pk}/").content.decode()
    assert '<span class="sr">Réseau d’entraînement\u00a0: </span>' in html
