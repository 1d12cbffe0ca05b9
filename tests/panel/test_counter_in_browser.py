"""The counter under the composer counts as the server does: the same vectors, and random texts, in a real browser."""

import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings

from delivery.platforms import measure, platforms, rules

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

STATIC = Path(settings.BASE_DIR) / "socialcare" / "panel" / "static" / "panel"
VECTORS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent.parent / "delivery" / "text_vectors.json").read_text()
)
PORTS = range(8200, 8250)
# As JSON within the JSON of the call, for lone surrogates do not survive the way in any other form
MEASURE = """async (cases) => {
  const { measure } = await import("/counter.js");
  return JSON.stringify(JSON.parse(cases).map(([text, times, rule]) => measure(text.repeat(times), rule)));
}"""
MEASURE_ALL = """async ([texts, rule]) => {
  const { measure } = await import("/counter.js");
  return JSON.stringify(JSON.parse(texts).map((text) => measure(text, rule)));
}"""
TIME = """async ([text, rule]) => {
  const { measure } = await import("/counter.js");
  const times = Array.from({ length: 5 }, () => {
    const begun = performance.now();
    measure(text, rule);
    return performance.now() - begun;
  });
  return Math.min(...times);
}"""
PIECES = (
    *(
        "a",
        "Hello",
        " ",
        "\n",
        "\r\n",
        "\r",
        "\0",
        "é",
        "e\u0301",
        "\u0315\u0300",
        "日本語",
        "か\u3099",
        "한",
        "\u1112\u1161\u11ab",
    ),
    *(
        "क्षि",
        "हिन्दी",
        "ক্ষ",
        "க்ஷ",
        "ក្ក",
        "မြန်မာ",
        "مَرْ",
        "\u0600",
        "שָׁ",
        "กำ",
        "\u200d",
        "\u200c",
        "\ufe0f",
        "\u00ad",
        "😀",
        "👍🏽",
        "👨",
    ),
    *(
        "👨‍👩‍👧‍👦",
        "🏳️‍🌈",
        "🇫🇷",
        "🇫",
        "1️⃣",
        "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
        "❤",
        "▶︎",
        "©️",
        "\ud83d",
        "\udc00",
        "€",
        "{",
        "\f",
        "\x1b",
        "ç",
        "@bob",
        "@bob@social.example",
    ),
    *(
        "https://example.com",
        "HTTP://EXAMPLE.COM/a_(b)?c=d&e",
        "example.com",
        "foo.it/x",
        "a.b",
        "http://日本.jp/語",
        "пример.рф",
    ),
    *(".", ",", "/", "-", "_", "(", ")", "#", "@", "?", "…", "“", ":80", "iſ", "\u212a", "&", "=", "%20", "x" * 60),
)


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The files of a folder, on the first free port."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None: ...

    for port in PORTS:
        try:
            server = ThreadingHTTPServer(("127.0.0.1", port), partial(Quiet, directory=str(folder)))
        except OSError:
            continue
        break
    else:
        pytest.fail("no free port")
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def counter(browser: "Browser") -> Iterator["Page"]:
    """A page from which counter.js can be imported."""
    with served(STATIC) as address:
        page = browser.new_page()
        page.goto(f"{address}/counter.js")
        yield page
        page.close()


def test_vectors(counter: "Page") -> None:
    cases = []
    for vector in VECTORS:
        rule = rules(vector["platform"]).visibility(vector["visibility"], vector.get("settings"))
        cases.append((vector["text"], vector.get("times", 1), rule.as_json()))
    measured = json.loads(counter.evaluate(MEASURE, json.dumps(cases)))
    for vector, found in zip(VECTORS, measured, strict=True):
        assert found == vector["measure"], vector["name"]


@pytest.mark.parametrize("platform", platforms())
def test_random_texts_as_the_server_does(counter: "Page", platform: str) -> None:
    chance = random.Random(platform)
    rule = rules(platform).private
    assert rule is not None
    texts = ["".join(chance.choices(PIECES, k=chance.randint(1, 12))) for _ in range(1500)]
    measured = json.loads(counter.evaluate(MEASURE_ALL, [json.dumps(texts), rule.as_json()]))
    for text, found in zip(texts, measured, strict=True):
        assert found == asdict(measure(text, rule)), ascii(text)


@pytest.mark.parametrize("platform", platforms())
def test_typing_never_lags(counter: "Page", platform: str) -> None:
    """A text far longer than fits, of the slowest kinds: a key must show within 100 ms to feel immediate."""
    rule = rules(platform).private
    assert rule is not None
    kinds = ("👩‍💻👍🏽 ", "https://example.com/a ", "@a@b.example ", "日本語。", "a.", "x")
    for text in ((kind * 10_000)[:10_000] for kind in kinds):
        assert counter.evaluate(TIME, [text, rule.as_json()]) < 100, text[:20]
