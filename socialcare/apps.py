"""The project as an app: for its checks, its templates and its own commands."""

from django.apps import AppConfig


class SocialcareConfig(AppConfig):
    """The kernel."""

    name = "socialcare"

    def ready(self) -> None:
        from . import checks  # noqa: F401 - registers them
