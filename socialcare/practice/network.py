"""Running the network beside the product: its door, and the webhooks that it owes."""

import threading
from urllib.parse import urlsplit

from django.conf import settings

from delivery.connectors.practice import PracticeConnector

from . import front, pushes


def run(stop: threading.Event) -> None:
    """Run until `stop` is set: at PRACTICE_URL, or at a free port of this machine that this process then knows."""
    wanted = urlsplit(settings.PRACTICE_URL)
    door = front.Front(wanted.hostname or "127.0.0.1", wanted.port or 0)
    PracticeConnector.here = door.url
    pushing = threading.Thread(target=pushes.run, args=(stop,), name="practice pushes", daemon=True)
    pushing.start()
    front.run(door, stop)
    pushes.wake()
    pushing.join(2)
