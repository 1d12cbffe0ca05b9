"""`manage.py demo`: prepare this machine's own database, fill it once, and serve."""

from collections.abc import Callable
from functools import partial
from multiprocessing import get_context

from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils.translation import gettext as _

from socialcare.demo.management.commands import serve

PEOPLE = """
  Sign in as    password  who
  alice         demo      agent: public and private answers
  bob           demo      agent: private answers only
  sam           demo      supervisor
  admin         demo      administrator, also at {url}admin/
  charlie       demo      somebody without any right

  Play a customer at {url}practice/. Ctrl-C stops; the data stay in {data_dir}.
"""


class Command(serve.Command):
    """The product with people, queues and customers to try it with."""

    help = "Migrate, load the demo data (once), and serve everything in one process."

    def prepare(self) -> None:
        """Migrate, load the demo data, open the practice network, and call in its scripted customers."""
        _apart(partial(call_command, "demo_data"))
        if settings.PRACTICE_NETWORK:
            from socialcare.practice import network, traffic

            self.companions = (network.run, traffic.run) if settings.DEMO_TRAFFIC else (network.run,)

    def ready(self) -> None:
        """Say where it serves, and whom to sign in as."""
        super().ready()
        url = f"http://127.0.0.1:{self.port}/"
        self.stdout.write(PEOPLE.format(url=url, data_dir=settings.DATA_DIR))
        self.stdout.flush()


def _apart(work: Callable[[], object]) -> None:
    """Do it in a process of its own: the memory that it takes goes with it."""
    process = get_context("fork").Process(target=work)
    process.start()
    process.join()
    if process.exitcode:
        raise CommandError(_("The demo's data could not be prepared."))
