"""What a connection has still to look at, and what it has said last."""

import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from .bodies import Event, Pair

AT_ONCE = 50
"""People, conversations, and conversations of queues that are looked at in one go."""
REMEMBERED = 20_000
"""So many of the last words are kept, to tell nothing twice."""


@dataclass
class Waiting:
    """What may have changed, each thing once, in the order in which it first did."""

    people: dict[uuid.UUID, None] = field(default_factory=dict)
    interactions: dict[uuid.UUID, None] = field(default_factory=dict)
    in_queues: dict[Pair, None] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Whether there is anything."""
        return bool(self.people or self.interactions or self.in_queues)

    def add(
        self,
        people: Iterable[uuid.UUID] = (),
        interactions: Iterable[uuid.UUID] = (),
        in_queues: Iterable[Pair] = (),
    ) -> None:
        """These too."""
        self.people |= dict.fromkeys(people)
        self.interactions |= dict.fromkeys(interactions)
        self.in_queues |= dict.fromkeys(in_queues)

    def take(self) -> "Waiting":
        """Take out the first, no more than can be looked at in one go."""
        return Waiting(_some(self.people), _some(self.interactions), _some(self.in_queues))


class LastWords:
    """What was last said of each thing, by a print of it."""

    def __init__(self) -> None:
        self._prints: dict[tuple[str, str], bytes] = {}

    def are_new(self, event: Event) -> bool:
        """Whether this was not the last said of it; from now on it is."""
        about, words = (event.topic, event.key), _print_of(event.body)
        if self._prints.get(about) == words:
            return False
        if len(self._prints) > REMEMBERED:
            del self._prints[next(iter(self._prints))]
        self._prints[about] = words
        return True


def _some(waiting: dict[Any, None]) -> dict[Any, None]:
    taken = list(waiting)[:AT_ONCE]
    for each in taken:
        del waiting[each]
    return dict.fromkeys(taken)


def _print_of(body: Any) -> bytes:
    """By which two bodies are told apart. Addresses of files are signed anew each time."""
    return blake2b(json.dumps(_without_links(body), sort_keys=True).encode(), digest_size=16).digest()


def _without_links(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_links(inner) for name, inner in value.items() if name != "url"}
    return [_without_links(inner) for inner in value] if isinstance(value, list) else value
