"""A page that holds still: the panel's modules on a page of their own, with a server that answers what the test says.

The templates and scripts are the real ones, under the real Content-Security-Policy; only the server is played.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.template.loader import render_to_string

from tests.conftest import PATIENCE

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Request, Route, WebSocketRoute

STATIC = Path(settings.BASE_DIR) / "socialcare" / "panel" / "static" / "panel"
HOST = "http://panel.localhost"
INTERACTION = "00000000-0000-4000-8000-000000000001"
OTHER = "00000000-0000-4000-8000-000000000002"
POST = "00000000-0000-4000-8000-00000000000a"
OLDER_POST = "00000000-0000-4000-8000-00000000000b"
POLICY = "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'"
TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}

Answer = tuple[int, Any]
Answering = Callable[["Request", dict[str, list[str]]], Answer]


def state(**changes: Any) -> dict[str, Any]:
    """What the server says to the composer: Léa on Bluesky, public and private allowed, nothing written yet."""
    rules = {"unit": "code_points", "limit": 300, "byte_limit": None, "url_length": 0, "counting": {}, "unit_names": {}}
    here = f"/panel/i/{INTERACTION}"
    return {
        "interaction": INTERACTION,
        "open": True,
        "reason": "",
        "customer": "Léa Martin",
        "first_name": "Léa",
        "network": "Bluesky",
        "public": {"allowed": True, "reason": "", "rules": rules},
        "private": {"allowed": True, "reason": "", "rules": {**rules, "limit": 1000}},
        "default": "public",
        "confirm_public": False,
        "drafts": [],
        "attachments": [],
        "types": ["image/jpeg", "image/png", "image/gif"],
        "max_bytes": 25 * 1024 * 1024,
        "answering": {"id": POST, "name": "Léa", "quote": "Where is my parcel?"},
        "unread": 0,
        "urls": {
            name: f"{here}/{name}/" for name in ("reply", "draft", "note", "uploads", "read", "canned", "transfer")
        },
        **changes,
    }


def compose_part(said: dict[str, Any]) -> str:
    """The part "compose-state" as the server renders it."""
    return render_to_string("panel/parts/compose-state.html", {"state": said}).strip()


def message(identity: str, text: str, *, name: str = "Léa Martin") -> str:
    """A public post of the customer that can be answered."""
    return (
        f'<li class="msg public" id="m-{identity}"><div class="body"><h2>{name}</h2><p class="text">{text}</p>'
        f'<button class="answer-this" type="button" data-answer="{identity}" data-name="{name}" aria-pressed="false">'
        f"Answer this post</button></div></li>"
    )


THREAD = (
    f'<div class="log" id="part-thread" tabindex="0"><ol class="entries">{message(OLDER_POST, "Hello?")}'
    f"{message(POST, 'Where is my parcel?')}</ol></div>"
)


class Still:
    """The played server of one page: what it was asked, and what it answers."""

    def __init__(self, page: "Page", said: dict[str, Any], parts: str, attributes: str) -> None:
        self.page, self.said, self.parts, self.attributes = page, said, parts, attributes
        self.asked: list[tuple[str, dict[str, list[str]]]] = []
        self.answers: dict[str, Answering | Answer] = {}
        self.sockets: list[WebSocketRoute] = []
        self.said_by_page: list[dict[str, Any]] = []
        self.errors: list[str] = []
        self.refuse_sockets = False
        self.scripts: dict[str, int] = {}
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda line: self.errors.append(line.text) if "Content Security" in line.text else None)
        page.route(f"{HOST}/**", self._answer)
        page.route_web_socket("**/ws/panel/**", self._connected)

    def posts(self, ending: str) -> list[dict[str, list[str]]]:
        """The fields of every request to addresses with this ending."""
        return [fields for path, fields in self.asked if path.endswith(ending)]

    def wait_for_sockets(self, count: int) -> None:
        """Wait until the page has connected so many times."""
        for _ in range(400):
            if len(self.sockets) >= count:
                return
            self.page.wait_for_timeout(25)
        raise AssertionError(f"{len(self.sockets)} sockets")

    def wait_for_word(self, word: dict[str, Any]) -> None:
        """Wait until the page has said this through its socket."""
        for _ in range(200):
            if word in self.said_by_page:
                return
            self.page.wait_for_timeout(25)
        raise AssertionError(self.said_by_page)

    def wait_for_posts(self, ending: str, count: int = 1) -> list[dict[str, list[str]]]:
        """Wait until so many such requests have come."""
        for _ in range(200):
            if len(self.posts(ending)) >= count:
                break
            self.page.wait_for_timeout(25)
        assert len(self.posts(ending)) >= count, self.asked
        return self.posts(ending)

    def push(self, *, interaction: str | None = INTERACTION, **frame: Any) -> None:
        """Send a frame through the newest socket."""
        self.sockets[-1].send(json.dumps({"type": "parts", "interaction": interaction, "versions": {}, **frame}))

    def say(self, **changes: Any) -> None:
        """The server says something new to the composer."""
        self.said = {**self.said, **changes}
        self.push(html={"compose-state": compose_part(self.said)}, now="2026-11-22T10:00:00+00:00")

    def _answer(self, route: "Route", request: "Request") -> None:
        path = urlsplit(request.url).path
        fields = parse_qs(urlsplit(request.url).query) | parse_qs(request.post_data or "", keep_blank_values=True)
        if path.startswith("/static/panel/"):
            file = STATIC / path.removeprefix("/static/panel/")
            if file.suffix == ".js":
                self.scripts[file.name] = file.stat().st_size
            route.fulfill(body=file.read_bytes(), content_type=TYPES[file.suffix])
            return
        if (path.startswith("/panel/i/") and path.count("/") == 4) or path == "/panel/":
            route.fulfill(body=self._html(), content_type="text/html", headers={"Content-Security-Policy": POLICY})
            return
        self.asked.append((path, fields))
        given = next((answer for ending, answer in self.answers.items() if path.endswith(ending)), (200, {"ok": True}))
        status, body = given(request, fields) if callable(given) else given
        if status == 0:
            route.abort()
        elif isinstance(body, str):
            route.fulfill(status=status, body=body, content_type="text/html")
        else:
            route.fulfill(status=status, json=body)

    def _connected(self, socket: "WebSocketRoute") -> None:
        if self.refuse_sockets:
            socket.close(code=1013)
            return
        self.sockets.append(socket)
        socket.on_message(lambda data: self.said_by_page.append(json.loads(data)))
        self.push(html={}, all=True)

    def _html(self) -> str:
        compose = {**self.said, "key": "00000000-0000-4000-8000-0000000000ff"}
        included = {
            name: render_to_string(f"panel/{name}.html", {"compose": compose, "csrf_token": "token"})
            for name in ("icons", "composer", "canned", "dialogs", "keys", "strings")
        }
        return PAGE.format(
            **included,
            parts=self.parts,
            state=compose_part(self.said),
            attributes=self.attributes,
            interaction=INTERACTION,
        )


PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Panel</title>
<link rel="icon" href="/static/panel/icon.svg">
<link rel="stylesheet" href="/static/panel/tokens.css"><link rel="stylesheet" href="/static/panel/controls.css">
<link rel="stylesheet" href="/static/panel/panel.css"><link rel="stylesheet" href="/static/panel/widgets.css">
<script type="module" src="/static/panel/main.js"></script></head>
<body>{icons}<div class="stage"><div class="panel" id="panel" data-view="thread" data-user="1"
 data-interaction="{interaction}" data-socket="/ws/panel/" data-poll="/panel/parts/" data-home="/panel/"
 data-sign-in="/sign-in/" data-emoji-url="/panel/emoji/en.json" data-preferences="/panel/preferences/"
 data-sound="on" data-notifications="on"
 data-versions="{{&quot;agent&quot;: 1, &quot;interaction&quot;: 1}}" {attributes}>
<nav class="work">{parts}</nav>
<main class="thread"><header class="top" id="part-head"><h1 id="title">Léa Martin</h1></header>
<div class="log" id="part-thread" tabindex="0"></div>
<p class="bar" id="connection" role="status" hidden></p><div class="foot">{composer}</div></main>
<aside class="context">{canned}</aside></div></div>{state}{dialogs}{keys}{strings}</body></html>"""


@contextmanager
def opened(
    browser: "Browser",
    said: dict[str, Any] | None = None,
    *,
    parts: str = "",
    attributes: str = "",
    thread: str = THREAD,
) -> "Iterator[tuple[Page, Still]]":
    """The page, started, with Léa's two posts in the thread; it must end without an error of script or policy."""
    context = browser.new_context(base_url=HOST, locale="en-GB", viewport={"width": 1440, "height": 900})
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    still = Still(page, said or state(), parts, attributes)
    page.goto(f"/panel/i/{INTERACTION}/")
    page.wait_for_function("document.documentElement.classList.contains('scripted')")
    if thread:
        still.wait_for_sockets(1)
        still.push(html={"thread": thread})
        page.wait_for_selector(f"#m-{POST}")
    yield page, still
    context.close()
    assert still.errors == []
