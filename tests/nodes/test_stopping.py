"""Processes that are asked to stop, as at every deployment: nobody notices, and nothing is cut short."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from django.db import connection, transaction
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from delivery.models import Delivery, DeliveryState
from interactions import shifts
from queues.models import AgentStatus
from socialcare.api.live import channels, socket
from socialcare.api.models import Channel
from socialcare.sockets import STOPPED
from tests.api.conftest import Api
from tests.chaos.desk import Agent, Desk
from tests.chaos.tally import PATIENCE, until
from tests.cluster import Cluster
from tests.counting import Counted, Mood, counting_network

pytestmark = [pytest.mark.postgres, pytest.mark.redis, pytest.mark.slow, pytest.mark.long, pytest.mark.timeout(300)]
TABS = 12
GOING_AWAY = "v2.system.socket_closing"


@pytest.fixture
def platform() -> Iterator[Counted]:
    """It recognises no repeat, and shows what comes twice twice."""
    with counting_network(idempotent=False) as platform:
        yield platform


@pytest.fixture
def lines() -> Iterator[ExitStack]:
    """All that is connected, until the test is over."""
    with ExitStack() as lines:
        yield lines


def tab(lines: ExitStack, agent: Agent, url: str) -> ClientConnection:
    """A panel that has been streamed whole."""
    cookies = "; ".join(f"{name}={value}" for name, value in agent.cookies.items())
    address = f"{url.replace('http', 'ws', 1)}/ws/panel/"
    line = lines.enter_context(connect(address, origin=url, additional_headers={"Cookie": cookies}, max_size=None))
    heard(line, lambda frame: frame.get("all"))
    return line


def listener(lines: ExitStack, agent: Agent, url: str) -> ClientConnection:
    """A machine that listens to the notifications of this agent, and has been told how they stand."""
    api = Api(agent.user)
    pk = api.of("post", "notifications/channels")["id"]
    api.of("put", f"notifications/channels/{pk}/subscriptions", [{"id": f"v2.users.{agent.user.pk}.presence"}])
    key = channels.key_of(Channel.objects.get(pk=pk))
    line = lines.enter_context(connect(f"{url.replace('http', 'ws', 1)}/ws/notifications/{key}"))
    heard(line, lambda message: message["topicName"].endswith("presence"))
    return line


def heard(line: ClientConnection, wanted: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    """The next frame of which `wanted` is true."""
    while True:
        frame: dict[str, Any] = json.loads(line.recv(timeout=PATIENCE))
        if wanted(frame):
            return frame


def closed(line: ClientConnection) -> int:
    """The code with which the other side has closed it, once it has."""
    with pytest.raises(ConnectionClosed) as caught:
        heard(line, lambda _: False)
    assert caught.value.rcvd, "closed without a word"
    return caught.value.rcvd.code


def test_panels_move_at_their_own_moments_and_are_served_until_then(
    cluster: Cluster, platform: Counted, lines: ExitStack
) -> None:
    cluster.start("sockets1", "sockets2", STOP_SECONDS="60")
    first, second = cluster.url("sockets1"), cluster.url("sockets2")
    agents = Desk(cluster.door("sockets1"), platform, agents=2).agents
    tabs = [tab(lines, agents[number % 2], first) for number in range(TABS)]
    cluster.ask_to_stop("sockets1")

    moments = [heard(line, lambda frame: frame["type"] == "reconnect")["after"] for line in tabs]
    assert all(0 <= moment < 45_000 for moment in moments)
    assert len(set(moments)) == TABS, "never all at once"
    shifts.go_off_queue(agents[0].user)
    heard(tabs[0], lambda frame: "me" in frame.get("html", {}))
    with pytest.raises(OSError, match="refused"):
        tab(lines, agents[0], first)

    moved = [tab(lines, agents[number % 2], second) for number in range(TABS)]
    for line in tabs:
        line.close()
    assert cluster.processes["sockets1"].wait(PATIENCE) == 0, "long before its time is over: nobody is left"
    shifts.go_on_queue(agents[0].user)
    heard(moved[0], lambda frame: "me" in frame.get("html", {}))


def test_who_has_not_moved_in_time_is_closed_and_told_why(
    cluster: Cluster, platform: Counted, lines: ExitStack
) -> None:
    cluster.start("sockets1", STOP_SECONDS="2")
    [agent] = Desk(cluster.door("sockets1"), platform, agents=1).agents
    url = cluster.url("sockets1")
    stays, machine = tab(lines, agent, url), listener(lines, agent, url)
    cluster.ask_to_stop("sockets1")
    assert heard(machine, lambda message: message["topicName"] == GOING_AWAY)["eventBody"]["message"] == socket.STOPPING
    assert closed(machine) == socket.OVER
    assert closed(stays) == STOPPED
    assert cluster.processes["sockets1"].wait(PATIENCE) == 0


def test_a_worker_finishes_what_it_sends_and_leaves_the_rest_to_others(cluster: Cluster, platform: Counted) -> None:
    cluster.start("web1", "worker1")
    desk = Desk(cluster.door("web1"), platform, agents=1)
    [agent] = desk.agents
    one, other = desk.conversations(agent, 2)
    moods = iter([Mood.HOLDS])
    platform.mood = lambda: next(moods, Mood.GOOD)
    assert agent.send(one, "On its way").is_success
    assert platform.held.wait(PATIENCE)
    cluster.ask_to_stop("worker1")
    assert until(lambda: "Warm shutdown" in cluster.log)
    assert agent.send(other, "For the next worker").is_success
    platform.let_go.set()
    assert cluster.processes["worker1"].wait(PATIENCE) == 0
    first = Delivery.objects.get(message__text="On its way")
    assert (first.state, first.attempts) == (DeliveryState.SENT, 1)

    cluster.start("worker2")
    assert until(lambda: not Delivery.objects.exclude(state=DeliveryState.SENT).exists()), cluster.log
    assert platform.shown == ["On its way", "For the next worker"]
    assert set(platform.requests.values()) == {1}


def test_a_web_process_answers_what_it_has_been_asked(cluster: Cluster, platform: Counted) -> None:
    cluster.start("web1")
    [agent] = Desk(cluster.door("web1"), platform, agents=1).agents
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            AgentStatus.objects.select_for_update().get(user=agent.user)
            asked = pool.submit(agent.press, "routing/", to="off")
            assert until(_somebody_waits_for_us)
            cluster.ask_to_stop("web1")
            assert until(lambda: "Shutting down" in cluster.log), cluster.log
            assert until(lambda: _refuses(cluster.url("web1")))
            assert cluster.lives("web1")
        assert asked.result(PATIENCE).is_success
    assert cluster.processes["web1"].wait(PATIENCE) == 0
    assert not AgentStatus.objects.filter(user=agent.user, presence="OnQueue").exists()


def _refuses(url: str) -> bool:
    try:
        httpx.get(url, timeout=1)
    except httpx.HTTPError as error:
        return isinstance(error, httpx.ConnectError)
    return False


def _somebody_waits_for_us() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(cursor.fetchone()[0])
