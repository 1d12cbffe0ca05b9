"""Merging a part into the page: what the server changed is there, what the browser holds stays."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.panel.still import message, opened

pytestmark = pytest.mark.browser

APPLY = (
    """async ([html]) => { const { applyPart } = await import("/static/panel/apply.js"); return applyPart(html); }"""
)
FRESH = """([id, html]) => {
  const template = document.createElement("template");
  template.innerHTML = html;
  const [live, fresh] = [document.getElementById(id), template.content.firstElementChild];
  return live.isEqualNode(fresh) || [live.outerHTML, fresh.outerHTML];
}"""
TAGS = ("p", "ul", "span", "details", "section", "b")
WORDS = ("Léa", "parcel", "&lt;b&gt;", "سارة", "🙏🏽", "late", " ")


def some_html(chance: random.Random, depth: int = 0) -> str:
    """A random piece of a part: nested, some of it with keys that come back in other versions, text in between."""
    pieces = []
    for key in chance.sample(range(8), chance.randint(0, 5)):
        tag = "li" if depth else chance.choice(TAGS)
        name = f' id="k{depth}-{key}"' if chance.random() < 0.6 else ""
        css = f' class="c{chance.randint(0, 3)}"' if chance.random() < 0.5 else ""
        data = f' data-at="{chance.randint(0, 3)}"' if chance.random() < 0.5 else ""
        inner = some_html(chance, depth + 1) if depth < 3 and chance.random() < 0.6 else chance.choice(WORDS)
        pieces.append(f"<{tag}{name}{css}{data}>{inner}</{tag}>")
        if chance.random() < 0.4:
            pieces.append(chance.choice(WORDS))
    return "".join(pieces)


@pytest.mark.parametrize("seed", range(4))
def test_push_and_apply_equal_fetching_again(browser: Any, seed: int) -> None:
    chance = random.Random(seed)
    with opened(browser, parts='<section id="part-me"></section>') as (page, _):
        for _round in range(50):
            html = f'<section id="part-me" class="r{chance.randint(0, 2)}">{some_html(chance)}</section>'
            page.evaluate(APPLY, [html])
            assert page.evaluate(FRESH, ["part-me", html]) is True


def test_what_did_not_change_is_not_touched(browser: Any) -> None:
    part = '<section id="part-me"><p id="a">one</p><p id="b">two</p></section>'
    with opened(browser, parts=part) as (page, _):
        page.evaluate("""() => {
            window.touched = [];
            const watch = new MutationObserver((all) => touched.push(...all.map(({ target }) => target.textContent)));
            const everything = { subtree: true, childList: true, characterData: true, attributes: true };
            watch.observe(document.getElementById("part-me"), everything);
        }""")
        assert page.evaluate(APPLY, [part]) is False
        assert page.evaluate(APPLY, [part.replace("two", "three")]) is True
        assert page.evaluate("touched") == ["three"]


def test_focus_typing_and_open_boxes_stay(browser: Any) -> None:
    part = (
        '<section id="part-me"><ul><li id="a">A</li><li id="b"><details><summary>More</summary>x</details>'
        '<input name="notes" value="old"></li></ul></section>'
    )
    with opened(browser, parts=part) as (page, _):
        page.click("summary")
        page.fill("[name=notes]", "half a wo")
        moved = (
            part.replace('<li id="a">A</li>', "").replace("</ul>", '<li id="a">A2</li></ul>').replace('"old"', '"new"')
        )
        page.evaluate(APPLY, [moved])
        assert page.evaluate("document.activeElement.name") == "notes"
        assert page.input_value("[name=notes]") == "half a wo"
        assert page.get_attribute("[name=notes]", "value") == "new"
        assert page.evaluate("document.querySelector('#b details').open")
        assert page.evaluate("[...document.querySelectorAll('#part-me li')].map((row) => row.id)") == ["b", "a"]


def test_focus_stays_in_the_part_when_its_element_goes(browser: Any) -> None:
    part = '<section id="part-offers"><article id="o-1"><button>Answer</button></article></section>'
    with opened(browser, parts=part) as (page, _):
        page.focus("#o-1 button")
        page.evaluate(APPLY, ['<section id="part-offers"></section>'])
        assert page.evaluate("document.activeElement.id") == "part-offers"


def test_what_the_browser_moved_is_only_overruled_by_what_the_server_changed(browser: Any) -> None:
    part = '<section id="part-me"><time id="t">1 min</time><b id="b">x</b></section>'
    with opened(browser, parts=part) as (page, _):
        page.evaluate("document.querySelector('#t').firstChild.data = '2 min'")
        page.evaluate(APPLY, [part.replace("<b id", '<b class="new" id')])
        assert page.text_content("#t") == "2 min"
        page.evaluate(APPLY, [part.replace("1 min", "5 min")])
        assert page.text_content("#t") == "5 min"


def test_a_form_with_its_token_equals_one_without(browser: Any) -> None:
    form = '<section id="part-me"><form>{}<button>Go</button></form></section>'
    token = '<input type="hidden" name="csrfmiddlewaretoken" value="masked">'
    with opened(browser, parts=form.format(token)) as (page, _):
        assert page.evaluate(APPLY, [form.format("")]) is False
        assert page.locator("#part-me input").count() == 0


def test_who_reads_further_up_keeps_the_line(browser: Any) -> None:
    rows = [message(f"00000000-0000-4000-8000-0000000001{n:02}", f"Line {n} <br>" * 3) for n in range(40)]
    with opened(browser, thread="") as (page, still):
        still.wait_for_sockets(1)
        html = '<div class="log" id="part-thread" tabindex="0"><ol class="entries">{}</ol></div>'
        still.push(html={"thread": html.format("".join(rows))})
        page.wait_for_selector("#part-thread li")
        assert page.evaluate("document.getElementById('part-thread').scrollTop") == 0
        page.evaluate("document.getElementById('part-thread').scrollTop = -600")
        line = "li[id]:nth-child(30)"
        before = page.locator(line).bounding_box()
        page.evaluate(
            APPLY, [html.format("".join(rows) + message("00000000-0000-4000-8000-000000000999", "New<br>new<br>new"))]
        )
        assert page.locator(line).bounding_box() == before
        page.evaluate("document.getElementById('part-thread').scrollTop = 0")
        page.evaluate(APPLY, [html.format("".join(rows))])
        assert page.evaluate("document.getElementById('part-thread').scrollTop") == 0


def _entry(number: int, text: str, *, day: str = "2026-11-22", status: str = "sent") -> str:
    """A message as it is streamed by itself: its day, and its line."""
    return f'<li class="day" id="d-{day}"><time>{day}</time></li>\n{_line(number, text, day, status)}'


def _line(number: int, text: str, day: str = "2026-11-22", status: str = "sent") -> str:
    place = f"{day}T10:00:{number:02}+00:00~{number}"
    return (
        f'<li class="msg" id="m-{number}" data-place="{place}" data-status="{status}">'
        f'<p class="text">{text}</p><details id="more-{number}"><summary>More</summary></details></li>\n'
    )


def _thread(*entries: str) -> str:
    return f'<div class="log" id="part-thread" tabindex="0"><ol class="entries">{"".join(entries)}</ol></div>'


@contextmanager
def _with_thread(browser: Any, *entries: str) -> Iterator[tuple[Any, Any]]:
    with opened(browser, thread="") as (page, still):
        still.wait_for_sockets(1)
        still.push(html={"thread": _thread(*entries)})
        page.wait_for_selector("#part-thread .msg")
        yield page, still


def _shown(page: Any) -> list[str]:
    return page.evaluate("[...document.querySelectorAll('#part-thread li[id]')].map((row) => row.id)")


def test_a_single_message_comes_after_what_is_there(browser: Any) -> None:
    with _with_thread(browser, _entry(1, "First")) as (page, still):
        still.push(html={"thread.2": _entry(2, "Second"), "thread.3": _entry(3, "Third")})
        page.wait_for_selector("#m-3")
        assert _shown(page) == ["d-2026-11-22", "m-1", "m-2", "m-3"]
        assert still.said_by_page == []


def test_the_whole_thread_is_merged_into_what_single_messages_have_made_of_it(browser: Any) -> None:
    with _with_thread(browser, _entry(1, "First")) as (page, still):
        still.push(html={"thread.3": _entry(3, "Third")})
        page.wait_for_selector("#m-3")
        page.click("#more-3 summary")
        whole = _thread(_entry(1, "First"), _line(3, "Third, edited"))
        assert page.evaluate(APPLY, [whole]) is True
        assert page.text_content("#m-3 .text") == "Third, edited"
        assert page.get_attribute("#more-3", "open") == "", "what the agent has opened stays open"
        assert page.evaluate(APPLY, [whole]) is False


def test_a_single_message_that_has_changed_changes_where_it_stands(browser: Any) -> None:
    with _with_thread(browser, _entry(1, "First"), _line(2, "Second")) as (page, still):
        page.click("#more-1 summary")
        still.push(html={"thread.1": _entry(1, "First", status="read")})
        page.wait_for_selector('#m-1[data-status="read"]')
        assert _shown(page) == ["d-2026-11-22", "m-1", "m-2"]
        assert page.get_attribute("#more-1", "open") == "", "what the agent has opened stays open"
        assert still.said_by_page == []


@pytest.mark.parametrize(
    ("told", "facts"),
    [
        (2, {}),  # further up than at the end
        (6, {"day": "2026-11-23"}),  # yesterday is Today no more
    ],
)
def test_where_a_single_message_belongs_may_take_knowing_everything(browser: Any, told: int, facts: Any) -> None:
    with _with_thread(browser, _entry(5, "Newest")) as (page, still):
        still.push(html={f"thread.{told}": _entry(told, "Somewhere else", **facts)})
        still.wait_for_word({"type": "beat", "versions": {}})
        assert _shown(page) == ["d-2026-11-22", "m-5"]


def test_a_page_that_does_not_stand_where_it_was_sent_asks_for_everything(browser: Any) -> None:
    with _with_thread(browser, _entry(1, "First")) as (page, still):
        still.push(html={"thread.3": _entry(3, "Third")}, versions={"interaction": 12}, after=11)
        still.wait_for_word({"type": "beat", "versions": {}})
        assert _shown(page) == ["d-2026-11-22", "m-1"]


def test_what_lies_before_all_that_is_shown_is_left_to_who_asks_for_it(browser: Any) -> None:
    earlier = '<li class="earlier" id="earlier"><a href="/">Earlier</a></li>'
    with _with_thread(browser, earlier, _entry(5, "Newest")) as (page, still):
        still.push(html={"thread.2": _entry(2, "From before"), "thread.6": _entry(6, "New")})
        page.wait_for_selector("#m-6")
        assert _shown(page) == ["earlier", "d-2026-11-22", "m-5", "m-6"]
        assert still.said_by_page == []
