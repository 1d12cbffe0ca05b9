"""`manage.py demo_data`: a database with people, queues and channels to try the product with."""

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from socialcare.demo import data


class Command(BaseCommand):
    """Migrate, and load the demo data unless they are there."""

    help = "Migrate the database and load the demo data; what is there already stays as it is."

    def handle(self, *args: Any, **options: Any) -> None:
        """Prepare the database."""
        if not settings.DEMO:
            raise CommandError(_("Set DEMO=1: the demo has passwords that everybody knows."))
        call_command("migrate", verbosity=0, interactive=False)
        data.load()
