"""What a connection asks of the database: is it still good, what is it told of, and how do things stand now."""

import uuid
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from channels.db import DatabaseSyncToAsync
from django.utils import timezone

from accounts.models import User
from interactions import shifts
from interactions.models import Interaction, State
from queues.models import AgentStatus
from socialcare.api.models import Channel, ChannelTopic
from socialcare.events import announce

from . import channels
from .bodies import MOST_BEFORE, Ids, Pair, People, Told, When, of_people, of_queues
from .topics import Topic, parse

_THREADS = ThreadPoolExecutor(2, thread_name_prefix="notifications")
"""Events are made beside the requests, and never by more threads than these."""
MOST_OF_QUEUE = 1_000
"""So many running conversations of a queue are looked after, the newest first."""
OVERLAP = timedelta(seconds=60)
"""So much longer ago than a connection is known to have been told everything, the next one looks back."""


@dataclass(frozen=True)
class Joined:
    """The channel that a connection has taken, and since when it has to be told what has ended."""

    channel: uuid.UUID
    owner: uuid.UUID
    since: datetime


@dataclass(frozen=True)
class Wish:
    """What may have changed."""

    people: People = field(default_factory=dict)
    """Everything of these people."""
    interactions: frozenset[uuid.UUID] = frozenset()
    """These, for whichever person's they are."""
    in_queues: frozenset[Pair] = frozenset()
    """Queue and interaction."""


def _join(key: str, socket: str) -> Joined | None:
    pk = channels.id_of(key)
    channel = _good(pk) if pk else None
    if channel is None:
        return None
    Channel.objects.filter(pk=channel.pk).update(socket=socket)
    announce(channel.group, {"type": "replaced", "socket": socket})
    _person_seen(channel.owner)
    since = channel.told_until - OVERLAP if channel.told_until else channel.created_at
    return Joined(channel.pk, channel.owner_id, since)


def _topics(channel_id: uuid.UUID) -> tuple[int, list[Topic]]:
    """The version first: what is added meanwhile shows at the next beat."""
    version = Channel.objects.filter(pk=channel_id).values_list("version", flat=True).first()
    names = ChannelTopic.objects.filter(channel=channel_id).values_list("name", flat=True)
    return version or 0, [topic for name in names if (topic := parse(name))]


def _beat(channel_id: uuid.UUID, socket: str, told_all: bool) -> int | None:
    """Note that the connection is there, and whether it has been told everything; give the version of its topics."""
    channel = _good(channel_id, socket)
    if channel is None:
        return None
    if told_all:
        Channel.objects.filter(pk=channel_id, socket=socket).update(told_until=timezone.now())
    _person_seen(channel.owner)
    return channel.version


def _look(channel_id: uuid.UUID, socket: str, wish: Wish, work: Mapping[uuid.UUID, Ids], since: When) -> Told | None:
    channel = _good(channel_id, socket)
    if channel is None:
        return None
    told = of_people(channel.owner, wish.people, wish.interactions, work, since)
    queued = of_queues(channel.owner, wish.in_queues)
    return Told([*told.events, *queued.events], told.work, queued.in_queues)


def _missed(queues: Iterable[uuid.UUID], known: Mapping[Pair, int], since: When) -> set[Pair]:
    """What has changed in these queues and was not told; with `since`, also what has ended after that moment."""
    found: set[Pair] = set()
    for queue in queues:
        rows = Interaction.objects.filter(queue=queue)
        running = rows.exclude(state=State.ENDED).order_by("-last_message_at").values_list("pk", "version")
        now = {(queue, pk): version for pk, version in running[:MOST_OF_QUEUE]}
        found |= {pair for pair, version in now.items() if known.get(pair) != version}
        found |= {pair for pair in known if pair[0] == queue and pair not in now}
        if since:
            ended = rows.filter(state=State.ENDED, ended_at__gte=since).order_by("-ended_at")
            found |= {(queue, pk) for pk in ended.values_list("pk", flat=True)[:MOST_BEFORE]}
    return found


def _good(channel_id: uuid.UUID | str, socket: str = "") -> Channel | None:
    """The channel, while its day, its token and its owner are good and no other connection has taken it."""
    row = Channel.objects.select_related("owner", "token").filter(pk=channel_id).first()
    if row is None or (socket and row.socket != socket):
        return None
    good = row.expires > timezone.now() and row.token.is_valid() and row.owner.is_active
    return row if good else None


def _person_seen(owner: User) -> None:
    # A machine that never was an agent is none
    if AgentStatus.objects.filter(user=owner).exists():
        shifts.seen(owner)


def _in_threads(function: Any) -> Any:
    return DatabaseSyncToAsync(function, thread_sensitive=False, executor=_THREADS)


join = _in_threads(_join)
"""Await: take the channel of a secret for a connection; None where there is none."""
topics = _in_threads(_topics)
"""Await: the topics of a channel, and their version."""
beat = _in_threads(_beat)
"""Await: the connection is there; the version of its topics, or None when the channel is over."""
look = _in_threads(_look)
"""Await: how things stand, as far as the owner may see them; None when the channel is over."""
missed = _in_threads(_missed)
"""Await: what has changed in queues and was not told."""
