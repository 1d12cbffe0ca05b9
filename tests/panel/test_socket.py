"""The socket: connecting streams everything, changes follow, nothing is missed, and a lost right shows at once."""

import asyncio
import json
import re
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from channels.testing import WebsocketCommunicator
from django.contrib.sessions.models import Session
from django.db import OperationalError, transaction
from django.db.models import F
from django.test import Client
from django.utils import timezone

from accounts import permissions
from accounts.models import User
from interactions import handling, shifts
from interactions.intake import Incoming, receive_message
from interactions.models import Inbox, Interaction, Message
from interactions.screens import entry, show_thread, show_waiting, show_work
from queues.models import AgentStatus, Queue, QueueUserPermission
from socialcare import events
from socialcare.panel import consumer, counts, exchange, line
from socialcare.panel.crowd import Crowd
from socialcare.panel.page import FEW
from socialcare.panel.parts import PARTS, render_parts
from tests.factories import InteractionFactory, MessageFactory, QueueFactory, UserFactory
from tests.panel.conftest import connected, signed_in

pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]
Frame = dict[str, Any]
SOON = 5.0


class Panel:
    """One open tab: what it has been sent."""

    def __init__(self, line: WebsocketCommunicator) -> None:
        self.line = line

    async def next(self) -> Frame:
        """The next frame."""
        return await self.line.receive_json_from(timeout=SOON)

    async def until(self, wanted: Callable[[Frame], bool]) -> Frame:
        """The next frame of which `wanted` is true."""
        while True:
            frame = await self.next()
            if wanted(frame):
                return frame

    async def everything(self) -> Frame:
        """The next frame with all parts."""
        return await self.until(lambda frame: bool(frame.get("all")))

    async def says(self, **frame: Any) -> None:
        await self.line.send_json_to(frame)


@asynccontextmanager
async def panel_of(
    client: Client, interaction: Interaction | None = None, origin: str = "testserver", *, entries: bool = True
) -> AsyncIterator[Panel]:
    """An open tab of the person who has signed in at `client`."""
    from socialcare.asgi import application

    path = f"/ws/panel/?interaction={interaction.pk if interaction else ''}" + ("&entries=1" if entries else "")
    cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    headers = [(b"origin", f"http://{origin}".encode()), (b"host", b"testserver"), (b"cookie", cookie.encode())]
    line = WebsocketCommunicator(application, path, headers=headers)
    accepted, _code = await line.connect(timeout=SOON)
    assert accepted
    try:
        yield Panel(line)
    finally:
        if not line.future.done():
            await line.disconnect()


@sync_to_async
def change(function: Callable[..., Any], *args: Any, **facts: Any) -> Any:
    """Do something elsewhere, in a transaction of its own."""
    with transaction.atomic():
        return function(*args, **facts)


async def test_connecting_streams_everything(at_alice: Client, work: Interaction) -> None:
    async with panel_of(at_alice, work) as panel:
        frame = await panel.next()
        assert frame["type"] == "parts"
        assert frame["all"] is True
        assert set(frame["html"]) == set(PARTS)
        assert frame["interaction"] == str(work.pk)
        assert set(frame["versions"]) == {"agent", "interaction"}
        assert frame["now"]


async def test_a_change_is_pushed_with_its_parts_and_version(at_alice: Client, alice: User, work: Interaction) -> None:
    async with panel_of(at_alice, work) as panel:
        first = await panel.everything()
        await change(lambda: (MessageFactory(interaction=work, text="Hello again"), show_thread(work, "thread")))
        frame = await panel.next()
        assert list(frame["html"]) == ["thread"]
        assert "Hello again" in frame["html"]["thread"]
        assert frame["versions"]["interaction"] == first["versions"]["interaction"] + 1


async def test_what_a_customer_says_comes_without_the_rest_of_the_thread(at_alice: Client, work: Interaction) -> None:
    async with panel_of(at_alice, work) as panel:
        await panel.everything()
        said = await change(_says, work, "Hello again")
        frame = await panel.next()
        assert "thread" not in frame["html"]
        assert "Hello again" in frame["html"][f"thread.{said.pk}"]
        await panel.says(type="beat", versions={})
        _day, line_of_it = frame["html"][f"thread.{said.pk}"].split("\n", 1)
        assert line_of_it.strip() in (await panel.everything())["html"]["thread"]


async def test_a_page_that_does_not_know_single_messages_gets_the_thread(at_alice: Client, work: Interaction) -> None:
    async with panel_of(at_alice, work, entries=False) as panel:
        await panel.everything()
        await change(_says, work, "Hello again")
        frame = await panel.next()
        assert "Hello again" in frame["html"]["thread"]
        assert not [name for name in frame["html"] if name.startswith("thread.")]


async def test_several_messages_come_in_their_order_for_who_stands_where_they_were_sent(
    at_alice: Client, work: Interaction
) -> None:
    async with panel_of(at_alice, work) as panel:
        first = await panel.everything()
        rows = await change(lambda: MessageFactory.create_batch(FEW, interaction=work))
        await change(show_thread, work, *entry(*(row.pk for row in rows)))
        frame = await panel.next()
        assert list(frame["html"]) == [f"thread.{row.pk}" for row in rows]
        assert frame["after"] == first["versions"]["interaction"] == frame["versions"]["interaction"] - 1


async def test_many_messages_at_once_come_with_the_thread(at_alice: Client, work: Interaction) -> None:
    async with panel_of(at_alice, work) as panel:
        await panel.everything()
        rows = await change(lambda: MessageFactory.create_batch(FEW + 1, interaction=work))
        await change(show_thread, work, *entry(*(row.pk for row in rows)))
        frame = await panel.next()
        assert list(frame["html"]) == ["thread"]


async def test_a_thread_that_is_as_it_was_before_a_message_changed_is_sent_again(
    at_alice: Client, work: Interaction
) -> None:
    message = await change(lambda: MessageFactory(interaction=work, text="One"))
    async with panel_of(at_alice, work) as panel:
        await panel.everything()

        def rewrite(text: str, *parts: str) -> None:
            Message.objects.filter(pk=message.pk).update(text=text)
            show_thread(work, *parts)

        await change(rewrite, "Two", *entry(message.pk))
        assert "Two" in (await panel.next())["html"][f"thread.{message.pk}"]
        await change(rewrite, "One", "thread")
        assert "One" in (await panel.next())["html"]["thread"]


async def test_of_another_conversation_no_single_message_is_shown(at_alice: Client, work: Interaction) -> None:
    foreign = await change(lambda: MessageFactory(text="Not of this conversation"))
    async with panel_of(at_alice, work) as panel:
        await panel.everything()
        await change(show_thread, work, *entry(foreign.pk))
        assert (await panel.next())["html"] == {}


async def test_who_may_see_a_conversation_no_more_is_shown_no_message_of_it(
    at_alice: Client, alice: User, work: Interaction
) -> None:
    async with panel_of(at_alice, work) as panel:
        await panel.everything()

        def hand_on() -> Message:
            said = MessageFactory(interaction=work, text="For somebody else")
            Interaction.objects.filter(pk=work.pk).update(owner=UserFactory(), queue=QueueFactory())
            show_thread(work, "head", *entry(said.pk))
            return said

        await change(hand_on)
        frame = await panel.next()
        assert "For somebody else" not in str(frame["html"])
        assert "not yours to see any more" in frame["html"]["thread"]


def _says(work: Interaction, text: str) -> Message:
    inbox, customer = work.inbox, work.customer
    incoming = Incoming(external_id=text, visibility="private", text=text, sent_at=timezone.now())
    return receive_message(inbox, customer.external_id, {}, incoming)[0]


async def test_what_the_page_shows_already_is_not_sent_again(at_alice: Client, alice: User, work: Interaction) -> None:
    async with panel_of(at_alice, work) as panel:
        first = await panel.everything()
        await change(show_work, alice, "me")
        frame = await panel.next()
        assert frame["html"] == {}
        assert frame["versions"]["agent"] == first["versions"]["agent"] + 1


async def test_a_burst_is_few_frames(at_alice: Client, alice: User, work: Interaction) -> None:
    async with panel_of(at_alice, work) as panel:
        first = await panel.everything()
        await change(lambda: [show_work(alice) for _ in range(50)])
        frames = 0
        while (await panel.next())["versions"]["agent"] < first["versions"]["agent"] + 50:
            frames += 1
        assert frames < 10


async def test_push_and_apply_is_the_same_as_fetching_again(at_alice: Client, alice: User, work: Interaction) -> None:
    steps: list[Callable[[], Any]] = [
        lambda: handling.add_note(alice, work.pk, "Look at the depot"),
        lambda: shifts.choose_presence(alice, "Meal"),
        lambda: handling.park(alice, work.pk),
        lambda: handling.resume(alice, work.pk),
        lambda: handling.end(alice, work.pk),
    ]
    async with panel_of(at_alice, work) as panel:
        shown = dict((await panel.everything())["html"])
        for step in steps:
            await change(step)
            fresh = await sync_to_async(lambda: render_parts(alice, work.pk).html)()
            wanted = {name: still(html) for name, html in fresh.items()}
            async with asyncio.timeout(2 * SOON):
                while {name: still(html) for name, html in shown.items()} != wanted:
                    shown.update((await panel.next()).get("html", {}))


def still(html: str) -> str:
    """A part without its running clocks."""
    return re.sub(r">[^<]*</time>|value=\"\d+\"|[\d:]+ left", ">", str(html))


async def test_a_gap_in_the_versions_brings_everything(at_alice: Client, alice: User, work: Interaction) -> None:
    async with panel_of(at_alice, work) as panel:
        first = await panel.everything()
        group, now = f"agent.{alice.pk}", first["versions"]["agent"]
        lost = {"type": "changed", "audience": group, "version": now + 2, "parts": ["me"]}
        await change(events.announce, group, lost)
        assert set((await panel.everything())["html"]) == set(PARTS)


async def test_a_beat_is_answered_and_brings_what_was_missed(at_alice: Client, alice: User, work: Interaction) -> None:
    async with panel_of(at_alice, work) as panel:
        first = await panel.everything()
        await panel.says(type="beat", versions=first["versions"])
        assert (await panel.next())["type"] == "beat"
        assert await panel.line.receive_nothing(timeout=0.2)
        await panel.says(type="beat", versions={"agent": first["versions"]["agent"] - 1})
        assert (await panel.next())["type"] == "beat"
        assert (await panel.everything())["all"]


async def test_a_beat_does_not_bring_everything_while_what_was_heard_is_on_its_way(
    at_alice: Client, alice: User, work: Interaction, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard, go_on, render = asyncio.Event(), asyncio.Event(), line.render

    async def slow(*given: Any) -> Any:
        heard.set()
        await go_on.wait()
        return await render(*given)

    async with panel_of(at_alice, work) as panel:
        versions = (await panel.everything())["versions"]
        monkeypatch.setattr(line, "render", slow)
        await change(show_work, alice, "me")
        await heard.wait()
        await panel.says(type="beat", versions=versions)
        assert (await panel.next())["type"] == "beat"
        go_on.set()
        frame = await panel.next()
        assert (frame["all"], frame["versions"]["agent"]) == (False, versions["agent"] + 1)
        assert await panel.line.receive_nothing(timeout=0.3)


async def test_a_beat_brings_everything_after_an_announcement_was_lost(
    at_alice: Client, alice: User, work: Interaction
) -> None:
    async with panel_of(at_alice, work) as panel:
        versions = (await panel.everything())["versions"]
        await sync_to_async(AgentStatus.objects.filter(user=alice).update)(version=F("version") + 1)
        await panel.says(type="beat", versions=versions)
        assert (await panel.everything())["versions"]["agent"] == versions["agent"] + 1


async def test_what_both_tabs_of_a_session_show_is_rendered_once(
    at_alice: Client, alice: User, work: Interaction, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, make = [], line._rendering._make
    async with panel_of(at_alice, work) as panel, panel_of(at_alice, work) as other:
        versions = (await panel.everything())["versions"]
        await other.everything()
        monkeypatch.setattr(line._rendering, "_make", lambda *given: (made.append(given), make(*given))[1])
        await asyncio.sleep(2 * consumer.LONGEST_PAUSE)
        await change(show_work, alice, "me")
        assert (await panel.next())["versions"]["agent"] == versions["agent"] + 1
        assert (await other.next())["versions"]["agent"] == versions["agent"] + 1
        assert len(made) == 1


async def test_tabs_that_show_something_else_are_rendered_for_themselves(
    at_alice: Client, at_bob: Client, alice: User, work: Interaction
) -> None:
    async with panel_of(at_alice, work) as panel, panel_of(at_alice) as other, panel_of(at_bob) as bobs:
        frames = [await each.everything() for each in (panel, other, bobs)]
        assert [frame["interaction"] for frame in frames] == [str(work.pk), None, None]
        assert frames[1]["html"]["active"] != frames[2]["html"]["active"]


async def test_what_was_announced_while_redis_was_away_comes_without_a_beat(
    at_alice: Client, alice: User, bob: User, work: Interaction, monkeypatch: pytest.MonkeyPatch
) -> None:
    layer = get_channel_layer()
    send, away, lost = layer.send, asyncio.Event(), asyncio.Event()

    async def lossy(channel: str, message: dict[str, Any]) -> None:
        if message["type"] == "pulse" and away.is_set() and not lost.is_set():
            lost.set()
        else:
            await send(channel, message)

    monkeypatch.setattr(exchange, "PULSE", 0.05)
    monkeypatch.setattr(layer, "send", lossy)
    async with panel_of(at_alice, work) as panel:
        first = await panel.everything()
        await sync_to_async(Interaction.objects.filter(pk=work.pk).update)(version=F("version") + 1)
        away.set()
        await asyncio.wait_for(lost.wait(), SOON)
        frame = await panel.everything()
        assert frame["versions"]["interaction"] == first["versions"]["interaction"] + 1


async def test_who_has_missed_nothing_is_not_sent_everything_after_a_silence(
    at_alice: Client, alice: User, work: Interaction
) -> None:
    async with panel_of(at_alice, work) as panel:
        await panel.everything()
        await exchange.exchange()._catch_up()
        await panel.says(type="beat", versions={"agent": 10**6, "interaction": 10**6})
        await panel.until(lambda frame: frame["type"] == "beat")
        await change(show_work, alice, "me", "active")
        assert not (await panel.next())["all"]


async def test_a_beat_brings_waiting_counts_whose_announcement_was_lost(
    at_sam: Client, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line, "KNOWN_FOR", 0.0)
    async with panel_of(at_sam) as panel:
        first = await panel.everything()
        await change(InteractionFactory, inbox=inbox)
        await panel.says(type="beat", versions=first["versions"])
        frame = await panel.until(lambda frame: frame["type"] == "parts")
        assert "1 waiting" in frame["html"]["waiting"]
        await panel.says(type="beat", versions=first["versions"])
        assert (await panel.next())["type"] == "beat"
        assert await panel.line.receive_nothing(timeout=0.2)


async def test_a_frame_that_cannot_be_made_ends_the_line_and_the_page_connects_anew(
    at_alice: Client, alice: User, work: Interaction, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def gone(*_: Any) -> None:
        raise OperationalError("the database has gone")

    async with panel_of(at_alice, work) as panel:
        await panel.everything()
        monkeypatch.setattr(line, "render", gone)
        await change(show_work, alice)
        closing = await panel.line.receive_output(timeout=SOON)
        assert (closing["type"], closing["code"]) == ("websocket.close", consumer.BROKEN)


async def test_a_beat_keeps_the_agent_present(at_alice: Client, alice: User) -> None:
    long_ago = timezone.now() - timedelta(minutes=5)
    async with panel_of(at_alice) as panel:
        await panel.everything()
        await change(lambda: AgentStatus.objects.filter(user=alice).update(last_seen=long_ago))
        await panel.says(type="beat", versions={})
        await panel.until(lambda frame: frame["type"] == "beat")
        assert not (await sync_to_async(AgentStatus.objects.get)(user=alice)).gone


async def test_opening_the_panel_is_a_sign_of_life(at_alice: Client, alice: User) -> None:
    long_ago = timezone.now() - timedelta(minutes=5)
    await change(lambda: AgentStatus.objects.filter(user=alice).update(last_seen=long_ago))
    async with panel_of(at_alice) as panel:
        await panel.everything()
        assert not (await sync_to_async(AgentStatus.objects.get)(user=alice)).gone


async def test_opening_another_interaction_streams_it_and_leaves_the_first(
    at_alice: Client, alice: User, inbox: Inbox, work: Interaction
) -> None:
    other = await change(connected, alice, inbox)
    async with panel_of(at_alice, work) as panel:
        await panel.everything()
        await panel.says(type="open", interaction=str(other.pk))
        assert (await panel.everything())["interaction"] == str(other.pk)
        await change(show_thread, work, "thread")
        assert await panel.line.receive_nothing(timeout=0.3)
        await panel.says(type="open", interaction=None)
        assert (await panel.everything())["interaction"] is None


async def test_what_one_may_not_see_is_not_streamed(at_charlie: Client, work: Interaction) -> None:
    name = await sync_to_async(lambda: str(work.customer))()
    async with panel_of(at_charlie, work) as panel:
        frame = await panel.everything()
        assert frame["interaction"] is None
        assert name not in json.dumps(frame)
        await change(show_thread, work)
        assert await panel.line.receive_nothing(timeout=0.3)


async def test_a_lost_right_shows_at_once(at_alice: Client, alice: User, work: Interaction) -> None:
    async with panel_of(at_alice, work) as panel:
        assert (await panel.everything())["interaction"] == str(work.pk)
        await change(lambda: [right.delete() for right in QueueUserPermission.objects.filter(user=alice)])
        frame = await panel.until(lambda frame: frame.get("interaction") is None)
        assert "not yours to see any more" in frame["html"]["thread"]
        assert str(work.pk) not in json.dumps(frame["html"])


async def test_others_rights_change_nothing_here(at_alice: Client, bob: User, work: Interaction) -> None:
    async with panel_of(at_alice, work) as panel:
        await panel.everything()
        await change(lambda: [right.delete() for right in QueueUserPermission.objects.filter(user=bob)])
        assert await panel.line.receive_nothing(timeout=0.4)


async def test_a_preference_shows_at_once(at_alice: Client, alice: User, work: Interaction) -> None:
    async with panel_of(at_alice, work) as panel:
        await panel.everything()
        alice.language = "fr"
        await change(alice.save)
        assert "Hors file" in (await panel.everything())["html"]["me"]


async def test_a_right_that_was_lost_unheard_shows_at_the_next_beat(
    at_alice: Client, alice: User, work: Interaction
) -> None:
    async with panel_of(at_alice, work) as panel:
        versions = (await panel.everything())["versions"]
        await change(lambda: QueueUserPermission.objects.filter(user=alice)._raw_delete("default"))
        await panel.says(type="beat", versions={"agent": versions["agent"]})
        assert (await panel.everything())["interaction"] is None


async def test_a_right_to_public_replies_that_is_taken_shows_at_once(
    at_alice: Client, alice: User, work: Interaction
) -> None:
    from interactions.models import InboxUserPermission

    async with panel_of(at_alice, work) as panel:
        assert '"public": {"allowed": true' in (await panel.everything())["html"]["compose-state"]
        codename = permissions.REPLY_PUBLIC.codename
        rights = InboxUserPermission.objects.filter(user=alice, permission__codename=codename)
        await change(lambda: [right.delete() for right in rights])
        frame = await panel.everything()
        assert '"public": {"allowed": false' in frame["html"]["compose-state"]


async def ended(panel: Panel) -> bool:
    await panel.until(lambda frame: frame["type"] == "signed-out")
    closing = await panel.line.receive_output(timeout=SOON)
    return bool(closing["type"] == "websocket.close" and closing["code"] == consumer.SIGNED_OUT)


async def test_signing_out_closes_this_sessions_sockets_and_no_others(at_alice: Client, alice: User) -> None:
    elsewhere = await sync_to_async(signed_in)(alice)
    async with panel_of(at_alice) as panel, panel_of(elsewhere) as other:
        await panel.everything()
        await other.everything()
        await sync_to_async(at_alice.post)("/sign-out/")
        assert await ended(panel)
        assert await other.line.receive_nothing(timeout=0.4)


async def test_somebody_shut_out_is_out_at_once(at_alice: Client, alice: User) -> None:
    async with panel_of(at_alice) as panel:
        await panel.everything()
        alice.is_active = False
        await change(alice.save)
        assert await ended(panel)


async def test_a_session_that_is_gone_ends_at_the_next_beat(at_alice: Client, alice: User) -> None:
    async with panel_of(at_alice) as panel:
        await panel.everything()
        await change(Session.objects.all().delete)
        await panel.says(type="beat", versions={})
        assert await ended(panel)


async def test_a_stranger_is_sent_to_sign_in(db: None) -> None:
    async with panel_of(Client()) as panel:
        assert await ended(panel)


async def test_another_sites_page_gets_no_socket(at_alice: Client) -> None:
    with pytest.raises(AssertionError):
        async with panel_of(at_alice, origin="evil.example"):
            pass


@pytest.mark.parametrize(
    "said", [" ", "{", "[]", "null", '"beat"', '{"type": 7}', '{"type": "open", "interaction": {"a": 1}}']
)
async def test_nonsense_is_passed_over(at_alice: Client, said: str) -> None:
    async with panel_of(at_alice) as panel:
        await panel.everything()
        await panel.line.send_to(text_data=said)
        await panel.says(type="beat", versions={})
        await panel.until(lambda frame: frame["type"] == "beat")


async def test_what_is_far_too_long_closes_the_line(at_alice: Client) -> None:
    async with panel_of(at_alice) as panel:
        await panel.everything()
        await panel.line.send_to(text_data="x" * 10_000)
        closing = await panel.line.receive_output(timeout=SOON)
        assert closing["type"] == "websocket.close"


async def test_waiting_counts_come_at_most_once_a_second(at_sam: Client, inbox: Inbox, queue: Queue) -> None:
    async with panel_of(at_sam) as panel:
        await panel.everything()
        await change(lambda: (InteractionFactory(inbox=inbox), show_waiting(queue.pk)))
        assert "1 waiting" in (await panel.next())["html"]["waiting"]
        began, frames = asyncio.get_running_loop().time(), 0
        for _number in range(5):
            await change(lambda: (InteractionFactory(inbox=inbox), show_waiting(queue.pk)))
        while "6 waiting" not in (await panel.next())["html"]["waiting"]:
            frames += 1
        assert frames <= (asyncio.get_running_loop().time() - began) / counts.EVERY + 1


async def test_those_who_see_the_same_are_sent_one_rendering(
    at_alice: Client, at_bob: Client, inbox: Inbox, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    rendered, render = [], Crowd.render
    monkeypatch.setattr(Crowd, "render", lambda *given: (rendered.append(given), render(*given))[1])
    async with panel_of(at_alice) as panel, panel_of(at_bob) as other:
        await panel.everything()
        await other.everything()
        await change(lambda: (InteractionFactory(inbox=inbox), show_waiting(queue.pk)))
        frame = await panel.next()
        assert "1 waiting" in frame["html"]["waiting"]
        assert await other.next() == frame
        assert len(rendered) == 1


async def test_a_beat_does_not_bring_again_the_counts_that_were_sent(
    at_alice: Client, inbox: Inbox, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line, "KNOWN_FOR", 0.0)
    sent: list[Any] = []
    show = consumer.PanelConsumer.show_counts
    monkeypatch.setattr(consumer.PanelConsumer, "show_counts", lambda *given: (sent.append(given), show(*given))[1])
    async with panel_of(at_alice) as panel:
        versions = (await panel.everything())["versions"]
        await change(lambda: (InteractionFactory(inbox=inbox), show_waiting(queue.pk)))
        assert "1 waiting" in (await panel.next())["html"]["waiting"]
        await panel.says(type="beat", versions=versions)
        assert (await panel.next())["type"] == "beat"
        assert await panel.line.receive_nothing(timeout=counts.EVERY + 0.3)
        assert len(sent) == 1


async def test_counts_are_not_sent_to_a_session_that_ended_unheard(
    at_alice: Client, inbox: Inbox, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer, "KNOWN_FOR", 0.0)
    async with panel_of(at_alice) as panel:
        await panel.everything()
        await change(lambda: Session.objects.all()._raw_delete("default"))
        await change(lambda: (InteractionFactory(inbox=inbox), show_waiting(queue.pk)))
        assert (await panel.next())["type"] == "signed-out"


async def test_the_interaction_one_has_open_is_marked_among_those_that_wait(
    at_sam: Client, inbox: Inbox, queue: Queue
) -> None:
    row = await change(InteractionFactory, inbox=inbox)
    async with panel_of(at_sam, row) as panel, panel_of(at_sam) as other:
        await panel.everything()
        await other.everything()
        await change(lambda: (InteractionFactory(inbox=inbox), show_waiting(queue.pk)))
        assert (await panel.next())["html"]["waiting"].count('aria-current="true"') == 1
        assert 'aria-current="true"' not in (await other.next())["html"]["waiting"]


async def test_a_queue_one_may_not_see_is_not_followed(at_alice: Client, vip: Queue) -> None:
    async with panel_of(at_alice) as panel:
        await panel.everything()
        await change(show_waiting, vip.pk)
        assert await panel.line.receive_nothing(timeout=0.3)


async def test_an_address_that_is_none_opens_nothing(at_alice: Client) -> None:
    async with panel_of(at_alice, Interaction(pk=uuid.uuid4())) as panel:
        assert (await panel.everything())["interaction"] is None


async def test_a_server_that_stops_says_when_to_come_back(at_alice: Client) -> None:
    async with panel_of(at_alice) as panel:
        await panel.everything()
        panel.line.future.cancel()
        await asyncio.wait({panel.line.future})
        said = json.loads(panel.line.output_queue.get_nowait()["text"])
        assert said["type"] == "reconnect"
        assert 0 <= said["after"] < consumer.RECONNECT_WITHIN
