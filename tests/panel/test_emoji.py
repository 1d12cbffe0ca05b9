"""The emoji picker's data is complete, grouped, named in each language, and cacheable."""

import json
from typing import Any

import pytest
from django.http import Http404
from django.test import RequestFactory

from socialcare.panel import emoji
from socialcare.panel.views.emoji import emoji_json


def every_row(language: str) -> dict[str, list[Any]]:
    return {row[0]: row for group in json.loads(emoji.picker_data(language))["groups"] for row in group["emoji"]}


def test_names_are_in_the_language_asked_for_and_english_words_still_find_them() -> None:
    assert every_row("en")["❤️"][1] == "red heart"
    french = every_row("fr")["❤️"]
    assert french[1] == "cœur rouge"
    assert "red heart" in french[2]


def test_an_emoji_stands_in_its_group_once() -> None:
    groups = {
        group["id"]: [row[0] for row in group["emoji"]] for group in json.loads(emoji.picker_data("en"))["groups"]
    }
    symbols = [symbol for members in groups.values() for symbol in members]
    assert len(symbols) == len(set(symbols)) > 1800
    assert groups["smileys"][0] == "😀"
    assert {"🇫🇷", "🏳️‍🌈"} <= set(groups["flags"])
    assert {"👩‍💻", "👍"} <= set(groups["people"])
    assert "1️⃣" in groups["symbols"]


@pytest.mark.parametrize(
    ("plain", "medium"), [("👍", "👍🏽"), ("👩‍💻", "👩🏽‍💻"), ("☝️", "☝🏽"), ("🧑‍🤝‍🧑", "🧑🏽‍🤝‍🧑🏽")]
)
def test_skin_tones_go_from_light_to_dark(plain: str, medium: str) -> None:
    tones = every_row("en")[plain][3]
    assert len(tones) == 5
    assert tones[2] == medium


def test_browsers_may_keep_it(rf: RequestFactory) -> None:
    response = emoji_json(rf.get("/"), "fr")
    assert response.status_code == 200
    assert "max-age=86400" in response["Cache-Control"]
    assert "public" in response["Cache-Control"]


def test_an_unknown_language_is_not_found(rf: RequestFactory) -> None:
    with pytest.raises(Http404):
        emoji_json(rf.get("/"), "xx")
