"""`manage.py practice_network`: the practice network as a process of its own."""

import signal
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from socialcare.practice import network, traffic


class Command(BaseCommand):
    """Listen at PRACTICE_URL, push webhooks, and let the scripted customers write if DEMO_TRAFFIC is on."""

    help = "Run the practice network at PRACTICE_URL (where product and network are several processes)."

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until SIGINT or SIGTERM."""
        if not settings.PRACTICE_URL:
            raise CommandError(_("Set PRACTICE_URL, such as http://127.0.0.1:8010, for all processes."))
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        if settings.DEMO_TRAFFIC:
            threading.Thread(target=traffic.run, args=(stop,), daemon=True).start()
        self.stdout.write(f"Practice network: {settings.PRACTICE_URL}")
        self.stdout.flush()
        network.run(stop)
