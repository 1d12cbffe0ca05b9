"""The small words of the panel: lengths of time, names on avatars, and pages for whom there is nothing."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone, translation

from socialcare.panel.templatetags import panel as words


@pytest.mark.parametrize(
    ("length", "said"),
    [(-5, "0 s"), (42, "42 s"), (timedelta(minutes=4, seconds=59), "4 min"), (3600, "1 h"), (3 * 86400, "3 d")],
)
def test_a_length_of_time_is_said_in_one_unit(length: float | timedelta, said: str) -> None:
    assert words.span(length) == said


@pytest.mark.parametrize(("length", "said"), [(0, "0:00"), (102, "1:42"), (3725, "1:02:05")])
def test_a_stop_watch(length: float, said: str) -> None:
    assert words.watch(length) == said


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Léa Martin", "LM"),
        ("@lea.martin", "LE"),
        ("Anne-Laure Kergoat-Le Bihan", "AB"),
        ("سارة المنصوري", "سا"),
        ("", "?"),
        ("🙂", "?"),
    ],
)
def test_two_letters_stand_for_a_person(name: str, letters: str) -> None:
    assert words.initials(name) == letters


def test_a_name_from_right_to_left_does_not_turn_the_sentence() -> None:
    assert words.first_name("Léa Martin") == "Léa"
    assert words.first_name("سارة المنصوري") == "\u2068سارة\u2069"


def test_days_are_called_by_their_names() -> None:
    now = timezone.now()
    with timezone.override("UTC"), translation.override("en"):
        assert words.day_name(now) == "Today"
        assert words.day_name(now - timedelta(days=1)) == "Yesterday"
        assert str((now - timedelta(days=800)).year) in words.day_name(now - timedelta(days=800))


@pytest.mark.parametrize(("language", "said"), [("en", "1,204 followers"), ("fr", "1\u00a0204 abonnés")])
def test_a_count_is_written_as_the_reader_writes_it(language: str, said: str) -> None:
    with translation.override(language):
        assert words.followers(1204) == said


def test_an_icon_never_speaks() -> None:
    assert words.icon("globe") == '<svg class="i" aria-hidden="true"><use href="#i-globe"/></svg>'


def test_who_may_not_go_on_queue_is_told_what_is_missing(at_charlie: Client) -> None:
    html = at_charlie.get("/panel/").content.decode()
    assert "You take no interactions" in html
    assert "Routing &gt; Agent &gt; OnQueue" in html
