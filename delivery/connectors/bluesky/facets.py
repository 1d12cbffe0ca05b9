"""Rich text: what in a text is a link, a mention or a tag, by UTF-8 byte offsets (lexicon app.bsky.richtext.facet)."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import regex

MENTION: Final = regex.compile(r"(?<![^\s(])@([a-zA-Z0-9](?:[a-zA-Z0-9-]*\.)+[a-zA-Z][a-zA-Z0-9-]*)")
LINK: Final = regex.compile(r"(?<![^\s(])(https?://|www\.)[^\s<>\"]+", regex.IGNORECASE)
TAG: Final = regex.compile(r"(?<!\S)[#＃](?!\ufe0f)([^\s\u00AD\u2060\u200A-\u200D\u20e2]+)")
LONGEST_TAG: Final = 64
ELIDED: Final = ("...", "…")

Facet = dict[str, Any]
Resolve = Callable[[str], str | None]
"""From a handle to its DID; None where nobody has that handle."""


def facets(text: str, resolve: Resolve) -> list[Facet]:
    """The facets of `text`, in order. A handle that nobody has stays plain text."""
    found = [*_links(text), *_mentions(text, resolve), *_tags(text)]
    return [_facet(text, start, end, feature) for start, end, feature in sorted(found, key=lambda item: item[0])]


def whole_links(text: str, marked: Sequence[Facet]) -> str:
    """A customer's text with links in full where their client showed them shortened ("example.com/a-long…")."""
    raw = text.encode()
    for facet in sorted(marked, key=lambda item: -int(item["index"]["byteStart"])):
        start, end = facet["index"]["byteStart"], facet["index"]["byteEnd"]
        uri = next((feature["uri"] for feature in facet["features"] if "uri" in feature), "")
        if uri and raw[start:end].decode(errors="ignore").endswith(ELIDED):
            raw = raw[:start] + uri.encode() + raw[end:]
    return raw.decode(errors="replace")


Found = tuple[int, int, Facet]


def _links(text: str) -> Iterator[Found]:
    for match in LINK.finditer(text):
        shown = _without_closing(match[0])
        if len(shown) <= len(match[1]):
            continue
        uri = shown if match[1].lower() != "www." else f"https://{shown}"
        yield match.start(), match.start() + len(shown), {"$type": "app.bsky.richtext.facet#link", "uri": uri}


def _mentions(text: str, resolve: Resolve) -> Iterator[Found]:
    for match in MENTION.finditer(text):
        if did := resolve(match[1].lower()):
            yield match.start(), match.end(), {"$type": "app.bsky.richtext.facet#mention", "did": did}


def _tags(text: str) -> Iterator[Found]:
    for match in TAG.finditer(text):
        tag = regex.sub(r"\p{P}+$", "", match[1])
        if tag and not tag.isdecimal() and len(regex.findall(r"\X", tag)) <= LONGEST_TAG:
            yield match.start(), match.start() + 1 + len(tag), {"$type": "app.bsky.richtext.facet#tag", "tag": tag}


def _without_closing(link: str) -> str:
    """The sentence's punctuation after a link is not part of it; a bracket is when it was opened in it."""
    while link[-1] in ".,;:!?'" or (link[-1] == ")" and link.count("(") < link.count(")")):
        link = link[:-1]
    return link


def _facet(text: str, start: int, end: int, feature: Facet) -> Facet:
    index = {"byteStart": len(text[:start].encode()), "byteEnd": len(text[:end].encode())}
    return {"$type": "app.bsky.richtext.facet", "index": index, "features": [feature]}
