"""Floors that are servers, started for a scenario on the same server programs as the product's."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.floors import table
from bench.procs import answers, started

GRANIAN = "granian --host 127.0.0.1 --port {port} --log-level warning"
DRF = f"{GRANIAN} --interface wsgi --workers 2 --blocking-threads 4 bench.floors.drf_insert:application"
BARE = f"{GRANIAN} --interface asgi --workers 2 bench.floors.asgi_insert:application"
FANOUT = "daphne -b 127.0.0.1 -p {port} -v 0 bench.floors.fanout:application"
CELERY = "celery -A bench.floors.celery_trip worker --pool threads --concurrency 8 --loglevel error -Q floor"


@contextmanager
def drf(environment: dict[str, str], port: int) -> Iterator[int]:
    """Plain Django and REST framework with one INSERT; yields the port."""
    table.make(environment["DATABASE_URL"])
    with _serving(DRF, environment, port):
        yield port


@contextmanager
def bare(environment: dict[str, str], port: int) -> Iterator[int]:
    """A bare ASGI POST with one INSERT; yields the port. The table must be there."""
    with _serving(BARE, environment, port):
        yield port


@contextmanager
def fanout(environment: dict[str, str], port: int) -> Iterator[int]:
    """A raw fan-out of the channel layer; yields the port."""
    with _serving(FANOUT, environment, port):
        yield port


@contextmanager
def fanout_process(environment: dict[str, str], port: int) -> Iterator[int]:
    """The same; yields the process."""
    with started(FANOUT.format(port=port), environment, _log(environment)) as process:
        answers(port)
        yield process.pid


@contextmanager
def celery(environment: dict[str, str]) -> Iterator[None]:
    """A bare Celery worker."""
    with started(CELERY, environment, _log(environment)):
        yield


@contextmanager
def _serving(command: str, environment: dict[str, str], port: int) -> Iterator[None]:
    with started(command.format(port=port), environment, _log(environment)):
        answers(port)
        yield


def _log(environment: dict[str, str]) -> Path:
    return Path(environment["DATA_DIR"]) / "floors.log"
