"""The project as an app: for its checks, its templates and its own commands."""

from django.apps import AppConfig
from django.db.backends.signals import connection_created

from socialcare.postgresql import read_times_in_c


class SocialcareConfig(AppConfig):
    """The kernel."""

    name = "socialcare"

    def ready(self) -> None:
        from . import checks  # noqa: F401 - registers them

        connection_created.connect(read_times_in_c)
