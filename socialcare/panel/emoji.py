"""The emoji picker's data: every emoji with its name and search words in one language, grouped, with its skin tones."""

import json
from functools import cache

import emoji
from django.utils.translation import gettext as _
from django.utils.translation import override

from socialcare.panel.emoji_groups import GROUPS

NEWEST_VERSION = 15.1
"""Emoji of later Unicode versions would be empty boxes in most people's fonts."""

TONES = "\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff"
PICTURE_SELECTOR = "\ufe0f"
REGIONAL_INDICATORS = ("\U0001f1e6", "\U0001f1ff")
GROUP_BY_CHARACTER = {character: group for group, characters in GROUPS.items() for character in characters}
PLACE_IN_GROUP = {character: place for characters in GROUPS.values() for place, character in enumerate(characters)}
_WITHOUT_TONE = str.maketrans("", "", TONES + PICTURE_SELECTOR)

Row = tuple[str, str, str] | tuple[str, str, str, list[str]]


@cache
def picker_data(language: str) -> bytes:
    """JSON: `{"groups": [{"id", "name", "emoji": [[emoji, name, words, tones?], …]}, …]}`, tones from light to dark."""
    with override(language):
        groups = [{"id": group, "name": name, "emoji": rows(group, language)} for group, name in group_names().items()]
    return json.dumps({"groups": groups}, ensure_ascii=False, separators=(",", ":")).encode()


def group_names() -> dict[str, str]:
    """The groups in the order of the picker, named in the active language."""
    return {
        "smileys": _("Smileys and emotion"),
        "people": _("People and body"),
        "nature": _("Animals and nature"),
        "food": _("Food and drink"),
        "travel": _("Travel and places"),
        "activities": _("Activities"),
        "objects": _("Objects"),
        "symbols": _("Symbols"),
        "flags": _("Flags"),
    }


def group_of(symbol: str) -> str:
    """The group in which an emoji stands: that of its first code point."""
    first = symbol[0]
    if REGIONAL_INDICATORS[0] <= first <= REGIONAL_INDICATORS[1]:
        return "flags"
    return GROUP_BY_CHARACTER.get(first, "symbols")


def rows(group: str, language: str) -> list[Row]:
    """The emoji of one group, in the picker's order."""
    symbols = [symbol for symbol in offered() if group_of(symbol) == group]
    symbols.sort(
        key=lambda symbol: (PLACE_IN_GROUP.get(symbol[0], len(GROUPS[group])), len(symbol), name(symbol, language))
    )
    return [row(symbol, language) for symbol in symbols]


def row(symbol: str, language: str) -> Row:
    """One emoji with its name, its other search words, and its five skin tones if it has them."""
    tones = toned().get(symbol.translate(_WITHOUT_TONE), [])
    described = (symbol, name(symbol, language), words(symbol, language))
    return (*described, tones) if len(tones) == len(TONES) else described


def name(symbol: str, language: str) -> str:
    """The emoji's name in one language, in English where the catalogue has none."""
    emoji.config.load_language(language)
    data = emoji.EMOJI_DATA[symbol]
    return _spelled(data.get(language, data["en"]))


def words(symbol: str, language: str) -> str:
    """What else it may be searched by: its nicknames, and its English name for those who write in another language."""
    data = emoji.EMOJI_DATA[symbol]
    others = [*data.get("alias", []), *([] if language == "en" else [data["en"]])]
    return " ".join(dict.fromkeys(_spelled(other) for other in others))


@cache
def offered() -> list[str]:
    """Every fully qualified emoji that fonts can draw, without its skin tones."""
    return [
        symbol
        for symbol, data in emoji.EMOJI_DATA.items()
        if data["status"] == emoji.STATUS["fully_qualified"]
        and data["E"] <= NEWEST_VERSION
        and not any(tone in symbol for tone in TONES)
    ]


@cache
def toned() -> dict[str, list[str]]:
    """The five one-toned variants by the emoji without tone, from light to dark."""
    variants: dict[str, dict[str, str]] = {}
    for symbol, data in emoji.EMOJI_DATA.items():
        tones = {character for character in symbol if character in TONES}
        if len(tones) == 1 and data["status"] == emoji.STATUS["fully_qualified"]:
            variants.setdefault(symbol.translate(_WITHOUT_TONE), {})[tones.pop()] = symbol
    return {plain: [by_tone[tone] for tone in TONES if tone in by_tone] for plain, by_tone in variants.items()}


def _spelled(code: str) -> str:
    return code.strip(":").replace("_", " ")
