"""The thread: in order, page by page, and what became of each message in words."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone, translation

from accounts.models import User
from interactions.handling import end
from interactions.models import Interaction, Message, MessageStatus, Note, Trouble
from interactions.reasons import Reason
from interactions.wrapup import finish_wrap_up
from socialcare.panel.screen import compose, delivery_words
from socialcare.panel.screen.conversation import PAGE, page
from socialcare.panel.screen.screen import Screen
from socialcare.practice.models import Network, Weather
from socialcare.practice.publishing import Refused, refuse_by_weather
from tests.factories import MessageFactory


def ids(html: str) -> list[str]:
    return re.findall(r'<li class="msg[^"]*" id="[mn]-([0-9a-f-]{36})"', html)


def test_messages_and_notes_are_paged_without_loss_or_repeat(at_alice: Client, alice: User, work: Interaction) -> None:
    start = timezone.now() - timedelta(days=3)
    for number in range(70):
        # every third one at the same moment as the one before
        at = start + timedelta(minutes=number - (number % 3 == 0))
        MessageFactory(interaction=work, created_at=at, sent_at=at)
        if number % 2:
            Note.objects.create(interaction=work, author=alice, text="note", created_at=at)
    everything = {str(pk) for model in (Message, Note) for pk in model.objects.values_list("pk", flat=True)}

    html = at_alice.get(f"/panel/i/{work.pk}/").content.decode()
    seen = ids(html)
    assert len(seen) == PAGE
    while found := re.search(r'data-earlier="([^"]+)"', html):
        html = at_alice.get(
            f"/panel/i/{work.pk}/earlier/", {"before": found[1]}, headers={"X-Requested-With": "fetch"}
        ).content.decode()
        assert "<html" not in html
        seen = ids(html) + seen
    assert len(seen) == len(everything)
    assert set(seen) == everything
    assert at_alice.get(f"/panel/i/{work.pk}/earlier/", {"before": "nonsense"}).status_code == 400


def test_entries_stand_in_the_order_in_which_they_came(alice: User, work: Interaction) -> None:
    moments = [row.fact("created_at") for row in page(alice, work).said]
    assert moments == sorted(moments)


def test_nobody_pages_through_what_they_may_not_see(at_charlie: Client, work: Interaction) -> None:
    assert at_charlie.get(f"/panel/i/{work.pk}/earlier/?before=x").status_code == 404


def test_visibility_is_told_by_word_icon_and_class(at_alice: Client, work: Interaction) -> None:
    private = MessageFactory(interaction=work, visibility="private", text="secret")
    html = at_alice.get(f"/panel/i/{work.pk}/").content.decode()
    row = html[html.index(f'id="m-{private.pk}"') - 60 :]
    assert row.lstrip().startswith('<li class="msg private"') or 'class="msg private"' in row[:80]
    assert "#i-lock" in row
    assert "Private" in row


def test_the_original_post_is_in_the_channel_identifier(at_alice: Client, work: Interaction) -> None:
    original = {
        "author": "Northpost",
        "text": "Storm update",
        "url": "https://example.org/1",
        "sent_at": "2026-11-20T18:05:00+00:00",
    }
    MessageFactory(interaction=work, original=original)
    html = at_alice.get(f"/panel/i/{work.pk}/").content.decode()
    assert re.search(r'<details class="channel"[^>]*>.*Storm update', html, re.DOTALL)
    assert 'href="https://example.org/1"' in html


def test_a_public_post_without_one_above_it_is_the_original_itself(at_alice: Client, work: Interaction) -> None:
    MessageFactory(interaction=work, text="My lid is broken", url="https://n.example/posts/8")
    private = MessageFactory(interaction=work, visibility="private")
    gone = MessageFactory(
        interaction=work, text="gone words", url="https://n.example/posts/9", removed_at=timezone.now()
    )
    html = at_alice.get(f"/panel/i/{work.pk}/").content.decode()
    boxes = re.findall(r'<details class="channel" id="c-([^"]+)">(.*?)</details>', html, re.DOTALL)
    assert len(boxes) == work.messages.filter(visibility="public").count() == 3
    assert str(private.pk) not in dict(boxes)
    assert "My lid is broken" in boxes[1][1]
    assert 'href="https://n.example/posts/8"' in boxes[1][1]
    removed = dict(boxes)[str(gone.pk)]
    assert "removed this post at" in removed
    assert "https://n.example/posts/9" not in removed


def test_edited_and_removed_show_as_such(at_alice: Client, work: Interaction) -> None:
    MessageFactory(interaction=work, edited_at=timezone.now())
    MessageFactory(interaction=work, text="gone words", removed_at=timezone.now(), status=MessageStatus.REMOVED)
    html = at_alice.get(f"/panel/i/{work.pk}/").content.decode()
    assert "Edited" in html
    assert "removed this post at" in html
    assert "gone words" not in html


def outbound(status: MessageStatus, trouble: str = "", reason: str = "", **fields: object) -> Message:
    return Message(direction="outbound", visibility="public", status=status, trouble=trouble, reason=reason, **fields)


@pytest.mark.parametrize(
    ("status", "words", "tone"),
    [
        (MessageStatus.QUEUED, "Queued", ""),
        (MessageStatus.SENT, "Sent", ""),
        (MessageStatus.PUBLISHED, "Published", ""),
        (MessageStatus.DELIVERED, "Delivered", ""),
        (MessageStatus.READ, "Read", ""),
        (MessageStatus.REMOVED, "Removed", ""),
        (MessageStatus.FAILED, "Not delivered", "bad"),
        (MessageStatus.UNDELIVERED, "Not delivered", "bad"),
    ],
)
def test_every_status_has_its_mark(status: MessageStatus, words: str, tone: str) -> None:
    mark = delivery_words.mark(outbound(status), "Léa")
    assert mark is not None
    assert (mark.words, mark.tone) == (words, tone)


@pytest.mark.parametrize(
    ("message", "cause", "tone", "mark"),
    [
        (outbound(MessageStatus.SENT, Trouble.PENDING), None, "", "Pending delivery, Léa is offline"),
        (outbound(MessageStatus.FAILED, Trouble.REFUSED, Reason.SERVER), "Refused by the server.", "", "Not delivered"),
        (
            outbound(MessageStatus.FAILED, Trouble.LIMIT, Reason.RATE_LIMITED),
            "Message limit exceeded.",
            "",
            "Not delivered",
        ),
        (
            outbound(MessageStatus.QUEUED, Trouble.LIMIT, retry_at=timezone.now()),
            "Message limit exceeded.",
            "wait",
            "Waits",
        ),
        (outbound(MessageStatus.QUEUED, Trouble.NETWORK, retry_at=timezone.now()), "Network error.", "wait", "Waits"),
        (outbound(MessageStatus.FAILED, Trouble.NETWORK), "Network error.", "", "Not delivered"),
        (outbound(MessageStatus.FAILED, Trouble.UNCERTAIN), "The line broke", "wait", "Not certain"),
    ],
)
def test_the_five_errors_are_told_apart(message: Message, cause: str | None, tone: str, mark: str) -> None:
    why = delivery_words.why(message, "Bluesky", "Léa")
    shown = delivery_words.mark(message, "Léa")
    assert shown is not None
    assert shown.words.startswith(mark)
    if cause is None:
        assert why is None
    else:
        assert why is not None
        assert why.cause.startswith(cause)
        assert why.tone == tone
        assert "%(" not in why.rest


@pytest.mark.parametrize(("minutes", "said"), [(1, r"at \d\d:\d\d:\d\d\."), (5, r"at \d\d:\d\d\.")])
def test_a_try_that_is_near_is_said_to_the_second(minutes: int, said: str) -> None:
    retry_at = timezone.now() + timedelta(minutes=minutes)
    why = delivery_words.why(outbound(MessageStatus.QUEUED, Trouble.NETWORK, retry_at=retry_at), "Bluesky", "Léa")
    assert why is not None
    assert re.search(said + "$", why.rest)


@pytest.mark.parametrize(
    "weather", [Weather.ERROR, Weather.REFUSAL, Weather.LIMIT], ids=lambda weather: str(weather.value)
)
def test_the_practice_network_gives_its_reasons_in_french_too(weather: Weather) -> None:
    with pytest.raises(Refused) as refused:
        refuse_by_weather(Network(weather=weather))
    message = outbound(MessageStatus.FAILED, Trouble.REFUSED, Reason.GENERAL, detail=refused.value.message)
    with translation.override("fr"):
        why = delivery_words.why(message, "Bluesky", "Léa")
    assert why is not None
    assert why.detail not in ("", refused.value.message)


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_is_said_in_words(reason: Reason) -> None:
    why = delivery_words.why(outbound(MessageStatus.FAILED, Trouble.REFUSED, reason), "100 % Network", "Léa")
    assert why is not None
    assert "Léa has not got this." in why.rest


def test_what_is_not_certain_is_looked_for_under_the_post_it_answers(at_alice: Client, work: Interaction) -> None:
    asked = MessageFactory(interaction=work, url="https://n.example/posts/7")
    fields = {"status": MessageStatus.FAILED, "trouble": Trouble.UNCERTAIN, "external_id": None}
    MessageFactory(interaction=work, agent=work.owner, in_reply_to=asked, **fields)
    html = at_alice.get(f"/panel/i/{work.pk}/").content.decode()
    link = html[html.rindex('href="https://n.example/posts/7"') :]
    assert "Look on Practice network" in link[:400]


def test_what_has_failed_can_be_sent_again_until_the_wrap_up_is_done(
    at_alice: Client, alice: User, work: Interaction
) -> None:
    fields = {"direction": "outbound", "status": MessageStatus.FAILED, "trouble": Trouble.NETWORK, "external_id": None}
    lost = MessageFactory(interaction=work, agent=alice, **fields)
    button = f'action="/panel/messages/{lost.pk}/resend/"'

    def seen() -> str:
        return at_alice.get(f"/panel/i/{work.pk}/").content.decode()

    assert button in seen()
    end(alice, work.pk)
    assert button in seen()
    finish_wrap_up(alice, work.pk)
    assert f'id="m-{lost.pk}"' in seen()
    assert button not in seen()


def test_the_post_that_a_public_reply_answers_is_named_however_far_back(alice: User, work: Interaction) -> None:
    post = work.messages.get()
    for number in range(PAGE + 1):
        MessageFactory(interaction=work, visibility="private", text=str(number))
    answering = compose.gather(Screen(alice, work.pk))["state"]["answering"]
    assert answering is not None
    assert answering["id"] == str(post.pk)
