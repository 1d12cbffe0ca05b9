from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_delete, post_save, pre_delete
from django.utils.translation import gettext_lazy as _


class InteractionsConfig(AppConfig):
    name = "interactions"
    verbose_name = _("Interactions")

    def ready(self) -> None:
        """A right on a channel comes or goes; and offers follow when any right has changed; a skill goes."""
        from accounts.rights import rights_changed, rights_have_changed
        from interactions.models import InboxGroupPermission, InboxUserPermission
        from interactions.skills import forget_skill
        from queues.models import Skill

        for model in (InboxGroupPermission, InboxUserPermission):
            for happening in (post_save, post_delete):
                happening.connect(rights_changed, sender=model)
        rights_have_changed.connect(_look_at_offers)
        pre_delete.connect(forget_skill, sender=Skill)


def _look_at_offers(**_: Any) -> None:
    from interactions.tasks import withdraw_offers
    from socialcare.work import wake

    wake(withdraw_offers)
