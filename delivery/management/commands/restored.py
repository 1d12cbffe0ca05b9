"""`manage.py restored`: the database is a backup's. What it says is to be sent may have been sent since."""

from typing import Any

from django.core.cache import cache
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from delivery.outbox import doubt_pending
from interactions.upkeep import LAST_TICK


class Command(BaseCommand):
    """Run it once after a restore, before the first worker starts."""

    help = "After a restore, before any worker starts: send nothing twice of what was on its way in the backup."

    def handle(self, *args: Any, **options: Any) -> None:
        """Leave to an agent what a platform might show twice, and say how much that is."""
        if cache.get(LAST_TICK):
            raise CommandError(_("Workers have been at work here. Stop them, and empty Redis, before you restore."))
        doubted, repeated = doubt_pending()
        self.stdout.write(
            _("Not certain now: %(doubted)s. Sent again, as their platform recognises a repeat: %(repeated)s.")
            % {"doubted": doubted, "repeated": repeated}
        )
