"""The REST API."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """A door: it checks input, calls one use case, and answers in the reference product's shapes."""

    name = "socialcare.api"
    label = "api"

    def ready(self) -> None:
        from socialcare.api import tokens

        tokens.watch()
