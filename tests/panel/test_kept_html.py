"""Html that is kept: what looks the same is rendered once, and nobody sees what is meant for others."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from interactions.models import Attachment, Note
from socialcare.panel import kept_html
from socialcare.panel.parts import render_parts
from tests.factories import MessageFactory

NOTE = "panel/bits/note.html"
CARD = "panel/bits/offer.html"


@pytest.fixture
def rendered(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The templates that were rendered and not found among what is kept."""
    made: list[str] = []
    render = kept_html.render_to_string
    monkeypatch.setattr(kept_html, "render_to_string", lambda name, given: (made.append(name), render(name, given))[1])
    kept_html._html.cache_clear()
    yield made
    kept_html._html.cache_clear()


def note(**facts: Any) -> dict[str, Any]:
    return {
        "id": 1,
        "name": "Ada",
        "at": datetime(2026, 9, 3, 23, 30, tzinfo=UTC),
        "text": "Look at the depot",
        **facts,
    }


def test_the_same_is_rendered_once(rendered: list[str]) -> None:
    html = kept_html.kept_html(NOTE, note=note())
    assert kept_html.kept_html(NOTE, note=note()) == html
    assert rendered == [NOTE]


def test_what_differs_is_rendered_anew(rendered: list[str]) -> None:
    assert "depot" in kept_html.kept_html(NOTE, note=note())
    assert "&lt;b&gt;" in kept_html.kept_html(NOTE, note=note(text="<b>"))
    assert len(rendered) == 2


def test_each_language_time_zone_and_day_has_its_own(rendered: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Internal note" in kept_html.kept_html(NOTE, note=note())
    with translation.override("fr"):
        assert "Internal note" not in kept_html.kept_html(NOTE, note=note())
    with timezone.override(ZoneInfo("Asia/Tokyo")):
        assert "08:30" in kept_html.kept_html(NOTE, note=note())
    monkeypatch.setattr(timezone, "localdate", lambda: datetime(2030, 1, 1, tzinfo=UTC).date())
    kept_html.kept_html(NOTE, note=note())
    assert len(rendered) == 4


def test_a_form_is_rendered_once_and_filled_in(rendered: list[str]) -> None:
    kept_html._form.cache_clear()
    fixed = {"network": "bluesky", "visibility": "public", "visibility_icon": "eye"}
    blanks = {name: f"<{name}> \ue000place\ue001" for name in ("id", "customer", "initials", "place", "waited", "text")}
    whole = kept_html.render_to_string(CARD, {"offer": fixed | blanks})
    rendered.clear()
    assert kept_html.filled_html(CARD, "offer", fixed, blanks) == whole
    assert "Léa &amp; Co" in kept_html.filled_html(CARD, "offer", fixed, blanks | {"customer": "Léa & Co"})
    assert rendered == [CARD]
    with translation.override("fr"):
        assert "Refuser" in kept_html.filled_html(CARD, "offer", fixed, blanks)
    assert "bluesky" not in kept_html.filled_html(CARD, "offer", fixed | {"network": "hook"}, blanks)


@pytest.mark.django_db
def test_of_a_thread_only_what_is_new_is_rendered(rendered: list[str], alice: Any, work: Any) -> None:
    for _number in range(3):
        MessageFactory(interaction=work)
    render_parts(alice, work.pk, ["thread"])
    rendered.clear()
    MessageFactory(interaction=work, text="Something new")
    assert "Something new" in render_parts(alice, work.pk, ["thread"]).html["thread"]
    assert rendered == ["panel/bits/message.html"]


@pytest.mark.django_db
def test_what_became_of_a_message_is_seen(rendered: list[str], alice: Any, work: Any) -> None:
    message = MessageFactory(interaction=work, direction="out", agent=alice, author=None, status="sent")
    before = render_parts(alice, work.pk, ["thread"]).html["thread"]
    type(message).objects.filter(pk=message.pk).update(status="read")
    after = render_parts(alice, work.pk, ["thread"]).html["thread"]
    assert 'data-status="sent"' in before
    assert 'data-status="read"' in after


@pytest.mark.django_db
def test_how_long_what_failed_still_waits_is_told_anew(alice: Any, work: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    now = timezone.now()
    waits = {"status": "queued", "trouble": "limit", "retry_at": now + timedelta(minutes=3)}
    MessageFactory(interaction=work, direction="outbound", agent=alice, author=None, **waits)
    before = render_parts(alice, work.pk, ["thread"]).html["thread"]
    monkeypatch.setattr(timezone, "now", lambda: now + timedelta(minutes=2))
    assert render_parts(alice, work.pk, ["thread"]).html["thread"] != before


@pytest.mark.django_db
def test_a_page_asks_as_much_for_many_messages_of_all_kinds_as_for_one(alice: Any, work: Any) -> None:
    def asked() -> int:
        kept_html._html.cache_clear()
        with CaptureQueriesContext(connection) as statements:
            assert 'class="answers' in render_parts(alice, work.pk, ["thread", "compose-state"]).html["thread"]
        return len(statements)

    post = MessageFactory(interaction=work)
    answer = {"interaction": work, "direction": "outbound", "agent": alice, "author": None}
    MessageFactory(in_reply_to=post, status="sent", **answer)
    asked()  # rights are remembered
    once = asked()
    for status in ("failed", "read", "removed", "queued"):
        mine = MessageFactory(in_reply_to=post, status=status, trouble="uncertain", **answer)
        MessageFactory(interaction=work, in_reply_to=mine)
        MessageFactory(in_reply_to=mine, **answer)
        Attachment.objects.create(interaction=work, message=mine, file="a.png", name="a.png", size=1)
        Note.objects.create(interaction=work, author=alice, text="Note")
    assert asked() == once
