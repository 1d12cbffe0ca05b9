from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PracticeConfig(AppConfig):
    """Only installed where PRACTICE_NETWORK is on."""

    name = "socialcare.practice"
    label = "practice"
    verbose_name = _("Practice network")
