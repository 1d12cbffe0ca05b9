"""Several threads that do something at the same moment, each on its own connection."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connection


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Do all at the same moment. Gives what each returned or raised, in order."""
    barrier = threading.Barrier(len(acts))

    def perform(act: Callable[[], Any]) -> Any:
        try:
            barrier.wait(30)
            return act()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(perform, acts))
