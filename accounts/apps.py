from typing import Any

from django.apps import AppConfig
from django.db.models.signals import m2m_changed, post_delete, post_migrate, post_save
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("People and roles")

    def ready(self) -> None:
        """Listen for whatever changes somebody's rights."""
        from django.contrib.auth.models import Group

        from accounts.models import RoleGroup, User
        from accounts.permissions import forget_numbers
        from accounts.rights import rights_changed
        from accounts.roles import make_roles
        from socialcare import kept

        for held in (User.groups, User.user_permissions, Group.permissions):
            m2m_changed.connect(_if_done, sender=held.through)
        post_save.connect(_if_standing, sender=User)
        for holder in (User, Group, RoleGroup):
            post_delete.connect(rights_changed, sender=holder)
        for forget in (forget_numbers, kept.forget):
            post_migrate.connect(forget)
        post_migrate.connect(make_roles, sender=self)


def _if_done(action: str, **_: Any) -> None:
    from accounts.rights import rights_changed

    if action.startswith("post_"):
        rights_changed()


def _if_standing(created: bool, update_fields: frozenset[str] | None = None, **_: Any) -> None:
    """Whether somebody is active or may do everything decides over all their rights; nothing else of a user does."""
    from accounts.rights import rights_changed

    if not created and (update_fields is None or update_fields & {"is_active", "is_superuser"}):
        rights_changed()
