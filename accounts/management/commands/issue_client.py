"""`manage.py issue_client NAME USER`: a client of the API for scripts."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.clients import make_machine, make_service_user
from accounts.models import User
from socialcare.errors import Invalid


class Command(BaseCommand):
    """Make a machine that acts as one user, and print its id and its secret alone, so that a script can take them."""

    help = "Print the id and the secret of a new API client that acts as USER, on one line."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Its name, and whose rights it has."""
        parser.add_argument("name", help="what the client is called")
        parser.add_argument("user", help="the name of the user as whom it acts")
        parser.add_argument("--new", action="store_true", help="make this user, who cannot sign in with a password")
        parser.add_argument("--role", action="append", default=[], help="with --new: a role of theirs; may be repeated")

    @transaction.atomic
    def handle(self, *args: Any, name: str, user: str, new: bool, role: list[str], **options: Any) -> None:
        """Store the client and print it."""
        if role and not new:
            raise CommandError(_("A role is given to a new user only: add --new."))
        try:
            person = make_service_user(user, role) if new else None
        except Invalid as error:
            raise CommandError(str(error)) from error
        person = person or User.objects.filter(username=user, is_active=True).first()
        if not person:
            raise CommandError(_("Nobody of the name “%(user)s” can sign in.") % {"user": user})
        client, secret = make_machine(name, person)
        self.stdout.write(f"{client.client_id} {secret}")
