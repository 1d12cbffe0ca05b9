"""Counting a text as each platform counts it. `counter.js` is the same in the browser, proven by the same vectors.

Nothing here raises, whatever the text: lone surrogates, NUL, unassigned characters. All of it is linear in the length.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import regex

from .clusters import graphemes
from .table import Unit, VisibilityRules, counting

_ASTRAL = re.compile("[\U00010000-\U0010ffff]")
_DOUBLE = "\ud800\udc00"
_CROWDED = regex.compile(r"\p{M}{31}")


@dataclass(frozen=True)
class Measure:
    """The length of a text under a rule.

    `unit` is what is counted, a key of `UNIT_NAMES`; for an SMS its character set. With two limits, the one that leaves
    less room is shown. `parts` is the number of messages it goes out as. `remaining` is below 0 when it is too long.
    """

    used: int
    limit: int
    remaining: int
    unit: str
    parts: int
    too_long: bool


def measure(text: str, rule: VisibilityRules) -> Measure:
    """Measure a text under a rule. A line break counts once, however it is written."""
    text = _settled(text)
    if rule.unit is Unit.SMS:
        return _sms(text, rule.limit)
    shown = _measure(_COUNTERS[rule.unit](text, rule), rule.limit, rule.unit)
    if rule.byte_limit is None:
        return shown
    in_bytes = _measure(_bytes(text), rule.byte_limit, Unit.BYTES)
    return in_bytes if in_bytes.remaining < shown.remaining else shown


def _measure(used: int, limit: int, unit: str, parts: int = 1) -> Measure:
    return Measure(used, limit, limit - used, str(unit), parts, used > limit)


def _settled(text: str) -> str:
    """LF for every line break, as forms send CRLF, and one character for a pair of surrogates, as JSON may bring it."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    return text


def _bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def _utf16(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def _x_weight(text: str, url_length: int) -> int:
    """Weights of twitter-text v3: 1 for light characters, 2 for others and for an emoji sequence, one for all URLs."""
    if not text.isascii():
        text = _composed(text)
    text = _shortened(text, ".", _pattern(Unit.X_WEIGHT, "url"), url_length)
    if text.isascii():
        return len(text)
    text = _pattern(Unit.X_WEIGHT, "emoji").sub("xx", text)
    return len(text) + len(_pattern(Unit.X_WEIGHT, "heavy").findall(text))


def _composed(text: str) -> str:
    # Sorting a heap of marks takes the square of its length in every implementation of NFC
    return text if _CROWDED.search(text) else unicodedata.normalize("NFC", text)


def _shortened(text: str, sign: str, url: re.Pattern[str], length: int) -> str:
    """The text with `length` letters for every URL. No URL has a space in it, or begins or ends with `sign`."""
    if sign not in text:
        return text
    words = text.split(" ")
    return " ".join(url.sub("x" * length, word) if sign in word[1:-1] else word for word in words)


def _mastodon(text: str, url_length: int) -> int:
    """Clusters, where a URL is as long as the server says and a mention has no domain."""
    text = _shortened(text, "://", _pattern(Unit.MASTODON, "url"), url_length)
    if "@" in text:
        text = _pattern(Unit.MASTODON, "mention").sub(r"\1", text)
    return graphemes(text)


_COUNTERS: dict[Unit, Callable[[str, VisibilityRules], int]] = {
    Unit.GRAPHEMES: lambda text, rule: graphemes(text),
    Unit.CODE_POINTS: lambda text, rule: len(text),
    Unit.UTF16: lambda text, rule: _utf16(text),
    Unit.BYTES: lambda text, rule: _bytes(text),
    Unit.X_WEIGHT: lambda text, rule: _x_weight(text, rule.url_length),
    Unit.MASTODON: lambda text, rule: _mastodon(text, rule.url_length),
}


def _sms(text: str, limit: int) -> Measure:
    """Septets where the GSM alphabet has every character, otherwise UTF-16 units; as many parts in either.

    `limit` is in septets. A character is never torn between two parts: what stays empty before it counts as used.
    """
    table = counting(Unit.SMS)
    gsm = set(text) <= _gsm_alphabet()
    room = table["gsm7" if gsm else "ucs2"]
    units = (_extended() if gsm else _ASTRAL).sub(_DOUBLE, text)
    used, parts = _packed(units, room["single"], room["part"])
    return _measure(used, limit // table["gsm7"]["part"] * room["part"], "GSM-7" if gsm else "UCS-2", parts)


def _packed(units: str, single: int, part: int) -> tuple[int, int]:
    """What these units take up, and in how many parts of a message."""
    if len(units) <= single:
        return len(units), 1
    start = parts = 0
    while start + part < len(units):
        # The first half of a double character does not stay behind alone
        start += part - (units[start + part - 1 : start + part + 1] == _DOUBLE)
        parts += 1
    return parts * part + len(units) - start, parts + 1


@cache
def _gsm_alphabet() -> frozenset[str]:
    table = counting(Unit.SMS)
    return frozenset(table["basic"] + table["extended"])


@cache
def _extended() -> re.Pattern[str]:
    return re.compile(f"[{re.escape(counting(Unit.SMS)['extended'])}]")


@cache
def _pattern(unit: Unit, name: str) -> re.Pattern[str]:
    return re.compile(counting(unit)[name], re.IGNORECASE if name == "url" else 0)
