"""The line to the server: cut it, let it sleep, restart the server; the page is right again by itself, and says so."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.panel.still import INTERACTION, OTHER, opened

pytestmark = pytest.mark.browser

BAR = "#connection"
PART = '<section id="part-me">{}</section>'


def frame(words: str, **more: Any) -> dict[str, Any]:
    """A frame with one part."""
    return {"type": "parts", "interaction": INTERACTION, "versions": {}, "html": {"me": PART.format(words)}, **more}


@contextmanager
def line_alone(browser: Any) -> Iterator[Any]:
    """A page with nothing but a line, whose clock stands in our hands."""
    context = browser.new_context()
    page = context.new_page()
    page.route(
        "http://panel.localhost/**",
        lambda route: route.fulfill(body=_module(route.request.url), content_type=_type(route.request.url)),
    )
    page.clock.install()
    page.goto("http://panel.localhost/")
    page.evaluate(LINE)
    yield page
    context.close()


def test_what_is_pushed_is_shown(browser: Any) -> None:
    with opened(browser, parts=PART.format("old")) as (page, still):
        still.push(html={"me": PART.format("new")})
        expect(page.locator("#part-me")).to_have_text("new")
        expect(page.locator(BAR)).to_be_hidden()


def test_a_cut_line_says_so_and_comes_back(browser: Any) -> None:
    with opened(browser, parts=PART.format("old")) as (page, still):
        still.answers["/panel/parts/"] = (0, None)
        still.refuse_sockets = True
        still.sockets[-1].close(code=1012)
        expect(page.locator(BAR)).to_have_text("Reconnecting… Keep writing; nothing is lost.")
        still.refuse_sockets = False
        still.wait_for_sockets(2)
        expect(page.locator(BAR)).to_have_text("Back. Everything is up to date.")
        expect(page.locator(BAR)).to_be_hidden(timeout=6_000)


def test_a_blink_is_nobodys_trouble(browser: Any) -> None:
    with opened(browser) as (page, still):
        page.evaluate("""() => {
            window.seen = [];
            new MutationObserver(() => seen.push(document.querySelector("#connection").hidden)).observe(
                document.querySelector("#connection"), { attributes: true });
        }""")
        still.sockets[-1].close(code=1012)
        still.wait_for_sockets(2)
        page.wait_for_timeout(900)
        assert page.evaluate("seen") == []


def test_while_the_socket_is_down_the_page_is_polled(browser: Any) -> None:
    with opened(browser, parts=PART.format("old")) as (page, still):
        still.answers["/panel/parts/"] = (200, frame("polled", all=True))
        still.refuse_sockets = True
        still.sockets[-1].close(code=1012)
        expect(page.locator("#part-me")).to_have_text("polled", timeout=10_000)
        assert still.asked[-1][1]["interaction"] == [INTERACTION]


def test_coming_online_connects_at_once(browser: Any) -> None:
    with opened(browser) as (page, still):
        still.refuse_sockets = True
        still.sockets[-1].close(code=1012)
        page.wait_for_timeout(3_000)
        still.refuse_sockets = False
        count = len(still.sockets)
        page.evaluate("window.dispatchEvent(new Event('online'))")
        page.wait_for_timeout(300)
        assert len(still.sockets) == count + 1


def test_a_silent_line_is_dead_and_a_sleeper_wakes(browser: Any) -> None:
    with line_alone(browser) as page:
        assert page.evaluate("made.length") == 1
        page.evaluate("made[0].hear({type: 'parts', html: {}})")
        page.clock.run_for(21_000)
        assert page.evaluate("made[0].sent") == [
            json.dumps({"type": "beat", "versions": {"agent": 3}}, separators=(",", ":"))
        ]
        page.clock.run_for(26_000)
        assert page.evaluate("made.length") == 2, "silent for more than 45 seconds"
        assert page.evaluate("made[0].readyState") == 3
        page.evaluate("made[1].hear({type: 'parts', html: {}})")
        page.clock.fast_forward(60_000)
        page.clock.run_for(1_000)
        assert page.evaluate("made.length") == 3, "slept"


def test_the_wait_grows_to_ten_seconds_and_never_falls_together(browser: Any) -> None:
    with line_alone(browser) as page:
        waits = page.evaluate("Array.from({length: 12}, () => line.wait())")
        assert all(wait <= 10_000 for wait in waits)
        assert min(waits[-4:]) >= 5_000
        assert waits[0] <= 500
        assert len(set(waits)) == len(waits)


def test_signed_out_goes_to_the_sign_in_page(browser: Any) -> None:
    with opened(browser) as (page, still):
        still.answers["/sign-in/"] = (200, "<p>Sign in</p>")
        still.sockets[-1].send(json.dumps({"type": "signed-out"}))
        page.wait_for_url("**/sign-in/**")
        assert still.asked[-1][1]["next"] == [f"/panel/i/{INTERACTION}/"]


def test_the_server_may_ask_to_come_back_later(browser: Any) -> None:
    with opened(browser) as (_, still):
        still.sockets[-1].send(json.dumps({"type": "reconnect", "after": 50}))
        still.wait_for_sockets(2)


def test_the_moment_that_a_stopping_server_has_given_holds_when_it_is_gone_before(browser: Any) -> None:
    with line_alone(browser) as page:
        page.evaluate("made[0].hear({type: 'reconnect', after: 6_000})")
        page.clock.run_for(1_000)
        assert page.evaluate("made[0].readyState") == 1, "served until then"
        page.evaluate("made[0].end(4503)")
        page.clock.run_for(4_500)
        assert page.evaluate("made.length") == 1, "not all pages at once"
        page.clock.run_for(1_000)
        assert page.evaluate("made.length") == 2
        page.evaluate("made[1].end(1006)")
        page.clock.run_for(1_000)
        assert page.evaluate("made.length") == 3, "what is lost later is found again at once"


def test_an_older_frame_and_one_of_another_interaction_change_nothing(browser: Any) -> None:
    with opened(browser, parts=PART.format("old")) as (page, still):
        still.push(html={"me": PART.format("nine")}, versions={"agent": 9})
        expect(page.locator("#part-me")).to_have_text("nine")
        still.push(html={"me": PART.format("eight")}, versions={"agent": 8})
        head = '<header class="top" id="part-head"><h1 id="title">Jonas</h1></header>'
        still.push(interaction=OTHER, html={"head": head}, versions={"interaction": 99})
        page.wait_for_timeout(150)
        expect(page.locator("#part-me")).to_have_text("nine")
        expect(page.locator("#title")).to_have_text("Léa Martin")
        still.push(html={"me": PART.format("all")}, versions={"agent": 2}, all=True)
        expect(page.locator("#part-me")).to_have_text("all")


LINE = """async () => {
  window.made = [];
  window.WebSocket = class extends EventTarget {
    static OPEN = 1; static CLOSING = 2;
    readyState = 1; sent = [];
    constructor() { super(); made.push(this); setTimeout(() => this.dispatchEvent(new Event("open"))); }
    send(data) { this.sent.push(data); }
    close() { this.readyState = 3; }
    end(code) { this.readyState = 3; this.dispatchEvent(new CloseEvent("close", { code })); }
    hear(frame) { this.dispatchEvent(new MessageEvent("message", { data: JSON.stringify(frame) })); }
  };
  const { Line } = await import("/socket.js");
  window.line = new Line({
    address: () => "ws://panel.localhost/", poll: async () => ({}), onFrame() {}, onState() {},
    versions: () => ({ agent: 3 }),
  });
  line.start();
}"""


def _module(url: str) -> bytes:
    from tests.panel.still import STATIC

    return (STATIC / "socket.js").read_bytes() if url.endswith(".js") else b"<!doctype html>"


def _type(url: str) -> str:
    return "text/javascript" if url.endswith(".js") else "text/html"
