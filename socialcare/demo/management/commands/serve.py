"""`manage.py serve`: the whole product in one process."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from socialcare.demo.serving import Companion, PortTaken, require_free, serve


class Command(BaseCommand):
    """Serve pages, sockets, tasks and the clock until Ctrl-C."""

    help = "Serve everything in one process: web, sockets, worker and clock."
    companions: tuple[Companion, ...] = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where to listen."""
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=settings.PORT, help="also by the environment's PORT")

    def handle(self, *args: Any, host: str, port: int, **options: Any) -> None:
        """Serve; end with code 0 when asked to stop."""
        self.port = port
        try:
            require_free(host, port)
            self.prepare()
            serve(host, port, on_ready=self.ready, companions=self.companions)
        except PortTaken as taken:
            words = _("Somebody else listens at %(address)s; choose another PORT.")
            raise CommandError(words % {"address": taken}) from None

    def prepare(self) -> None:
        """What is to be done before it serves."""

    def ready(self) -> None:
        """Say where it serves."""
        self.stdout.write(f"Ready: http://127.0.0.1:{self.port}/")
        self.stdout.flush()
