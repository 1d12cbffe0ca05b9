from django.apps import AppConfig
from django.db.models.signals import post_delete, post_save
from django.utils.translation import gettext_lazy as _


class QueuesConfig(AppConfig):
    name = "queues"
    verbose_name = _("Queues and agents")

    def ready(self) -> None:
        """A member, or a right on a queue, comes or goes."""
        from accounts.rights import rights_changed
        from queues.models import QueueGroupPermission, QueueMember, QueueUserPermission

        for model in (QueueGroupPermission, QueueUserPermission, QueueMember):
            for happening in (post_save, post_delete):
                happening.connect(rights_changed, sender=model)
