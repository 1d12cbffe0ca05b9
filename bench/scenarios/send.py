"""Send: from an agent's press of Send to the platform's door, and from its receipt back to the panel."""

import asyncio
import time
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import redis
from django.db import connection
from django.db.models import Max
from django.utils import timezone

from bench.acts import accept_all, conversations, not_gone_out
from bench.browser import press, signed_in
from bench.figures import Figures, p50_p99
from bench.fill import conversations_of_many
from bench.floors import celery_trip, running
from bench.http import Line
from bench.load import PATIENCE, closed_loop
from bench.marks import Lookout, new_mark
from bench.panels import opened
from bench.platform import listening
from bench.stage import Scenario
from delivery.lanes import wake_delivery
from delivery.models import Delivery, DeliveryState
from interactions.models import Direction, Interaction, Message, MessageStatus
from tests.chaos.tally import until


class Send(Scenario):
    """Eight agents, each with one conversation open."""

    name = "send"

    def prepare(self) -> None:
        """The platform at the other end, and a bare Celery worker beside."""
        stage = self.stage
        self.door = Lookout()  # not the panels' own, which show what is on its way before it has arrived
        self.platform = stage.run(self.open.enter_async_context(listening(stage.ports.platform, self.door)))
        self.open.enter_context(running.celery(stage.environment))
        self.redis = redis.Redis.from_url(stage.environment["REDIS_URL"], socket_timeout=None)
        self.few, self.some = stage.many(100, 4), stage.many(100, 16)
        self.floor()

    def measure(self) -> Figures:
        """Press Send, in a house with eight conversations."""
        self.house.empty()
        self.platform.taken.clear()
        agents = self.house.on_duty(8)
        self.stage.run(conversations(self.house, Line(self.stage.ports.web), len(agents)))
        opens = accept_all(agents)
        self.desks = [(agent, opens[agent.user.pk]) for agent in agents]
        figures = self.stage.run(self._presses())
        figures |= self._outbox() | self._outbox_alone()
        return figures | {"lost or sent twice": self.stage.run(not_gone_out()) + self.platform.doubled}

    def floor(self) -> Figures:
        """A bare Celery task, from its publication until it says that it runs."""
        alone, restless = ([self._trip(rest) for _ in range(self.few)] for rest in (REST, 0))
        began = time.perf_counter()
        for _ in range(self.some):
            celery_trip.touch.delay(new_mark())
        for _ in range(self.some):
            self.redis.blpop([celery_trip.HEARD], timeout=PATIENCE)
        rate = self.some / (time.perf_counter() - began)
        rates = dict.fromkeys(("8 at once: at the platform", "outbox, one worker: at the platform", ALONE), rate)
        return p50_p99(PRESS, alone) | p50_p99(RESTLESS, restless) | rates

    # ------------------------------------------------------------ presses of Send

    async def _presses(self) -> Figures:
        agents, interactions = [agent for agent, _ in self.desks], [pk for _, pk in self.desks]
        async with opened(agents, self.stage.ports.sockets, self.stage.lookout, interactions):
            alone, _all = await closed_loop([self._line(0)], self.few, self._press_and_rest)
            restless, _all = await closed_loop([self._line(0)], self.few, self._press)
            lines = [self._line(number) for number in range(8)]
            together, whole = await closed_loop(lines, self.some, self._press)
            told = await self._receipts(lines)
        times = p50_p99(PRESS, alone) | p50_p99(RESTLESS, restless)
        times |= p50_p99("8 at once: from Send to the platform", together) | p50_p99(RECEIPT, told)
        return {"8 at once: at the platform": self.some / whole} | times

    def _line(self, number: int) -> Line:
        agent, interaction = self.desks[number]
        line = Line(self.stage.ports.web, signed_in(agent))
        line.path = f"i/{interaction}/reply/"  # type: ignore[attr-defined]
        return line

    async def _press(self, line: Line) -> float:
        mark = new_mark()
        arrived = self.door.awaits(mark)
        began = time.perf_counter()
        await self._post(line, f"It is on its way. {mark}")
        return await asyncio.wait_for(arrived, PATIENCE) - began

    async def _press_and_rest(self, line: Line) -> float:
        taken = await self._press(line)
        await asyncio.sleep(REST)
        return taken

    async def _receipts(self, lines: Sequence[Line]) -> list[float]:
        """What has been sent by all is read, one message after the other."""
        sent: list[tuple[str, str]] = []

        async def send_one(line: Line) -> float:
            mark = new_mark()
            arrived = self.door.awaits(mark)
            answer = await self._post(line, f"Here it is. {mark}")
            sent.append((mark, answer["messages"][0]))
            return await asyncio.wait_for(arrived, PATIENCE)

        await closed_loop(lines, self.few, send_one)
        await asyncio.sleep(1)  # the panels have shown that all was sent
        return [await self._receipt(mark, message_id) for mark, message_id in sent]

    async def _receipt(self, mark: str, message_id: str) -> float:
        """The platform says that a message has been read; it takes until the panel says so."""
        body, headers = self.house.receipt(self.platform.keys[mark], "Read")
        shown = self.stage.lookout.awaits(Lookout.read(message_id))
        began = time.perf_counter()
        (await Line(self.stage.ports.web).post(self.house.hook, body, headers)).required()
        return await asyncio.wait_for(shown, PATIENCE) - began

    async def _post(self, line: Line, text: str) -> dict[str, Any]:
        path = line.path  # type: ignore[attr-defined]
        return await press(line, path, visibility="private", text=text, key=str(uuid.uuid4()))

    # ------------------------------------------------------------ the outbox by itself

    def _outbox(self) -> Figures:
        """Messages that lie in the outbox of many conversations, brought out by the one worker."""
        number = self.stage.many(300, 20)
        marks = [new_mark() for _ in range(number)]
        rows = _lay_out(marks)
        return {"outbox, one worker: at the platform": number / self.stage.run(self._drain(marks, rows))}

    async def _drain(self, marks: list[str], rows: list[int]) -> float:
        arrived = [self.door.awaits(mark) for mark in marks]
        began = time.perf_counter()
        await asyncio.to_thread(_wake, rows)
        await asyncio.wait_for(asyncio.gather(*arrived), PATIENCE)
        return time.perf_counter() - began

    def _outbox_alone(self) -> Figures:
        """The same, brought to nobody: by a worker whose connector does nothing."""
        with self.stage.product.with_worker("bench.null_worker"):
            _bring(_lay_out([new_mark() for _ in range(16)]))  # it has begun when these are out
            rows = _lay_out([new_mark() for _ in range(self.stage.many(300, 20))])
            return {ALONE: len(rows) / _bring(rows)}

    def _trip(self, rest: float) -> float:
        time.sleep(rest)
        began = time.perf_counter()
        celery_trip.touch.delay(new_mark())
        self.redis.blpop([celery_trip.HEARD], timeout=PATIENCE)
        return time.perf_counter() - began


PRESS = "1 at once: from Send to the platform"
RESTLESS = "1 after the other, without rest: from Send to the platform"
REST = 0.1
"""Seconds after which what follows a press is over: its end is written down, and the panel has shown it."""
RECEIPT = "from the receipt to the panel"
ALONE = "outbox, one worker, a connector that does nothing"


def _lay_out(marks: list[str]) -> list[int]:
    """One queued message in each of so many conversations; gives the deliveries."""
    agent = Interaction.objects.exclude(owner=None).values_list("owner", flat=True)[0]
    messages = [
        Message(
            interaction=row,
            inbox_id=row.inbox_id,
            direction=Direction.OUTBOUND,
            visibility="private",
            agent_id=agent,
            text=f"Dear customer, {mark}",
            status=MessageStatus.QUEUED,
        )
        for row, mark in zip(conversations_of_many(len(marks)), marks, strict=True)
    ]
    Message.objects.bulk_create(messages)
    deliveries = [Delivery(message=row, interaction=row.interaction, inbox_id=row.inbox_id) for row in messages]
    return [row.pk for row in Delivery.objects.bulk_create(deliveries)]


def _bring(rows: list[int]) -> float:
    """Wake them, and wait until all are out; gives the seconds."""
    began = timezone.now()
    _wake(rows)
    out = Delivery.objects.filter(pk__in=rows, state=DeliveryState.SENT)
    if not until(lambda: out.count() == len(rows)):
        raise RuntimeError(f"{out.count()} of {len(rows)} messages have gone out")
    last: datetime = out.aggregate(last=Max("finished_at"))["last"]
    connection.close()
    return (last - began).total_seconds()


def _wake(rows: list[int]) -> None:
    try:
        for pk in rows:
            wake_delivery(pk)
    finally:
        connection.close()
