"""Rich text as tables: what is marked, at which bytes."""

import pytest

from delivery.connectors.bluesky.facets import facets, whole_links

HANDLES = {"brand.example": "did:plc:brand", "a-b.co.uk": "did:plc:ab"}


def marked(text):
    """What is marked in a text: the words themselves, cut out by their bytes, and what they lead to."""
    raw, found = text.encode(), []
    for facet in facets(text, HANDLES.get):
        words = raw[facet["index"]["byteStart"] : facet["index"]["byteEnd"]].decode()
        [feature] = facet["features"]
        found.append((words, feature.get("uri") or feature.get("did") or feature["tag"]))
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nothing here", []),
        ("see https://example.com", [("https://example.com", "https://example.com")]),
        ("(https://example.com/a).", [("https://example.com/a", "https://example.com/a")]),
        ("https://e.com/a_(b)", [("https://e.com/a_(b)", "https://e.com/a_(b)")]),
        ("https://e.com/?q=ü&x=😡!", [("https://e.com/?q=ü&x=😡", "https://e.com/?q=ü&x=😡")]),
        ("www.example.com", [("www.example.com", "https://www.example.com")]),
        ("WWW.EXAMPLE.COM", [("WWW.EXAMPLE.COM", "https://WWW.EXAMPLE.COM")]),
        ("xhttps://example.com", []),
        ("file.txt and e.g.this", []),
        ("😡 @brand.example, é", [("@brand.example", "did:plc:brand")]),
        ("@BRAND.example", [("@BRAND.example", "did:plc:brand")]),
        ("(@a-b.co.uk)", [("@a-b.co.uk", "did:plc:ab")]),
        ("mail me@brand.example", []),
        ("@nobody.example @brand", []),
        ("#help me", [("#help", "help")]),
        ("#hélp! #é", [("#hélp", "hélp"), ("#é", "é")]),
        ("＃日本", [("＃日本", "日本")]),
        ("#1 #2024 a#b ## #️⃣", []),
        ("#" + "x" * 65, []),
        ("#a @brand.example https://e.com", [("#a", "a"), ("@brand.example", "did:plc:brand"), ("https://e.com",) * 2]),
        ("https://... www.", []),
    ],
)
def test_what_is_marked(text, expected):
    assert marked(text) == expected


def test_a_shortened_link_is_shown_in_full():
    text = "é see example.com/very-lo... and example.com/b"
    start = text.encode().index(b"example")
    uri = "https://example.com/very-long"
    link = {"index": {"byteStart": start, "byteEnd": start + 22}, "features": [{"uri": uri}]}

    assert text.encode()[start : start + 22] == b"example.com/very-lo..."[:22]
    assert whole_links(text, [link]) == f"é see {uri} and example.com/b"


def test_marks_outside_the_text_do_no_harm():
    link = {"index": {"byteStart": 900, "byteEnd": 5}, "features": [{"uri": "https://example.com"}]}

    assert whole_links("é", [link]) == "é"
