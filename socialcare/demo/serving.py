"""The whole product in one process: web and sockets, worker and clock.

Asynchronous like the real thing, and restart-safe because whatever must happen is a row: stopping in the middle of
anything loses nothing, so stopping is quick.
"""

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any, NoReturn
from urllib.request import urlopen

from celery.beat import EmbeddedService
from celery.worker import state as worker_state

from socialcare import events
from socialcare.celery import app
from socialcare.work import lend_a_hand

TURN = 0.0005
"""Seconds for which a thread may compute while another one waits. At 5 ms, Python's own choice, an alert that meets the
clock's tick waits so long after each of its statements, as each gives the turn away."""
GRACE = 3.0
"""Seconds that running tasks have to finish after the stop."""


Companion = Callable[[threading.Event], None]
"""Runs beside the product until the event is set."""


class PortTaken(Exception):
    """Somebody else listens there already."""


def serve(host: str, port: int, *, on_ready: Callable[[], None], companions: tuple[Companion, ...] = ()) -> None:
    """Serve until SIGINT or SIGTERM; call `on_ready` once a page can be had.

    `companions` run in threads of their own and are handed an Event that says when to stop. Raises PortTaken.
    """
    require_free(host, port)
    server, loop = _server(host, port)
    events.serve_on(loop)
    lend_a_hand()
    sys.setswitchinterval(TURN)
    stopped = threading.Event()
    clock = EmbeddedService(app, thread=True, scheduler_cls="celery.beat:Scheduler")
    _start("worker", _worker().start)
    _start("clock", clock.run)
    _start("ready", lambda: _announce(host, port, stopped, on_ready))
    for run in companions:
        _start(run.__module__, partial(run, stopped))
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(server.stop))
    server.run()
    stopped.set()
    _leave()


def require_free(host: str, port: int) -> None:
    """Raise PortTaken when somebody listens there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PortTaken(f"{host}:{port}: {error.strerror}") from error


def _server(host: str, port: int) -> tuple[Any, Any]:
    # daphne first: importing it chooses the event loop of the process
    from daphne.server import Server, twisted_loop

    from socialcare.asgi import application

    where = f"tcp:port={port}:interface={host.replace(':', chr(92) + ':')}"
    return Server(application, endpoints=[where], signal_handlers=False, verbosity=0, server_name=""), twisted_loop


def _worker() -> Any:
    return app.WorkController(
        pool="threads", concurrency=4, without_gossip=True, without_mingle=True, without_heartbeat=True
    )


def _start(name: str, target: Callable[[], Any]) -> None:
    threading.Thread(target=target, name=name, daemon=True).start()


def _announce(host: str, port: int, stopped: threading.Event, on_ready: Callable[[], None]) -> None:
    address = f"http://{'127.0.0.1' if host in ('0.0.0.0', '::') else host}:{port}/sign-in/"  # noqa: S104 - only compared
    while not stopped.wait(0.05):
        try:
            with urlopen(address, timeout=30):
                return on_ready()
        except OSError:
            continue
    return None


def _leave() -> NoReturn:
    deadline = time.monotonic() + GRACE
    while worker_state.active_requests and time.monotonic() < deadline:
        time.sleep(0.02)
    sys.stdout.flush()
    sys.stderr.flush()
    # Not by the interpreter's own way out, which would wait for whoever a thread is waiting for
    os._exit(os.EX_OK)
