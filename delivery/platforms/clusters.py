r"""Counting what a reader takes for one character: extended grapheme clusters, without the rule GB9c of Unicode 15.1.

GB9c joins consonants over a virama (Hindi, Bengali …). Some servers know it and some do not, and so do browsers.
Without it a text never has fewer clusters, so what we let pass no server finds too long, and every version of Unicode
counts alike: before the clusters are counted, a virama is replaced by a mark that joins nothing.

`\X` is right but slow, and its time grows with the square of the number of flags in a row. So it only gets to see what
is left when flags, the usual marks (skin tones too) and whatever surely stands alone have been taken away.
"""

import re
import unicodedata

import regex

_CLUSTER = regex.compile(r"\X")
_VIRAMA = re.compile(
    "[\u094d\u09cd\u0acd\u0b4d\u0c4d\u0d4d\u1039\u17d2\u1a60\u1b44\u1bab\ua9c0\uaaf6"
    "\U00010a3f\U00011133\U000113d0\U0001193e\U00011a47\U00011a99\U00011f42]"
)
_FLAG = re.compile("[\U0001f1e6-\U0001f1ff]{1,2}")

_COMMON = [chr(code) for code in range(0x300, 0xE80)]
_MARKS = "".join(char for char in _COMMON if unicodedata.category(char).startswith("M"))
_LETTERS = "".join(char for char in _COMMON if char.isalnum() and char not in "\u0d4e\u0e33")
_BASES = f"0-9A-Za-z\u00c0-\u02ff{_LETTERS}\u1e00-\u1fff\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff"
_ALONE = (
    f"\0-\u02ff{_LETTERS}\u1e00-\u1fff\u2010-\u2027\u2030-\u205e\u2070-\u20cf\u2100-\u2bff\u3000-\u3029\u3030-\u3098"
    "\u309b-\ua66e\uac00-\ud7a3\uff01-\uff9d\U0001f300-\U0001f3fa\U0001f400-\U0001faff"
)
_ATTACHED = re.compile(
    f"(?<=[{_BASES}])[{_MARKS}]+|(?<=[\u2600-\u27bf\U0001f300-\U0001faff])[\ufe0f\U0001f3fb-\U0001f3ff]+"
)
_AMONG_OTHERS = re.compile(f"(?<=[{_ALONE}])[{_ALONE}]+(?=[{_ALONE}])")


def graphemes(text: str) -> int:
    """The number of clusters in a text without CRLF. Never raises; linear in the length of the text."""
    if text.isascii():
        return len(text)
    marked = _VIRAMA.sub("\u0300", _FLAG.sub("x", _ATTACHED.sub("", text)))
    rest = _AMONG_OTHERS.sub("", marked)
    return len(marked) - len(rest) + len(_CLUSTER.findall(rest))
