"""Files, emoji, canned responses, keys, clocks and calls: each by mouse and by keyboard."""

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from socialcare.panel import emoji
from tests.panel.still import INTERACTION, OTHER, THREAD, opened, state

if TYPE_CHECKING:
    from playwright.sync_api import FilePayload

pytestmark = pytest.mark.browser

REPLY = "#reply"
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 2000
CANNED = (
    '<li><button type="button" data-canned-text="We are sorry, Léa."><b>Late parcel</b><code>/late</code></button></li>'
    '<li><button type="button" data-canned-text="Goodbye."><b>Goodbye</b><code>/bye</code></button></li>'
)


def picture(name: str, content: bytes = PNG) -> "FilePayload":
    """A file that says it is a picture."""
    return {"name": name, "mimeType": "image/png", "buffer": content}


def stored(name: str = "label.png", identity: str = "f1") -> dict[str, Any]:
    """A file as the server tells of it."""
    urls = {
        "discard": f"/panel/attachments/{identity}/discard/",
        "describe": f"/panel/attachments/{identity}/describe/",
    }
    return {
        "id": identity,
        "name": name,
        "size": 2008,
        "type": "image/png",
        "alt": "",
        "url": "/x",
        "thumb": "",
        "urls": urls,
    }


# ---------------------------------------------------------------- files


def test_a_picked_file_is_uploaded_described_and_sent(browser: Any) -> None:
    with opened(browser) as (page, still):
        still.answers["/uploads/"] = (200, {"ok": True, "attachment": stored()})
        page.set_input_files("#composer-pick", picture("label.png"))
        chip = page.locator(".chip[data-file=f1]")
        expect(chip).to_contain_text("2 kB, ready")
        chip.get_by_label("Describe label.png for people who cannot see it").fill("A parcel label")
        page.keyboard.press("Enter")
        assert still.wait_for_posts("/describe/")[0]["alt"] == ["A parcel label"]
        assert still.posts("/reply/") == []
        page.press(REPLY, "Enter")
        assert still.wait_for_posts("/reply/")[0]["attachment"] == ["f1"]
        expect(chip).to_have_count(0)


COUNTED = """() => {
    const list = document.querySelector("#composer-files");
    window.counts = [];
    new MutationObserver(() => window.counts.push(list.children.length)).observe(list, { childList: true });
}"""


def test_a_file_of_which_the_socket_tells_before_its_upload_is_answered_is_shown_once(browser: Any) -> None:
    there = stored("label.png", "f0") | {"size": 2008}
    with opened(browser, state(attachments=[there])) as (page, still):
        page.evaluate(COUNTED)

        def told_first(_request: Any, _fields: Any) -> tuple[int, dict[str, Any]]:
            still.say(attachments=[there, stored("my_label.png")])
            return 200, {"ok": True, "attachment": stored("my_label.png")}

        still.answers["/uploads/"] = told_first
        page.set_input_files("#composer-pick", picture("my label.png"))
        expect(page.locator(".chip[data-file=f1]")).to_be_visible()
        assert set(page.evaluate("window.counts")) == {2}
        expect(page.locator(".chip[data-file]")).to_have_count(2)


def test_a_file_whose_upload_is_withdrawn_is_withdrawn_where_the_server_has_it_already(browser: Any) -> None:
    with opened(browser) as (page, still):
        page.evaluate("XMLHttpRequest.prototype.send = () => {}")  # no answer ever comes
        page.set_input_files("#composer-pick", picture("my label.png"))
        expect(page.locator(".chip[data-upload]")).to_be_visible()
        still.say(attachments=[stored("my_label.png")])
        still.push(html={"thread": THREAD.replace("Hello?", "Here it is.")})
        expect(page.locator("#part-thread")).to_contain_text("Here it is.")
        expect(page.locator(".chip")).to_have_count(1)
        page.get_by_role("button", name="Remove my label.png").click()
        still.wait_for_posts("/f1/discard/")
        expect(page.locator(".chip")).to_have_count(0)


def test_of_two_files_of_one_size_the_one_that_has_arrived_stays_when_the_other_is_withdrawn(browser: Any) -> None:
    with opened(browser) as (page, still):
        still.answers["/uploads/"] = (200, {"ok": True, "attachment": stored()})
        page.evaluate("""() => {
            const send = XMLHttpRequest.prototype.send;
            window.sent = 0;
            XMLHttpRequest.prototype.send = function (body) { if (!window.sent++) send.call(this, body); };
        }""")  # the second is never answered
        page.set_input_files("#composer-pick", [picture("label.png"), picture("again.png")])
        chip = page.locator(".chip[data-file=f1]")
        expect(chip).to_be_visible()
        expect(page.locator(".chip")).to_have_count(2)
        page.get_by_role("button", name="Remove again.png").click()
        expect(page.locator(".chip")).to_have_count(1)
        expect(chip).to_be_visible()
        assert still.posts("/discard/") == []


def test_files_go_to_the_conversation_in_which_they_were_dropped(browser: Any) -> None:
    with opened(browser) as (page, still):
        there = {**still.said["urls"], "uploads": f"/panel/i/{OTHER}/uploads/"}

        def another_is_opened(route: Any) -> None:
            still.say(urls=there)
            route.fallback()

        page.route("**/objection.js", another_is_opened)  # without which no file is judged, and none begins
        page.set_input_files("#composer-pick", [picture("one.png"), picture("two.png")])
        still.wait_for_posts("/uploads/", 2)
        assert not still.posts(f"{OTHER}/uploads/")


def test_a_file_that_cannot_be_sent_is_refused_before_it_is_uploaded(browser: Any) -> None:
    with opened(browser, state(max_bytes=1000)) as (page, still):
        page.set_input_files(
            "#composer-pick",
            [
                picture("big.png"),
                picture("invoice.png", b"%PDF-1.7 not a picture"),
                picture("empty.png", b""),
            ],
        )
        expect(page.locator(".chip.bad")).to_have_count(3)
        expect(page.locator(".chip.bad").nth(0)).to_contain_text("is too big: at most")
        expect(page.locator(".chip.bad").nth(1)).to_contain_text("Type refused: JPEG, PNG, GIF")
        expect(page.locator(".chip.bad").nth(2)).to_contain_text("This file is empty")
        assert still.posts("/uploads/") == []
        page.fill(REPLY, "Here")
        page.press(REPLY, "Enter")
        expect(page.locator("#composer-why")).to_contain_text("Remove the files that were refused")
        for name in ("big.png", "invoice.png", "empty.png"):
            page.get_by_role("button", name=f"Remove {name}").click()
        page.press(REPLY, "Enter")
        still.wait_for_posts("/reply/")


def test_what_the_server_refuses_is_said_in_its_words_and_can_be_tried_again(browser: Any) -> None:
    with opened(browser) as (page, still):
        still.answers["/uploads/"] = (503, {"error": {"code": "x", "message": "The disk is full.", "field": "file"}})
        page.set_input_files("#composer-pick", picture("label.png"))
        expect(page.locator(".chip.bad")).to_contain_text("The disk is full.")
        still.answers["/uploads/"] = (200, {"ok": True, "attachment": stored()})
        page.get_by_role("button", name="Try again: label.png").click()
        expect(page.locator(".chip[data-file=f1]")).to_be_visible()
        page.get_by_role("button", name="Remove label.png").click()
        still.wait_for_posts("/discard/")


def test_files_may_be_dropped_and_pasted(browser: Any) -> None:
    with opened(browser) as (page, still):
        still.answers["/uploads/"] = (200, {"ok": True, "attachment": stored()})
        page.evaluate("""() => {
            const data = new DataTransfer();
            data.items.add(new File([new Uint8Array([0x89, 0x50, 0x4e, 0x47])], "dropped.png", { type: "image/png" }));
            const thread = document.querySelector("#part-thread");
            thread.dispatchEvent(new DragEvent("dragover", { dataTransfer: data, bubbles: true, cancelable: true }));
            window.dropping = document.querySelector("#composer").classList.contains("dropping");
            thread.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
            document.querySelector("#reply").dispatchEvent(
                new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
        }""")
        still.wait_for_posts("/uploads/", 2)
        assert page.evaluate("window.dropping")
        expect(page.locator("#composer")).to_have_class("composer public")


def test_nothing_is_sent_while_a_file_is_looked_at(browser: Any) -> None:
    with opened(browser) as (page, still):
        held: list[Any] = []
        page.route("**/objection.js", lambda route: held.append(route))
        with page.expect_request("**/objection.js"):
            page.set_input_files("#composer-pick", [picture("label.png", PNG)])
        page.fill(REPLY, "Look:")
        page.press(REPLY, "Enter")
        expect(page.locator("#composer-why")).not_to_be_empty()
        assert still.posts("/reply/") == []
        held[0].fallback()
        still.wait_for_posts("/uploads/")


def test_a_word_of_the_server_from_before_takes_no_file_away_and_brings_none_back(browser: Any) -> None:
    with opened(browser) as (page, still):
        still.answers["/uploads/"] = (200, {"ok": True, "attachment": stored()})
        page.set_input_files("#composer-pick", picture("label.png"))
        chip = page.locator(".chip[data-file=f1]")
        expect(chip).to_contain_text("ready")
        still.say(attachments=[], reason="before the upload")
        still.say(attachments=[stored()], customer="Léa M.")
        expect(chip).to_contain_text("ready")
        still.say(attachments=[], customer="Removed elsewhere")
        expect(chip).to_have_count(0)
        still.say(attachments=[stored(identity="f2")], customer="Another")
        page.get_by_role("button", name="Remove label.png").click()
        still.say(attachments=[stored(identity="f2")], customer="From before")
        still.say(attachments=[stored(identity="f2"), stored("last.png", "f3")], customer="From before, and another")
        expect(page.locator(".chip[data-file=f3]")).to_be_visible()
        expect(page.locator(".chip[data-file=f2]")).to_have_count(0)


# ---------------------------------------------------------------- emoji


def test_emoji_by_search_and_keyboard_land_at_the_caret(browser: Any) -> None:
    with opened(browser) as (page, still):
        still.answers["/panel/emoji/en.json"] = (200, _emoji())
        page.fill(REPLY, "Thanks !")
        page.evaluate("document.querySelector('#reply').setSelectionRange(7, 7)")
        page.click("[data-emoji-opener]")
        expect(page.get_by_label("Search emoji")).to_be_focused()
        expect(page.locator("#emoji-grid [data-symbol]").first).to_be_visible()
        page.keyboard.type("folded hands")
        expect(page.locator("#emoji-grid [data-symbol]")).to_have_count(1)
        page.keyboard.press("Enter")
        expect(page.locator(REPLY)).to_have_value("Thanks 🙏!")
        expect(page.locator(REPLY)).to_be_focused()
        expect(page.locator("#emoji-picker")).to_be_hidden()


def test_the_skin_tone_is_remembered(browser: Any) -> None:
    with opened(browser) as (page, still):
        still.answers["/panel/emoji/en.json"] = (200, _emoji())
        page.click("[data-emoji-opener]")
        page.locator("#emoji-tones input[value='2']").check()
        page.fill("#emoji-search", "thumbs up")
        page.keyboard.press("Enter")
        expect(page.locator(REPLY)).to_have_value("👍🏽")
        page.reload()
        page.click("[data-emoji-opener]")
        expect(page.locator("#emoji-tones input[value='2']")).to_be_checked()
        expect(page.locator("#emoji-grid [data-symbol]").first).to_have_text("👍🏽")
        expect(page.get_by_role("tab", name="Recent")).to_have_attribute("aria-selected", "true")


def test_arrows_walk_the_grid(browser: Any) -> None:
    with opened(browser) as (page, still):
        still.answers["/panel/emoji/en.json"] = (200, _emoji())
        page.click("[data-emoji-opener]")
        page.get_by_role("tab", name="Food and drink").click()
        page.keyboard.press("ArrowDown")
        expect(page.locator("[data-symbol='🍇']")).to_be_focused()
        page.keyboard.press("ArrowRight")
        expect(page.locator("[data-symbol='🍈']")).to_be_focused()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowUp")
        expect(page.locator("[data-symbol='🍈']")).to_be_focused()
        expect(page.locator("#emoji-said")).to_have_text("melon")
        page.keyboard.press("Escape")
        expect(page.locator(REPLY)).to_be_focused()


def _emoji() -> Any:
    import json

    return json.loads(emoji.picker_data("en"))


# ---------------------------------------------------------------- canned responses


def test_a_slash_opens_the_canned_responses(browser: Any) -> None:
    with opened(browser) as (page, still):
        still.answers["/canned/"] = (200, CANNED)
        page.focus(REPLY)
        page.keyboard.type("/")
        palette = page.locator("#canned-palette")
        expect(palette).to_be_visible()
        page.keyboard.type("by")
        expect(palette).to_be_visible()
        assert still.wait_for_posts("/canned/", 3)[-1]["q"] == ["by"]
        page.keyboard.press("ArrowDown")
        expect(page.get_by_role("option", name="Goodbye")).to_have_attribute("aria-selected", "true")
        page.keyboard.press("Enter")
        expect(page.locator(REPLY)).to_have_value("Goodbye.")
        expect(palette).to_be_hidden()
        assert still.posts("/reply/") == []


def _search_unanswered(page: Any, still: Any, letter: str) -> list[Any]:
    """Open the list, and type one letter more; gives the request for what it finds, which is yet to be answered."""
    still.answers["/canned/"] = (200, CANNED)
    page.focus(REPLY)
    page.keyboard.type("/")
    expect(page.locator("#canned-palette")).to_be_visible()
    late: list[Any] = []
    page.route("**/canned/**", lambda route: late.append(route))
    with page.expect_request("**/canned/**"):
        page.keyboard.type(letter)
    return late


def test_a_list_that_arrives_late_keeps_to_what_the_arrows_chose(browser: Any) -> None:
    with opened(browser) as (page, still):
        late = _search_unanswered(page, still, "y")
        page.keyboard.press("ArrowDown")
        goodbye = page.get_by_role("option", name="Goodbye")
        expect(goodbye).to_have_attribute("aria-selected", "true")
        page.evaluate("document.querySelector('#canned-choices').firstElementChild.id = 'of-the-older-list'")
        late[0].fulfill(body=CANNED, content_type="text/html")
        expect(page.locator("#of-the-older-list")).to_have_count(0)
        expect(goodbye).to_have_attribute("aria-selected", "true")


def test_enter_waits_for_the_list_of_what_was_typed(browser: Any) -> None:
    with opened(browser) as (page, still):
        late = _search_unanswered(page, still, "b")
        page.keyboard.press("Enter")
        expect(page.locator(REPLY)).to_have_value("/b")
        late[0].fulfill(body=CANNED.partition("</li>")[2], content_type="text/html")
        expect(page.locator(REPLY)).to_have_value("Goodbye.")
        assert still.posts("/reply/") == []


def test_a_slash_in_a_word_is_a_slash_and_esc_leaves_it(browser: Any) -> None:
    with opened(browser) as (page, still):
        still.answers["/canned/"] = (200, CANNED)
        page.focus(REPLY)
        page.keyboard.type("and/or ")
        expect(page.locator("#canned-palette")).to_be_hidden()
        page.keyboard.type("/")
        expect(page.locator("#canned-palette")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator("#canned-palette")).to_be_hidden()
        page.keyboard.press("Enter")
        assert still.wait_for_posts("/reply/")[0]["text"] == ["and/or /"]


def test_the_search_box_beside_the_thread_inserts_too(browser: Any) -> None:
    with opened(browser) as (page, still):
        still.answers["/canned/"] = (200, CANNED)
        page.fill("#canned-search", "sorry")
        page.locator("#canned-list button").first.click()
        expect(page.locator(REPLY)).to_have_value("We are sorry, Léa.")


def test_the_canned_responses_are_there_while_one_can_reply(browser: Any) -> None:
    with opened(browser) as (page, still):
        still.answers["/canned/"] = (200, CANNED)
        section = page.locator("#canned")
        expect(section).to_be_visible()
        still.say(open=False, reason="Messages are ended. Finish the wrap-up.")
        expect(section).to_be_hidden()
        still.say(open=True, reason="")
        expect(section).to_be_visible()
        section.get_by_role("button", name="Late parcel").click()
        expect(page.locator(REPLY)).to_have_value("We are sorry, Léa.")


# ---------------------------------------------------------------- keys

OFFER = (
    '<section id="part-offers"><article class="offer" id="o-1" data-offer="1" data-say="Offer: Tomás Ortega">'
    '<form action="/panel/offers/1/accept/" data-act="accept"><button>Answer</button></form>'
    '<form action="/panel/offers/1/decline/" data-act="decline"><button>Decline</button></form></article></section>'
)


def test_the_keys_answer_decline_and_show_their_map(browser: Any) -> None:
    with opened(browser, parts=OFFER) as (page, still):
        page.keyboard.press("Alt+a")
        still.wait_for_posts("/accept/")
        page.keyboard.press("Alt+d")
        still.wait_for_posts("/decline/")
        page.keyboard.press("Alt+c")
        expect(page.locator(REPLY)).to_be_focused()
        page.keyboard.type("?")
        expect(page.locator(REPLY)).to_have_value("?")
        page.evaluate("document.activeElement.blur()")
        page.keyboard.press("?")
        expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog", name="Keyboard")).to_be_hidden()


def test_the_letter_counts_not_the_place_of_the_key_and_altgr_types(browser: Any) -> None:
    with opened(browser, parts=OFFER) as (page, still):
        page.evaluate("""() => {
            const key = (init) => document.body.dispatchEvent(
                new KeyboardEvent("keydown", { altKey: true, bubbles: true, cancelable: true, ...init }));
            key({ key: "a", code: "KeyQ" });
            key({ key: "d", code: "KeyD", modifierAltGraph: true });
            key({ key: "d", code: "KeyD", ctrlKey: true });
        }""")
        still.wait_for_posts("/accept/")
        assert still.posts("/decline/") == []


def test_alt_arrows_go_to_the_next_interaction(browser: Any) -> None:
    rows = "".join(
        f'<li><a href="/panel/i/{key}/" data-open="{key}"{here}>x</a></li>'
        for key, here in ((INTERACTION, " aria-current=true"), (OTHER, ""))
    )
    with opened(browser, parts=f'<section id="part-active"><ul>{rows}</ul></section>') as (page, still):
        page.keyboard.press("Alt+ArrowDown")
        page.wait_for_url(f"**/panel/i/{OTHER}/")
        still.wait_for_word({"type": "open", "interaction": OTHER})


# ---------------------------------------------------------------- actions


def test_an_action_is_done_once_and_its_refusal_is_said(browser: Any) -> None:
    with opened(browser, parts=OFFER) as (page, still):
        still.answers["/accept/"] = (
            409,
            {"error": {"code": "offer.expired", "message": "This offer has just expired.", "field": ""}},
        )
        page.evaluate("document.querySelectorAll('[data-act=accept] button').forEach((b) => { b.click(); b.click(); })")
        expect(page.locator("#toasts")).to_contain_text("This offer has just expired.")
        assert len(still.posts("/accept/")) == 1
        assert {"type": "beat", "versions": {}} in still.said_by_page
        expect(page.locator("[data-act=accept] button")).not_to_have_attribute("aria-disabled", "true")


# ---------------------------------------------------------------- clocks and calls

CLOCKS = (
    '<section id="part-me"><time id="ago" datetime="2026-11-22T09:56:00Z" data-ago="span">?</time>'
    '<time id="waited" datetime="2026-11-22T09:58:18Z" data-ago="watch">?</time>'
    '<time id="left" datetime="2026-11-22T10:00:42Z" data-until="left">?</time>'
    '<progress id="bar" max="30" value="30" data-until="2026-11-22T10:00:06Z" data-soon="7"></progress>'
    '<span id="words" data-left="2026-11-22T10:00:06Z">?</span></section>'
)


def test_clocks_run_by_the_servers_clock(browser: Any) -> None:
    with opened(browser, parts=CLOCKS, attributes='data-now="2026-11-22T10:00:00Z"') as (page, _):
        assert page.text_content("#ago") == "4 min"
        assert page.text_content("#waited") in ("1:42", "1:43")
        assert page.text_content("#left") in ("0:42 left", "0:41 left")
        assert page.text_content("#words") in ("6 s left", "5 s left")
        expect(page.locator("#bar")).to_have_class("soon")
        assert "22 November 2026" in (page.get_attribute("#ago", "title") or "")
        expect(page.locator("#words")).to_have_text("4 s left", timeout=4_000)


def test_an_offer_is_announced_once_with_a_sound_and_a_title(browser: Any) -> None:
    with opened(browser, parts='<section id="part-offers"></section>') as (page, still):
        page.evaluate(
            "window.sounds = []; document.addEventListener('panel:sounded', ({detail}) => sounds.push(detail))"
        )
        expect(page).to_have_title("Léa Martin · Interactions")
        for _round in range(3):
            still.push(html={"offers": OFFER.replace("Answer<", f"Answer{' ' * _round}<")})
        expect(page).to_have_title("(1) Léa Martin · Interactions")
        expect(page.locator("html")).to_have_css("--waiting", '"1"')
        expect(page.locator("#live")).to_have_text("Offer: Tomás Ortega")
        page.wait_for_timeout(100)
        assert page.evaluate("sounds") == ["offer"]
        assert (page.get_attribute("link[rel=icon]", "href") or "").startswith("data:image/png")
        still.push(html={"offers": '<section id="part-offers"></section>'})
        expect(page).to_have_title("Léa Martin · Interactions")


def test_the_page_starts_with_little_script(browser: Any) -> None:
    with opened(browser) as (page, still):
        page.wait_for_load_state("networkidle")
        assert "main.js" in still.scripts
        assert "emoji.js" not in still.scripts
        assert sum(still.scripts.values()) < 100_000


def test_a_time_zone_that_nobody_has_set_is_that_of_the_machine(browser) -> None:
    with opened(browser, attributes='data-timezone=""') as (page, server):
        here = page.evaluate("new Intl.DateTimeFormat().resolvedOptions().timeZone")
        assert server.wait_for_posts("/preferences/") == [{"timezone": [here]}]
    with opened(browser, attributes='data-timezone="Europe/Paris"') as (_page, server):
        assert not server.posts("/preferences/")


def test_time_zones_are_offered_to_search_in_that_of_the_machine_first(browser) -> None:
    field = '<input name="timezone" list="time-zones" value="Europe/Paris">'
    part = f'<div id="part-me"><form id="preferences" action="/panel/preferences/">{field}</form></div>'
    with opened(browser, parts=f'{part}<datalist id="time-zones"></datalist>') as (page, server):
        here = page.evaluate("new Intl.DateTimeFormat().resolvedOptions().timeZone")
        assert "zones.js" not in server.scripts
        page.locator("[name=timezone]").focus()
        expect(page.locator("#time-zones option").first).to_have_attribute("value", here)
        offered = page.locator("#time-zones option").evaluate_all("all => all.map((one) => one.value)")
        assert {"Europe/Paris", "America/New_York", "UTC"} <= set(offered)
        assert len(offered) == len(set(offered))


def test_what_is_answered_for_the_agent_opens_by_itself_where_nothing_is_open(browser) -> None:
    def active(*ids: str) -> str:
        rows = "".join(
            f'<li id="a-{one}"><a class="item unread" href="/panel/i/{one}/" data-open="{one}">'
            f'<span class="name">Tom</span><span class="badge">1</span></a></li>'
            for one in ids
        )
        return f'<section class="section" id="part-active"><ul class="rows">{rows}</ul></section>'

    with opened(browser, parts=active()) as (page, server):
        server.push(html={"active": active(OTHER)})
        expect(page.locator(f"#a-{OTHER}")).to_be_attached()
        assert page.url.endswith(f"{INTERACTION}/")  # somebody reads here
        page.evaluate("document.dispatchEvent(new CustomEvent('panel:open', {detail: {interaction: ''}}))")
        server.push(html={"active": active()}, interaction=None)
        expect(page.locator(f"#a-{OTHER}")).not_to_be_attached()
        server.push(html={"active": active(OTHER)}, interaction=None)
        expect(page).to_have_url(f"http://panel.localhost/panel/i/{OTHER}/")
