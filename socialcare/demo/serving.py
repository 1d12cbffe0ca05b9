"""The whole product in one process: web and sockets, worker and clock.

Asynchronous like the real thing, and restart-safe because whatever must happen is a row: stopping in the middle of
anything loses nothing, so stopping is quick.
"""

import os
import socket
import sys
import threading
from collections.abc import Callable
from typing import Any
from urllib.request import urlopen

from celery.beat import EmbeddedService
from celery.worker import state as worker_state

from socialcare import events
from socialcare.celery import app

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
    _require_free(host, port)
    server, loop = _server(host, port)
    events.serve_on(loop)
    stopped = threading.Event()
    worker, clock = _worker(), EmbeddedService(app, thread=True, scheduler_cls="celery.beat:Scheduler")
    threads = [_thread(worker.start, "worker"), _thread(lambda: _announce(host, port, stopped, on_ready), "ready")]
    threads += [_thread(lambda run=run: run(stopped), f"companion {run.__module__}") for run in companions]  # type: ignore[misc]
    clock.start()
    try:
        server.run()
    finally:
        stopped.set()
        clock.service._is_shutdown.set()
        worker_state.should_stop = os.EX_OK
        _leave(threads)


def _server(host: str, port: int) -> tuple[Any, Any]:
    # daphne first: importing it chooses the event loop of the process
    from daphne.server import Server, twisted_loop

    from socialcare.asgi import application

    where = f"tcp:port={port}:interface={host.replace(':', chr(92) + ':')}"
    return Server(application, endpoints=[where], verbosity=0, server_name="socialcare"), twisted_loop


def _worker() -> Any:
    return app.WorkController(
        pool="threads", concurrency=4, without_gossip=True, without_mingle=True, without_heartbeat=True
    )


def _thread(target: Callable[[], Any], name: str) -> threading.Thread:
    thread = threading.Thread(target=target, name=name, daemon=True)
    thread.start()
    return thread


def _announce(host: str, port: int, stopped: threading.Event, on_ready: Callable[[], None]) -> None:
    address = f"http://{'127.0.0.1' if host in ('0.0.0.0', '::') else host}:{port}/sign-in/"  # noqa: S104 - only compared
    while not stopped.wait(0.05):
        try:
            with urlopen(address, timeout=30):
                return on_ready()
        except OSError:
            continue
    return None


def _require_free(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PortTaken(f"{host}:{port}: {error.strerror}") from error


def _leave(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.join(GRACE)
    sys.stdout.flush()
    sys.stderr.flush()
    if any(thread.is_alive() for thread in threads):
        os._exit(os.EX_OK)  # a task waits for somebody outside; its row is tried again after the start
