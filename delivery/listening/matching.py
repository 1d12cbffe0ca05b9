"""Whether a text has a word: whole words, whatever their case; in scripts without cases, any part of the text."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

MOST_TERMS, LONGEST_TERM = 100, 200


@dataclass(frozen=True)
class Terms:
    """Words or phrases of which a text must have one, and those of which it must have none."""

    includes: Iterable[str] = ()
    excludes: Iterable[str] = ()

    def match(self, text: str) -> bool:
        """Whether `text` has one of `includes` (all texts have, where there are none) and none of `excludes`."""
        if not self.includes and not self.excludes:
            return True
        plain = _plain(text)
        if any(_has(plain, term) for term in self.excludes):
            return False
        return not self.includes or any(_has(plain, term) for term in self.includes)


def tidy(terms: Iterable[str]) -> list[str]:
    """The terms without blanks around them, empty ones and repeats."""
    return list(dict.fromkeys(" ".join(term.split()) for term in terms if term.strip()))


def _has(plain: str, term: str) -> bool:
    found = _pattern(term)
    return bool(found and found.search(plain))


@lru_cache(maxsize=2000)
def _pattern(term: str) -> re.Pattern[str] | None:
    plain = _plain(term)
    if not plain:
        return None
    before = r"(?<!\w)" if _ends_words(plain[0]) else ""
    after = r"(?!\w)" if _ends_words(plain[-1]) else ""
    return re.compile(before + re.escape(plain) + after)


def _ends_words(character: str) -> bool:
    """Whether words of this character's script have blanks around them: those with cases do, and figures."""
    return character.isdecimal() or character.lower() != character.upper()


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
