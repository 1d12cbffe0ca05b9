"""`manage.py issue_token USER`: a bearer token for scripts."""

import secrets
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _
from oauth2_provider.models import AccessToken, set_token_value

from accounts.models import User

LONGEST = 3650
"""Days."""


class Command(BaseCommand):
    """Make a token that acts as one user, and print it alone, so that a script can take it."""

    help = "Print a bearer token that acts as USER."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whose, and for how long."""
        parser.add_argument("user", help="the user's name")
        parser.add_argument("--days", type=int, default=30, help="how long it is good for (30)")

    def handle(self, *args: Any, user: str, days: int, **options: Any) -> None:
        """Store the token and print it."""
        if not 1 <= days <= LONGEST:
            words = _("A token is good for 1 to %(longest)s days; %(days)s are not possible.")
            raise CommandError(words % {"longest": LONGEST, "days": days})
        if User._meta.db_table not in connection.introspection.table_names():
            raise CommandError(
                _("There is no data here: set DATA_DIR (or DATABASE_URL) as the product has it, or run migrate.")
            )
        person = User.objects.filter(username=user, is_active=True).first()
        if not person:
            raise CommandError(_("Nobody of the name “%(user)s” can sign in.") % {"user": user})
        token = secrets.token_urlsafe(32)
        stored = AccessToken(user=person, expires=timezone.now() + timedelta(days=days), scope="read write")
        set_token_value(stored, token)
        stored.save()
        self.stdout.write(token)
