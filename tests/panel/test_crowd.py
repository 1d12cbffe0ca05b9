"""What concerns many panels is heard once, rendered once, and in nobody's way; and who may not see it gets nothing."""

import asyncio
import uuid
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from channels.layers import get_channel_layer

from accounts.models import User
from accounts.permissions import VIEW
from queues.models import Queue, QueueUserPermission
from socialcare.panel import counts, crowd
from socialcare.panel.crowd import Crowd, Rendering, crowd_of
from socialcare.panel.exchange import Exchange

CROWD, OTHERS = Crowd(User()), Crowd(User())
Message = Mapping[str, Any]


class Follower:
    def __init__(self) -> None:
        self.heard: list[Message] = []

    def hear(self, message: Message) -> None:
        self.heard.append(message)


class Deaf:
    def hear(self, message: Message) -> None:
        raise OSError("no ears")


async def test_all_who_follow_hear_and_nobody_else() -> None:
    exchange, one, two, other = Exchange(), Follower(), Follower(), Follower()
    await exchange.follow(Deaf(), ["queue.1"])
    await exchange.follow(one, ["queue.1", "everyone"])
    await exchange.follow(two, ["queue.1"])
    await exchange.follow(other, ["queue.2"])
    said = {"type": "changed", "group": "queue.1"}
    await get_channel_layer().group_send("queue.1", said)
    await asyncio.sleep(0.05)
    assert (one.heard, two.heard, other.heard) == ([said], [said], [])


async def test_who_has_left_hears_nothing_and_the_last_one_ends_it() -> None:
    exchange, one, two = Exchange(), Follower(), Follower()
    await exchange.follow(one, ["queue.3"])
    await exchange.follow(two, ["queue.3"])
    at_work = exchange._tasks
    await exchange.leave(one, ["queue.3"])
    await get_channel_layer().group_send("queue.3", {"type": "changed", "group": "queue.3"})
    await asyncio.sleep(0.05)
    assert (len(one.heard), len(two.heard)) == (0, 1)
    await exchange.leave(two, ["queue.3"])
    await asyncio.sleep(0)
    assert at_work
    assert all(task.cancelled() for task in at_work)
    await exchange.follow(one, ["queue.3"])
    await get_channel_layer().group_send("queue.3", {"type": "changed", "group": "queue.3"})
    await asyncio.sleep(0.05)
    assert len(one.heard) == 1
    await exchange.leave(one, ["queue.3"])


async def test_what_concerns_all_alike_is_handed_to_the_counts_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    exchange, one, two = Exchange(), Follower(), Follower()
    wanted: list[set[Any]] = []
    monkeypatch.setattr(counts.Counts, "want", lambda _self, *panels: wanted.append(set(panels)))
    for follower in (one, two):
        await exchange.follow(follower, ["queue.4"])
    await get_channel_layer().group_send("queue.4", {"type": "changed", "group": "queue.4", "parts": ["waiting"]})
    await asyncio.sleep(0.05)
    assert wanted == [{one, two}]
    assert (one.heard, two.heard) == ([], [])
    for follower in (one, two):
        await exchange.leave(follower, ["queue.4"])


class Panel:
    """A panel that takes note of what it is sent."""

    interaction_id: uuid.UUID | None = None
    must_look, is_open, takes = False, True, True

    def __init__(self, crowd: Crowd | None = CROWD) -> None:
        self.crowd = crowd
        self.sent: list[Rendering] = []
        self.whole = 0
        self.on_sent: Callable[[], Any] = lambda: None

    async def look(self) -> None:
        self.crowd, self.must_look, self.is_open = None, False, False

    async def show_counts(self, counts: Rendering, waiting: Any) -> bool:
        if not self.takes:
            return False
        self.sent.append(counts)
        self.on_sent()
        return True

    def want_everything(self) -> None:
        self.whole += 1


@pytest.fixture
def rendered(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Crowd, Any]]:
    """What is rendered, instead of rendering it."""
    made: list[tuple[Crowd, Any]] = []

    async def render(of: Crowd, interaction_id: Any) -> Rendering:
        made.append((of, interaction_id))
        return Rendering("{}", 0, frozenset())

    async def nothing() -> dict[Any, Any]:
        return {}

    monkeypatch.setattr(counts.line, "counts", render)
    monkeypatch.setattr(counts.line, "waiting_now", nothing)
    monkeypatch.setattr(counts, "GATHERED", 0.0)
    return made


async def told(*panels: Panel) -> None:
    """Until all of them have been sent the counts, or passed over."""
    all_of_them = counts.Counts()
    for panel in panels:
        all_of_them.want(panel)
    assert all_of_them._task
    await all_of_them._task


async def test_each_crowd_is_rendered_once(rendered: list[Any]) -> None:
    panels = [Panel(CROWD) for _ in range(20)] + [Panel(OTHERS) for _ in range(20)]
    await told(*panels)
    assert all(len(panel.sent) == 1 for panel in panels)
    assert sorted(map(id, dict(rendered))) == sorted([id(CROWD), id(OTHERS)])
    assert len(rendered) == 2


async def test_other_work_goes_between(rendered: list[Any]) -> None:
    panels = [Panel() for _ in range(50)]
    sent_before: list[int] = []

    def own_event() -> None:
        sent_before.append(sum(len(panel.sent) for panel in panels))

    for panel in panels:
        panel.on_sent = lambda: None if sent_before else asyncio.get_running_loop().call_soon(own_event)  # type: ignore[assignment,return-value]
    await told(*panels)
    assert sent_before[0] <= counts.AT_ONCE


async def test_whose_rights_have_changed_meanwhile_gets_nothing(rendered: list[Any]) -> None:
    panels = [Panel() for _ in range(2)]

    def lost() -> None:
        for panel in panels:
            panel.crowd, panel.is_open = None, False

    panels[0].on_sent = panels[1].on_sent = lost
    await told(*panels)
    assert sum(len(panel.sent) for panel in panels) == 1


async def test_who_has_not_been_looked_at_for_long_is_looked_at_first(rendered: list[Any]) -> None:
    panel = Panel()
    panel.must_look = True
    await told(panel)
    assert panel.sent == []


async def test_who_is_not_known_is_sent_them_as_soon_as_they_are(
    rendered: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counts, "EVERY", 0.01)
    panel, rounds = Panel(None), Panel()
    rounds.on_sent = lambda: setattr(panel, "crowd", CROWD)
    await told(panel, rounds)
    assert len(panel.sent) == 1


async def test_who_takes_too_little_is_sent_them_later(rendered: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counts, "EVERY", 0.01)
    slow, quick = Panel(), Panel()
    slow.takes = False
    quick.on_sent = lambda: setattr(slow, "takes", True)
    await told(slow, quick)
    assert len(slow.sent) == 1


async def test_where_they_cannot_be_counted_each_panel_looks_for_itself(
    rendered: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def gone(*_: Any) -> Rendering:
        raise OSError("the database has gone")

    monkeypatch.setattr(counts.line, "counts", gone)
    panel = Panel()
    await told(panel)
    assert panel.whole == 1


@pytest.mark.django_db
def test_who_holds_the_same_rights_belongs_to_the_same_crowd(alice: User, bob: User, queue: Queue) -> None:
    crowds = [crowd_of(User.objects.get(pk=user.pk)) for user in (alice, bob)]
    assert crowds[0] is crowds[1]
    QueueUserPermission.objects.filter(user=bob).exclude(permission__codename=VIEW.codename).delete()
    assert crowd_of(User.objects.get(pk=bob.pk)) is not crowds[0]
    alice.language = "fr"
    assert crowd_of(alice) is not crowds[0]


@pytest.mark.django_db
def test_a_crowd_that_nobody_belongs_to_is_forgotten(alice: User, queue: Queue) -> None:
    found = crowd_of(alice)
    known = len(crowd._crowds)
    del found
    assert len(crowd._crowds) == known - 1
