"""What several ask for at the same moment is made once: both tabs of an agent show the same."""

import asyncio
from collections.abc import Callable, Hashable
from concurrent.futures import Executor
from functools import partial
from typing import Any, Generic, TypeVar

from channels.db import DatabaseSyncToAsync

T = TypeVar("T")


class Together(Generic[T]):
    """Something that is made in a thread, for whoever awaits it."""

    def __init__(self, make: Callable[..., T], executor: Executor) -> None:
        self._make = make
        self._in_thread = DatabaseSyncToAsync(self._begin, thread_sensitive=False, executor=executor)
        self._not_begun: dict[Hashable, asyncio.Task[T]] = {}

    async def made(self, same: Hashable, *given: Any) -> T:
        """What is made of this: of one reading for all who ask for the same before it has begun."""
        same = asyncio.get_running_loop(), same
        if not (making := self._not_begun.get(same)):
            making = self._not_begun[same] = asyncio.create_task(self._in_thread(same, *given))
            making.add_done_callback(partial(self._forget, same))
        return await asyncio.shield(making)

    def _begin(self, same: Hashable, *given: Any) -> T:
        self._not_begun.pop(same, None)
        return self._make(*given)

    def _forget(self, same: Hashable, making: asyncio.Task[T]) -> None:
        """One that could not even begin must not be handed to whoever asks next."""
        if self._not_begun.get(same) is making:
            del self._not_begun[same]
