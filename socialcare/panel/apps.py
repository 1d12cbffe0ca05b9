"""The agents' and supervisors' web panel."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PanelConfig(AppConfig):
    """A door: it validates input, calls one use case, and shows the result."""

    name = "socialcare.panel"
    label = "panel"
    verbose_name = _("Panel")

    def ready(self) -> None:
        from socialcare.panel import rights

        rights.watch()
