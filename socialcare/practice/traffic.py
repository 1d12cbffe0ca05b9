"""Customers who write by themselves, now and then, and follow up when the brand has answered."""

import logging
import random
import threading
import time
from dataclasses import dataclass

from django.db import DatabaseError, close_old_connections
from django.db.models import Q

from . import playing
from .models import Brand, Persona, Post, PostQuerySet
from .stories import STORIES, Line, Story

log = logging.getLogger(__name__)
SEED = 2026
AT_ONCE = 3
"""Stories that run at the same time; more would only fill the queue."""
PATIENCE = 600.0
"""Seconds that a customer waits for an answer."""
FIRST, BETWEEN, THINKING = 6.0, (25.0, 60.0), (6.0, 14.0)


def run(stop: threading.Event, *, seed: int = SEED, pace: float = 1.0) -> None:
    """Let customers write until `stop` is set. The same seed gives the same customers in the same order."""
    traffic = Traffic(seed, pace)
    while not stop.wait(1.0 * pace):
        try:
            traffic.go_on(time.monotonic())
        except DatabaseError as error:
            log.warning("the scripted customers wait: %s", error)
        close_old_connections()


@dataclass
class Running:
    """A story that has begun: what comes next, and when."""

    story: Story
    persona: Persona
    due: float
    line: int = 0
    opening: Post | None = None
    last: Post | None = None
    back_at: float = 0

    @property
    def next(self) -> Line | None:
        """The next line; None when the story is told."""
        return self.story.lines[self.line] if self.line < len(self.story.lines) else None


class Traffic:
    """All scripted customers. Times are in seconds of any clock that only goes forward."""

    def __init__(self, seed: int = SEED, pace: float = 1.0) -> None:
        self._random, self._pace = random.Random(seed), pace  # noqa: S311 - a script, not a secret
        self._order: list[Story] = []
        self._running: list[Running] = []
        self._next_start: float | None = None

    def go_on(self, now: float) -> None:
        """Do what is due at `now`."""
        brand = Brand.objects.order_by("pk").first()
        if not brand:
            return
        if self._next_start is None:
            self._next_start = now + FIRST * self._pace
        if now >= self._next_start and len(self._running) < AT_ONCE:
            self._begin(now)
        for running in list(self._running):
            self._continue(running, brand, now)

    def _begin(self, now: float) -> None:
        self._order = self._order or self._shuffled()
        story = self._order.pop()
        self._running.append(Running(story, _play(story), due=now))
        self._next_start = now + self._seconds(BETWEEN)

    def _shuffled(self) -> list[Story]:
        """All stories, those last that were told before the last restart (the list is taken from its end)."""
        told = set(Persona.objects.filter(is_scripted=True).values_list("name", flat=True))
        return sorted(self._random.sample(STORIES, len(STORIES)), key=lambda story: story.name not in told)

    def _continue(self, running: Running, brand: Brand, now: float) -> None:
        if running.back_at and now >= running.back_at:
            running.back_at = 0
            playing.come_online(running.persona)
        line = running.next
        if line and now >= running.due and self._may_speak(running, line, now):
            self._speak(running, line, brand, now)
        elif (not line and not running.back_at) or now > running.due + PATIENCE * self._pace:
            playing.come_online(running.persona)
            self._running.remove(running)

    def _may_speak(self, running: Running, line: Line, now: float) -> bool:
        if not (line.waits and running.last):
            return True
        answer = _answers(running).order_by("id").first()
        if not answer:
            return False
        if answer.is_private and not running.back_at:
            playing.read(running.persona)
        # Read first, then think
        running.last, running.due = None, now + self._seconds(THINKING)
        return False

    def _speak(self, running: Running, line: Line, brand: Brand, now: float) -> None:
        text = line.text.format(brand=brand.handle)
        if line.private:
            running.last = playing.write(running.persona, text, private_to=brand)
        else:
            running.last = playing.write(running.persona, text, answers=_answered(running))
            running.opening = running.opening or running.last
        if running.story.away and not running.line:
            playing.go_offline(running.persona)
            running.back_at = now + running.story.away * self._pace
        running.line += 1
        running.due = now + self._seconds(THINKING)

    def _seconds(self, span: tuple[float, float]) -> float:
        return self._random.uniform(*span) * self._pace


def _play(story: Story) -> Persona:
    known = Persona.objects.filter(name=story.name, is_scripted=True).first()
    return known or playing.make_up(story.name, language=story.language, followers=story.followers, scripted=True)


def _answers(running: Running) -> "PostQuerySet":
    """What the brand has said to this customer since their last line."""
    assert running.last
    since = Post.objects.filter(by_brand=True, removed_at=None, pk__gt=running.last.pk)
    return since.filter(Q(is_private=True, persona=running.persona) | Q(root=running.opening, root__isnull=False))


def _answered(running: Running) -> Post | None:
    """The post under which a public line goes: the brand's last answer in the thread, or the customer's own post."""
    if not running.opening:
        return None
    thread = Post.objects.public().filter(root=running.opening, removed_at=None)
    target = thread.filter(by_brand=True).last() or running.opening
    target.refresh_from_db()
    return None if target.removed_at else target
