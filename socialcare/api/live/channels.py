"""Channels: made, bound to topics, and ended."""

from collections.abc import Iterable
from datetime import timedelta

from django.core import signing
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from oauth2_provider.models import AccessToken

from accounts.models import User
from socialcare.api.models import Channel, ChannelTopic
from socialcare.errors import Invalid
from socialcare.events import announce

from .topics import Judged, judge, parse

LIFE = timedelta(hours=24)
MOST_CHANNELS = 20
"""Of one person; the next ends the oldest."""
MOST_TOPICS = 1_000
"""Of one channel."""
EVICTED = f"The user has more than {MOST_CHANNELS} channels; this was the oldest."
_SIGNER = signing.Signer(sep=".", salt="notification channel")


def make(user: User, checksum: str) -> Channel:
    """A new channel of the token with this checksum; the oldest beyond the twentieth is ended."""
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        own = Channel.objects.filter(owner=user)
        own.filter(expires__lte=timezone.now()).delete()
        for oldest in own.order_by("-created_at", "-pk")[MOST_CHANNELS - 1 :]:
            end(oldest, EVICTED)
        token = AccessToken.objects.get(token_checksum=checksum)
        return Channel.objects.create(owner=user, token=token, expires=timezone.now() + LIFE)


def end(channel: Channel, why: str) -> None:
    """End a channel, and tell its connection why."""
    announce(channel.group, {"type": "over", "why": why})
    channel.delete()


def of(user: User) -> QuerySet[Channel]:
    """The channels of a person that are still good."""
    return Channel.objects.filter(owner=user, expires__gt=timezone.now())


def key_of(channel: Channel) -> str:
    """The secret by which a connection finds its channel. It is stored nowhere: it is the id, signed."""
    return _SIGNER.sign(str(channel.pk))


def id_of(key: str) -> str | None:
    """The id of the channel with this secret; None where it is not one of ours."""
    try:
        return _SIGNER.unsign(key)
    except signing.BadSignature:
        return None


def subscribe(channel: Channel, names: Iterable[str], *, replace: bool, forgive: bool) -> list[Judged]:
    """Let a channel be told of these topics too, or (`replace`) of these alone; give what became of each.

    Raises what keeps the user from the first that is refused, unless `forgive`; Invalid beyond 1,000 topics.
    """
    asked = list(dict.fromkeys(names))
    _require_room(len(asked))
    judged = judge(channel.owner, asked)
    for number, one in enumerate(judged):
        if one.refusal and not forgive:
            one.refusal.field = f"[{number}].id"
            raise one.refusal
    granted = {topic.name: None for one in judged if not one.refusal and (topic := parse(one.name))}
    with transaction.atomic():
        Channel.objects.select_for_update(no_key=True).get(pk=channel.pk)
        if replace:
            channel.topics.all().delete()
        known = set(channel.topics.values_list("name", flat=True))
        _require_room(len(known | granted.keys()))
        fresh = [ChannelTopic(channel=channel, name=name) for name in granted if name not in known]
        ChannelTopic.objects.bulk_create(fresh)
        _changed(channel)
    return judged


def unsubscribe(channel: Channel) -> None:
    """Let a channel be told of nothing."""
    with transaction.atomic():
        channel.topics.all().delete()
        _changed(channel)


def _changed(channel: Channel) -> None:
    Channel.objects.filter(pk=channel.pk).update(version=F("version") + 1)
    announce(channel.group, {"type": "topics"})


def _require_room(count: int) -> None:
    if count > MOST_TOPICS:
        raise Invalid(f"These would be {count} topics; a channel has at most {MOST_TOPICS}.", field="id")
