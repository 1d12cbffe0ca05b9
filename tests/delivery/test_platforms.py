"""The platform rules: every row as the platforms document it, and every way of counting, vector by vector."""

import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import regex

from delivery.platforms import UNIT_NAMES, Measure, NotOffered, Unit, graphemes, measure, platforms, rules

VECTORS: list[dict[str, Any]] = json.loads((Path(__file__).parent / "text_vectors.json").read_text(encoding="utf-8"))

EVERY_RULE = [
    pytest.param(rule, id=f"{name}-{visibility}")
    for name in platforms()
    for visibility, rule in (("public", rules(name).public), ("private", rules(name).private))
    if rule is not None
]
NASTY = (
    *(
        "😀",
        "🇫",
        "\u0315\u0300",
        "\ud800",
        "\udc00",
        "\0",
        "क्",
        "\u200d",
        "\u0600",
        "\u1100",
        "👨\u200d",
        "\r\n",
        "日.",
    ),
    *(
        "a.",
        "zz.",
        "@a",
        "@a.",
        "(",
        "a-",
        "http://",
        "http://a.b/",
        "http://a.co/(",
        "?",
        "1\u20e3",
        "\U000e0061",
        "€",
    ),
)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_vector(vector: dict[str, Any]) -> None:
    rule = rules(vector["platform"]).visibility(vector["visibility"], vector.get("settings"))
    assert asdict(measure(vector["text"] * vector.get("times", 1), rule)) == vector["measure"]


def test_vectors_cover_every_unit_and_every_row() -> None:
    assert len({vector["name"] for vector in VECTORS}) == len(VECTORS) >= 60
    assert {vector["platform"] for vector in VECTORS} == set(platforms())
    counted = {rules(vector["platform"]).visibility(vector["visibility"]).unit for vector in VECTORS}
    assert counted == set(Unit)
    assert {vector["measure"]["unit"] for vector in VECTORS} == set(UNIT_NAMES)


@pytest.mark.parametrize(
    ("platform", "public", "private"),
    [
        ("mastodon", (500, "mastodon"), (500, "mastodon")),
        ("bluesky", (300, "graphemes"), (1000, "graphemes")),
        ("x", (280, "x_weight"), (10_000, "x_weight")),
        ("facebook", (8000, "utf16"), (2000, "utf16")),
        ("instagram", (2200, "code_points"), (1000, "bytes")),
        ("whatsapp", None, (4096, "code_points")),
        ("sms", None, (765, "sms")),
        ("open", (4000, "utf16"), (4000, "utf16")),
        ("practice", (300, "graphemes"), (1000, "graphemes")),
    ],
)
def test_limits_are_those_the_platforms_document(platform: str, public: Any, private: Any) -> None:
    row = rules(platform)
    assert row.source
    assert (row.public and (row.public.limit, row.public.unit)) == public
    assert (row.private and (row.private.limit, row.private.unit)) == private


def test_bluesky_has_a_second_limit_in_bytes() -> None:
    assert rules("bluesky").visibility("public").byte_limit == 3000
    assert rules("bluesky").visibility("private").byte_limit == 10_000


@pytest.mark.parametrize(("platform", "visibility"), [("sms", "public"), ("whatsapp", "public"), ("x", "nonsense")])
def test_what_a_platform_does_not_have_is_not_offered(platform: str, visibility: str) -> None:
    with pytest.raises(NotOffered, match=platform):
        rules(platform).visibility(visibility)


def test_a_platform_without_a_row_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        rules("myspace")


@pytest.mark.parametrize("nonsense", [0, -1, 1.5, True, None, "", "many", "9" * 5000, [], {}])
def test_nonsense_in_settings_changes_nothing(nonsense: Any) -> None:
    row = rules("open")
    names = ("text_limit", "url_length", "attachment_bytes", "alt_length")
    assert row.visibility("public", dict.fromkeys(names, nonsense)) == row.public


def test_attachments_are_limited_by_type() -> None:
    takes = rules("x").visibility("public").attachments
    assert (takes.max_bytes("image/png"), takes.max_bytes("image/gif")) == (5 * 1024**2, 15 * 1024**2)
    assert takes.max_bytes("image/svg+xml") == 0
    assert not rules("bluesky").visibility("private").attachments.bytes


def test_an_inbox_narrows_attachment_types_and_never_widens_them() -> None:
    settings = {"attachment_types": ["image/png", "image/svg+xml"], "attachment_bytes": 1000, "alt_length": 20}
    narrowed = rules("mastodon").visibility("public", settings).attachments
    assert (dict(narrowed.bytes), narrowed.alt_length) == ({"image/png": 1000}, 20)


@pytest.mark.parametrize("rule", EVERY_RULE)
def test_a_rule_goes_to_the_page_as_json(rule: Any) -> None:
    sent = json.loads(json.dumps(rule.as_json()))
    assert (sent["unit"], sent["limit"], sent["byte_limit"]) == (rule.unit, rule.limit, rule.byte_limit)
    assert not re.search(r"<\w+>", json.dumps(sent["counting"])), "a fragment is not filled in"


@pytest.mark.timeout(120)  # a quadratic count would take many minutes
@pytest.mark.parametrize("platform", ["bluesky", "x", "mastodon", "sms", "instagram"])
def test_any_text_is_measured_in_linear_time(platform: str) -> None:
    rule = rules(platform).visibility("private")
    for start in ("", "http://", "a.co/"):
        for text in NASTY:
            assert isinstance(measure(start + text * 50_000, rule), Measure)


def test_shortcuts_count_as_the_long_way_does() -> None:
    """Every character, among neighbours that it may join: as if `\\X` had seen all of the text."""
    join_nothing = str.maketrans(
        dict.fromkeys(map(ord, "\u094d\u09cd\u0acd\u0b4d\u0c4d\u0d4d\u1039\u17d2\u1a60"), "\u0300")
    )
    characters = [chr(code) for code in range(0x3400)] + [chr(code) for code in range(0x1F000, 0x1FB00)]
    for before, after in (("é", "ab"), ("字", "\u0301b"), ("ก", "ก"), ("👨", "\u200d👩"), ("\u0600", "日本")):
        for char in characters:
            if not "\u1b44" <= char <= "\u1bab" and char != "\r":
                text = before + char + after
                assert graphemes(text) == len(regex.findall(r"\X", text.translate(join_nothing))), ascii(text)
