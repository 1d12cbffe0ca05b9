"""The reply box: nothing written is lost, one press sends once, and public is never mistaken for private."""

from typing import Any
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import expect

from tests.panel.still import INTERACTION, OLDER_POST, OTHER, POST, compose_part, opened, state

pytestmark = pytest.mark.browser

REPLY = "#reply"
SEND = "[data-send]"
LIMITED = {"unit": "code_points", "limit": 10, "byte_limit": None, "url_length": 0, "counting": {}, "unit_names": {}}


def send(page: Any, text: str) -> None:
    """Write it into the reply, and press Enter."""
    page.fill(REPLY, text)
    page.press(REPLY, "Enter")


def test_enter_sends_and_shift_enter_begins_a_new_line(browser: Any) -> None:
    with opened(browser) as (page, still):
        page.fill(REPLY, "Dear Léa,")
        page.press(REPLY, "Shift+Enter")
        page.locator(REPLY).press_sequentially("it comes tomorrow.")
        page.press(REPLY, "Enter")
        (sent,) = still.wait_for_posts("/reply/")
        assert sent["text"] == ["Dear Léa,\nit comes tomorrow."]
        assert sent["visibility"] == ["public"]
        assert sent["in_reply_to"] == [POST]
        assert sent["key"][0]
        expect(page.locator(REPLY)).to_have_value("")


def test_enter_that_chooses_a_word_of_an_input_method_does_not_send(browser: Any) -> None:
    with opened(browser) as (page, still):
        page.fill(REPLY, "かな")
        composing = "new KeyboardEvent('keydown', {key: 'Enter', isComposing: true, bubbles: true, cancelable: true})"
        page.evaluate(f"document.querySelector('#reply').dispatchEvent({composing})")
        page.wait_for_timeout(100)
        assert still.posts("/reply/") == []


def test_one_press_sends_once_however_often_it_is_repeated(browser: Any) -> None:
    with opened(browser) as (page, still):
        page.fill(REPLY, "Once")
        page.evaluate("for (let n = 0; n < 5; n += 1) document.querySelector('#composer').requestSubmit()")
        still.wait_for_posts("/reply/")
        page.wait_for_timeout(200)
        assert len(still.posts("/reply/")) == 1


def test_the_text_stays_and_the_key_is_used_again_until_the_server_answers(browser: Any) -> None:
    with opened(browser) as (page, still):
        tries: list[Any] = []

        def answer(request: Any, fields: Any) -> Any:
            tries.append(fields)
            return (0, None) if len(tries) == 1 else (503, {}) if len(tries) == 2 else (200, {"ok": True})

        still.answers["/reply/"] = answer
        send(page, "It comes tomorrow.")
        expect(page.locator("#composer-why")).to_contain_text("goes out by itself")
        expect(page.locator(REPLY)).to_have_value("It comes tomorrow.")
        page.evaluate("window.dispatchEvent(new Event('online'))")
        still.wait_for_posts("/reply/", 2)
        page.evaluate("window.dispatchEvent(new Event('online'))")
        still.wait_for_posts("/reply/", 3)
        expect(page.locator(REPLY)).to_have_value("")
        assert len({fields["key"][0] for fields in tries}) == 1


def test_a_reload_in_the_middle_uses_the_same_key(browser: Any) -> None:
    with opened(browser) as (page, still):
        still.answers["/reply/"] = (0, None)
        send(page, "It comes tomorrow.")
        (first,) = still.wait_for_posts("/reply/")[:1]
        still.answers["/reply/"] = (200, {"ok": True})
        page.reload()
        again = still.wait_for_posts("/reply/", 2)[-1]
        assert (again["key"], again["text"]) == (first["key"], first["text"])


def test_another_press_has_another_key(browser: Any) -> None:
    with opened(browser) as (page, still):
        for count, text in enumerate(("One", "Two"), start=1):
            page.fill(REPLY, text)
            page.press(REPLY, "Enter")
            still.wait_for_posts("/reply/", count)
            expect(page.locator(REPLY)).to_have_value("")
        one, two = still.posts("/reply/")
        assert one["key"] != two["key"]


def test_what_is_refused_stays_and_says_why(browser: Any) -> None:
    with opened(browser) as (page, still):
        still.answers["/reply/"] = (403, {"error": {"code": "not.permitted", "message": "You may not.", "field": ""}})
        page.fill(REPLY, "Hello")
        page.click(SEND)
        expect(page.locator("#composer-why")).to_have_text("You may not.")
        expect(page.locator(REPLY)).to_have_value("Hello")
        expect(page.locator(SEND)).to_have_attribute("aria-disabled", "false")


def test_what_is_written_on_while_a_reply_is_under_way_stays(browser: Any) -> None:
    with opened(browser) as (page, still):
        still.answers["/reply/"] = (0, None)
        send(page, "First.")
        still.wait_for_posts("/reply/")
        page.locator(REPLY).press_sequentially(" Second.")
        still.answers["/reply/"] = (200, {"ok": True})
        page.evaluate("window.dispatchEvent(new Event('online'))")
        expect(page.locator(REPLY)).to_have_value("Second.")


def test_visibility_changes_border_strip_icon_label_placeholder_and_button_together(browser: Any) -> None:
    with opened(browser) as (page, _):
        form = page.locator("#composer")
        expect(form).to_have_class("composer public")
        expect(page.locator("[data-whom]")).to_have_text("Answering Léa’s post")
        expect(page.locator("[data-send-words]")).to_have_text("Send as public")
        page.press(REPLY, "Alt+v")
        expect(form).to_have_class("composer private")
        expect(page.locator("[data-whom]")).to_have_text("Private message to Léa")
        expect(page.locator("[data-send-words]")).to_have_text("Send as private")
        expect(page.locator(REPLY)).to_have_attribute("placeholder", "Write a private message, only Léa reads it")
        expect(page.locator(".whom use")).to_have_attribute("href", "#i-lock")
        expect(page.locator("input[value=private]")).to_be_checked()
        expect(page.locator("#composer-count")).to_have_text("Remaining 1,000")
        expect(page.get_by_label("Private message to Léa Martin")).to_be_visible()


def test_only_private_where_public_is_not_permitted(browser: Any) -> None:
    denied = {"allowed": False, "reason": "Public replies need Conversation > Socialmedia > Create.", "rules": None}
    with opened(browser, state(public=denied, default="private")) as (page, still):
        expect(page.locator("#composer")).to_have_class("composer private")
        expect(page.locator("#composer-only")).to_contain_text("Socialmedia > Create")
        expect(page.locator("input[value=public]")).to_be_disabled()
        page.press(REPLY, "Alt+v")
        expect(page.locator("#composer")).to_have_class("composer private")
        send(page, "Hello")
        assert still.wait_for_posts("/reply/")[0]["visibility"] == ["private"]


def test_a_visibility_that_is_lost_is_left_but_nothing_becomes_public_by_itself(browser: Any) -> None:
    lost = {"allowed": False, "reason": "There is no public post of this customer to answer.", "rules": None}
    with opened(browser) as (page, still):
        page.fill(REPLY, "Dear Léa")
        still.say(public=lost)
        expect(page.locator("#composer")).to_have_class("composer private")
        expect(page.locator(REPLY)).to_have_value("Dear Léa")
        still.say(public=state()["public"], private=lost)
        expect(page.locator("input[value=private]")).to_be_disabled()
        expect(page.locator("#composer")).to_have_class("composer private")


def test_over_the_limit_send_says_why_and_does_nothing(browser: Any) -> None:
    public = {"allowed": True, "reason": "", "rules": LIMITED}
    with opened(browser, state(public=public)) as (page, still):
        page.fill(REPLY, "0123456789 and five")
        expect(page.locator("#composer-count")).to_have_text("9 characters too many")
        expect(page.locator(SEND)).to_have_attribute("aria-disabled", "true")
        expect(page.locator(REPLY)).to_have_attribute("aria-invalid", "true")
        page.focus(SEND)
        page.keyboard.press("Enter")
        expect(page.locator("#composer-why")).to_contain_text("too long for Bluesky")
        assert still.posts("/reply/") == []
        page.fill(REPLY, "0123456789a")
        expect(page.locator("#composer-count")).to_have_text("1 character too many")


def test_selecting_a_post_answers_it(browser: Any) -> None:
    with opened(browser) as (page, still):
        expect(page.locator(f"#m-{POST}")).to_have_class("msg public answering")
        page.click(f"[data-answer='{OLDER_POST}']")
        expect(page.locator(f"[data-answer='{OLDER_POST}']")).to_have_attribute("aria-pressed", "true")
        expect(page.locator(f"[data-answer='{POST}']")).to_have_attribute("aria-pressed", "false")
        expect(page.locator("[data-quote]")).to_have_text("Hello?")
        expect(page.locator(REPLY)).to_be_focused()
        page.locator(REPLY).press_sequentially("Yes")
        page.keyboard.press("Enter")
        assert still.wait_for_posts("/reply/")[0]["in_reply_to"] == [OLDER_POST]


def test_the_chosen_post_is_still_answered_after_a_look_at_private_by_keys(browser: Any) -> None:
    with opened(browser) as (page, still):
        page.click(f"[data-answer='{OLDER_POST}']")
        page.press(REPLY, "Alt+v")
        expect(page.locator("[data-whom]")).to_have_text("Private message to Léa")
        expect(page.locator("[data-quote]")).to_be_hidden()
        page.press(REPLY, "Alt+v")
        expect(page.locator("[data-quote]")).to_have_text("Hello?")
        send(page, "Yes")
        assert still.wait_for_posts("/reply/")[0]["in_reply_to"] == [OLDER_POST]


def test_the_chosen_post_is_still_answered_after_a_look_at_private_by_mouse(browser: Any) -> None:
    with opened(browser) as (page, _):
        page.click(f"[data-answer='{OLDER_POST}']")
        page.locator("label.private").click()
        expect(page.locator(".answering")).to_have_count(0)
        page.locator("label.public").click()
        expect(page.locator(f"#m-{OLDER_POST}")).to_have_class("msg public answering")


def test_a_private_message_in_between_answers_no_post_and_keeps_the_chosen_one(browser: Any) -> None:
    with opened(browser) as (page, still):
        page.click(f"[data-answer='{OLDER_POST}']")
        page.press(REPLY, "Alt+v")
        send(page, "Only you")
        (sent,) = still.wait_for_posts("/reply/")
        assert (sent["visibility"], sent["in_reply_to"]) == (["private"], [""])
        expect(page.locator(REPLY)).to_have_value("")
        still.say(unread=1)
        page.press(REPLY, "Alt+v")
        expect(page.locator("[data-quote]")).to_have_text("Hello?")


def test_what_is_sent_as_public_from_private_answers_the_chosen_post(browser: Any) -> None:
    with opened(browser) as (page, still):
        page.click(f"[data-answer='{OLDER_POST}']")
        page.press(REPLY, "Alt+v")
        page.fill(REPLY, "Yes")
        page.click("[data-other-ways]")
        page.get_by_role("menuitem", name="Send as public").click()
        (sent,) = still.wait_for_posts("/reply/")
        assert (sent["visibility"], sent["in_reply_to"]) == (["public"], [OLDER_POST])


def test_the_text_comes_back_with_its_post_and_no_older_draft_of_it(browser: Any) -> None:
    draft = {"visibility": "public", "in_reply_to": OLDER_POST, "text": "Half", "saved_at": "2026-11-22T09:00:00+00:00"}
    with opened(browser, state(drafts=[draft])) as (page, still):
        page.press(REPLY, "Alt+v")
        gone = still.wait_for_posts("/draft/")[0]
        assert (gone["visibility"], gone["in_reply_to"], gone["text"]) == (["public"], [OLDER_POST], [""])
        page.locator(REPLY).press_sequentially(" a word")
        page.press(REPLY, "Alt+v")
        expect(page.locator(REPLY)).to_have_value("Half a word")
        kept = still.wait_for_posts("/draft/", 2)[-1]
        assert (kept["in_reply_to"], kept["text"]) == ([OLDER_POST], ["Half a word"])


def test_a_public_reply_always_says_which_post_it_answers(browser: Any) -> None:
    with opened(browser) as (page, still):
        newest = page.get_by_role("button", name="Answer the newest post")
        expect(newest).to_be_hidden()
        page.click(f"[data-answer='{POST}']")
        expect(page.locator("[data-quote]")).to_have_text("Where is my parcel?")
        page.click(f"[data-answer='{OLDER_POST}']")
        newest.click()
        expect(page.locator("[data-whom]")).to_have_text("Answering Léa’s post")
        expect(page.locator("[data-quote]")).to_have_text("Where is my parcel?")
        expect(newest).to_be_hidden()
        expect(page.locator(REPLY)).to_be_focused()
        send(page, "Yes")
        assert still.wait_for_posts("/reply/")[0]["in_reply_to"] == [POST]


def test_a_post_that_is_no_longer_the_newest_can_be_left_for_it(browser: Any) -> None:
    with opened(browser) as (page, still):
        page.fill(REPLY, "Begun")
        still.say(answering={"id": OTHER, "name": "Léa", "quote": "It is here!"})
        expect(page.locator("[data-quote]")).to_have_text("Where is my parcel?")
        page.get_by_role("button", name="Answer the newest post").click()
        expect(page.locator("[data-quote]")).to_have_text("It is here!")
        expect(page.locator(REPLY)).to_have_value("Begun")


def test_a_draft_of_no_post_goes_to_the_newest(browser: Any) -> None:
    draft = {"visibility": "public", "in_reply_to": None, "text": "Half", "saved_at": "2026-11-22T09:00:00+00:00"}
    with opened(browser, state(drafts=[draft])) as (page, still):
        expect(page.locator(REPLY)).to_have_value("Half")
        expect(page.locator("[data-quote]")).to_have_text("Where is my parcel?")
        kept = [(post["in_reply_to"], post["text"]) for post in still.wait_for_posts("/draft/", 2)]
        assert kept == [([""], [""]), ([POST], ["Half"])]


def test_a_draft_that_comes_up_is_read_before_it_is_sent(browser: Any) -> None:
    waiting = {"visibility": "private", "in_reply_to": None, "text": "Older", "saved_at": "2026-11-22T08:00:00+00:00"}
    mine = {"visibility": "public", "in_reply_to": POST, "text": "Mine", "saved_at": "2026-11-22T09:00:00+00:00"}
    with opened(browser, state(drafts=[mine, waiting])) as (page, still):
        page.click("[data-other-ways]")
        page.get_by_role("menuitem", name="Send as private").click()
        expect(page.locator(REPLY)).to_have_value("Older")
        page.wait_for_timeout(100)
        assert still.posts("/reply/") == []


def test_a_draft_is_kept_on_the_server_and_taken_up_again(browser: Any) -> None:
    draft = {"visibility": "private", "in_reply_to": None, "text": "Half a wo", "saved_at": "2026-11-22T09:00:00+00:00"}
    with opened(browser, state(drafts=[draft])) as (page, still):
        expect(page.locator(REPLY)).to_have_value("Half a wo")
        expect(page.locator("#composer")).to_have_class("composer private")
        still.answers["/draft/"] = (200, {"ok": True, "saved_at": "2026-11-22T09:01:00+00:00"})
        page.locator(REPLY).press_sequentially("rd")
        (saved,) = still.wait_for_posts("/draft/")
        assert saved["visibility"] == ["private"]
        assert saved["text"][0].endswith("rd")
        assert saved["base"] == ["2026-11-22T09:00:00+00:00"]


def test_leaving_the_page_saves_the_last_words(browser: Any) -> None:
    with opened(browser) as (page, _):
        beacons: list[Any] = []
        page.expose_function("beacon", lambda url, body: beacons.append((url, parse_qs(body))))
        page.evaluate("() => { navigator.sendBeacon = (url, body) => (window.beacon(url, String(body)), true); }")
        page.fill(REPLY, "Almost")
        page.evaluate("window.dispatchEvent(new PageTransitionEvent('pagehide'))")
        page.wait_for_timeout(100)
        assert beacons[0][0].endswith("/draft/")
        assert beacons[0][1]["text"] == ["Almost"]
        assert beacons[0][1]["csrfmiddlewaretoken"] == ["token"]


def test_a_newer_draft_is_taken_over_only_while_this_box_is_untouched(browser: Any) -> None:
    def draft(text: str, minute: int) -> dict[str, Any]:
        return {
            "visibility": "public",
            "in_reply_to": POST,
            "text": text,
            "saved_at": f"2026-11-22T10:{minute:02}:00+00:00",
        }

    with opened(browser, state(drafts=[draft("One", 1)])) as (page, still):
        expect(page.locator(REPLY)).to_have_value("One")
        still.say(drafts=[draft("One, elsewhere", 2)])
        expect(page.locator(REPLY)).to_have_value("One, elsewhere")
        page.locator(REPLY).press_sequentially("!")
        still.say(drafts=[draft("Three", 3)])
        page.wait_for_timeout(100)
        expect(page.locator(REPLY)).to_have_value("One, elsewhere!")


def test_an_old_frame_does_not_bring_back_what_was_sent(browser: Any) -> None:
    draft = {"visibility": "public", "in_reply_to": POST, "text": "Sent", "saved_at": "2026-11-22T09:00:00+00:00"}
    with opened(browser, state(drafts=[draft])) as (page, still):
        page.press(REPLY, "Enter")
        still.wait_for_posts("/reply/")
        expect(page.locator(REPLY)).to_have_value("")
        still.say(drafts=[draft], unread=1)
        page.wait_for_timeout(100)
        expect(page.locator(REPLY)).to_have_value("")


def test_the_text_goes_along_when_visibility_changes_and_other_drafts_are_not_lost(browser: Any) -> None:
    waiting = {
        "visibility": "private",
        "in_reply_to": None,
        "text": "In private",
        "saved_at": "2026-11-22T08:00:00+00:00",
    }
    mine = {"visibility": "public", "in_reply_to": POST, "text": "In public", "saved_at": "2026-11-22T09:00:00+00:00"}
    with opened(browser, state(drafts=[mine, waiting])) as (page, still):
        expect(page.locator(REPLY)).to_have_value("In public")
        page.locator(REPLY).press_sequentially("!")
        page.press(REPLY, "Alt+v")
        expect(page.locator(REPLY)).to_have_value("In private")
        saved = still.wait_for_posts("/draft/")[-1]
        assert saved["visibility"] == ["public"]
        assert "!" in saved["text"][0]
    with opened(browser) as (page, _):
        page.fill(REPLY, "Carried")
        page.press(REPLY, "Alt+v")
        expect(page.locator(REPLY)).to_have_value("Carried")


def test_after_a_private_message_a_public_reply_is_asked_once(browser: Any) -> None:
    with opened(browser, state(confirm_public=True)) as (page, still):
        send(page, "Hello everybody")
        expect(page.locator("[data-whom]")).to_have_text("Léa wrote to you in private last. Answer in public?")
        expect(page.locator("[data-ask-private]")).to_be_focused()
        assert still.posts("/reply/") == []
        page.keyboard.press("Escape")
        expect(page.locator(REPLY)).to_be_focused()
        expect(page.locator(REPLY)).to_have_value("Hello everybody")
        page.press(REPLY, "Enter")
        page.click("text=Yes, send as public")
        assert still.wait_for_posts("/reply/")[0]["confirmed"] == ["1"]


def test_the_question_can_be_answered_with_private(browser: Any) -> None:
    with opened(browser, state(confirm_public=True)) as (page, still):
        send(page, "Only you")
        page.click("[data-ask-private]")
        assert still.wait_for_posts("/reply/")[0]["visibility"] == ["private"]


def test_other_ways_to_send(browser: Any) -> None:
    with opened(browser) as (page, still):
        page.fill(REPLY, "Only you")
        page.click("[data-other-ways]")
        expect(page.get_by_role("menuitem", name="Send as private")).to_be_focused()
        expect(page.get_by_role("menuitem", name="Send as public")).to_be_hidden()
        page.keyboard.press("Escape")
        expect(page.locator("[data-other-ways]")).to_be_focused()
        page.keyboard.press("Enter")
        page.keyboard.press("Enter")
        assert still.wait_for_posts("/reply/")[0]["visibility"] == ["private"]


def test_another_interaction_has_its_own_text(browser: Any) -> None:
    row = f'<section id="part-active"><a href="/panel/i/{OTHER}/" data-open="{OTHER}">Jonas</a></section>'
    with opened(browser, parts=row) as (page, still):
        still.answers["/draft/"] = (200, {"ok": True, "saved_at": "2026-11-22T10:00:00+00:00"})
        page.fill(REPLY, "For Léa")
        page.click(f"a[data-open='{OTHER}']")
        assert still.wait_for_posts(f"{INTERACTION}/draft/")[0]["text"] == ["For Léa"]
        expect(page.locator("#composer")).to_be_hidden()
        assert still.said_by_page[-1] == {"type": "open", "interaction": OTHER}
        there = state(interaction=OTHER, first_name="Jonas", customer="Jonas Weber")
        still.push(interaction=OTHER, html={"compose-state": compose_part(there)})
        expect(page.locator(REPLY)).to_have_value("")
        assert page.url.endswith(f"/panel/i/{OTHER}/")
        page.go_back()
        page.wait_for_url(f"**/panel/i/{INTERACTION}/")
        expect(page.locator("#composer")).to_be_hidden()
        assert still.said_by_page[-1] == {"type": "open", "interaction": INTERACTION}


def test_a_closed_conversation_says_why(browser: Any) -> None:
    with opened(browser) as (page, still):
        still.say(open=False, reason="Messages are ended. Finish the wrap-up.")
        expect(page.locator("#composer")).to_be_hidden()
        expect(page.locator("#composer-closed")).to_have_text("Messages are ended. Finish the wrap-up.")
