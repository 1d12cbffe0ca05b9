"""Texts: what may stand in them, and how long they may be."""

import re

import regex

from .models import LONGEST_MESSAGE, LONGEST_POST


def clean(text: str) -> str:
    """Without what no database keeps: NUL and halves of surrogate pairs."""
    return re.sub(r"[\x00\ud800-\udfff]", "", text.replace("\r\n", "\n")).strip()


def is_too_long(text: str, *, private: bool) -> bool:
    """Whether the text has more characters, as people count them, than the network takes."""
    longest = LONGEST_MESSAGE if private else LONGEST_POST
    return len(text) > longest and sum(1 for _ in regex.finditer(r"\X", text)) > longest
