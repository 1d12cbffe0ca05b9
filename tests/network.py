"""A small network that a test holds in its hand: it does what the test says and remembers what it was sent."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pytest
from django.utils import timezone

from delivery.connectors import _CONNECTORS
from delivery.connectors.base import (
    Author,
    BadPayload,
    Connector,
    Inbound,
    Media,
    Outbound,
    Post,
    SendError,
    Sent,
    Visibility,
)

Weather = Callable[[Outbound], Sent | None]


@dataclass
class Network:
    """What the network has been sent, and what it answers next: an error to raise, or a function; `Sent` otherwise."""

    sent: list[Outbound] = field(default_factory=list)
    posts: dict[str, Outbound] = field(default_factory=dict)
    """What it shows: by key where it is idempotent, by number where it is not."""
    answers: list[SendError | Exception | Weather] = field(default_factory=list)
    inbound: list[Inbound] = field(default_factory=list)
    idempotent: bool = True
    published: bool = False

    @property
    def texts(self) -> list[str]:
        """What anybody can read there, in order."""
        return [message.text or message.file.name for message in self.posts.values()]  # type: ignore[union-attr]

    def take(self, message: Outbound) -> Sent:
        """The network's side of a send."""
        self.sent.append(message)
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, Exception):
            raise answer
        given = answer(message) if answer else None
        return given or self.accept(message)

    def accept(self, message: Outbound) -> Sent:
        """Show the message."""
        key = message.key if self.idempotent else str(len(self.posts))
        self.posts.setdefault(key, message)
        return Sent(f"sent-{key}", url=f"https://network.example/{key}", published=self.published)


class FakeConnector(Connector):
    """Speaks to the network of the running test."""

    kind, label, platform = "open", "Fake", "open"
    polls = True
    network: ClassVar[Network]

    @property
    def idempotent(self) -> bool:  # type: ignore[override]
        return self.network.idempotent

    def send(self, message: Outbound) -> Sent:
        return self.network.take(message)

    def poll(self, position: Mapping[str, Any]) -> tuple[list[Inbound], dict[str, Any]]:
        items, self.network.inbound = self.network.inbound, []
        return items, {"asked": position.get("asked", 0) + 1}

    def parse(self, body: bytes, headers: Mapping[str, str]) -> list[Inbound]:
        if body == b"malformed":
            raise BadPayload("malformed", "body")
        return list(self.network.inbound)

    def check(self) -> str:
        return "Good."


@contextmanager
def connected(monkeypatch: pytest.MonkeyPatch) -> Iterator[Network]:
    """Let every kind of inbox speak to one network."""
    network = Network()
    FakeConnector.network = network
    for kind in _CONNECTORS:
        monkeypatch.setitem(_CONNECTORS, kind, "tests.network.FakeConnector")
    yield network


_number = iter(range(10**9))


def post(text: str = "Where is my parcel?", *, author: str = "customer-1", private: bool = False, **facts: Any) -> Post:
    """A customer's post, or private message."""
    facts.setdefault("external_id", f"in-{next(_number)}")
    return Post(
        visibility=Visibility.PRIVATE if private else Visibility.PUBLIC,
        author=Author(author, f"@{author}", author.replace("-", " ").title()),
        text=text,
        sent_at=facts.pop("sent_at", timezone.now()),
        **facts,
    )


PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
    b"\x00\x00\x00\rIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\x00\x05\x00\x01\xff\x89\x99=\x1d\x00\x00\x00\x00IEND\xaeB`\x82"
)
PICTURE = Media(content=PNG, name="parcel.png", alt="A parcel")
