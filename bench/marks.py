"""Marks: words in a message's text by which it is recognised wherever it arrives, and when."""

import asyncio
import re
import time
from itertools import count

MARK = re.compile(r"mark\d+end")
READ = re.compile(r'id="m-([0-9a-f-]{36})"[^>]*data-status="read"')
_numbers = count(1)


def new_mark() -> str:
    """A word that stands in no other text."""
    return f"mark{next(_numbers)}end"


class Lookout:
    """Waits for marks; whoever sees one says so."""

    def __init__(self) -> None:
        self._awaited: dict[str, asyncio.Future[float]] = {}
        self.where: dict[str, object] = {}
        """By the marks that were awaited: who has seen it first."""

    def awaits(self, mark: str) -> "asyncio.Future[float]":
        """The moment (of `time.perf_counter`) at which this mark is seen."""
        return self._awaited.setdefault(mark, asyncio.get_running_loop().create_future())

    def seen(self, text: str, by: object = None) -> None:
        """This has just arrived."""
        if self._awaited:
            for mark in MARK.findall(text):
                self.tell(mark, by)
            for message_id in READ.findall(text):
                self.tell(self.read(message_id), by)

    @staticmethod
    def read(message_id: str) -> str:
        """The mark that a panel bears when it shows this message as read."""
        return f"read {message_id}"

    def tell(self, mark: str, by: object = None) -> None:
        """This one mark has just arrived."""
        future = self._awaited.pop(mark, None)
        if future and not future.done():
            self.where[mark] = by
            future.set_result(time.perf_counter())
