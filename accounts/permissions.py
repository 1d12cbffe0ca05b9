"""Who may do what: the one table of permissions, and the only functions that ask it.

Permissions read *Domain > Entity > Action*. They are stored as Django permissions, granted to groups (or users) either
for one object, a queue or an inbox, or for all. The names are those of the reference product.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from django.db.models import Model, Q, QuerySet
from guardian.utils import get_group_obj_perms_model, get_user_obj_perms_model

from socialcare.errors import NotPermitted

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User

M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Permission:
    """One line of the table. `on` is the app and model whose objects it is granted on ("" = not on an object)."""

    domain: str
    entity: str
    action: str
    on: str = ""

    @property
    def codename(self) -> str:
        """As Django stores it."""
        return f"{self.domain}_{self.entity}_{self.action}".lower()

    @property
    def name(self) -> str:
        """As Django asks for it: app label and codename."""
        return f"{(self.on or 'accounts.user').partition('.')[0]}.{self.codename}"

    @property
    def wire(self) -> str:
        """As the REST API writes it."""
        return f"{self.domain}:{self.entity}:{self.action}".lower()

    def __str__(self) -> str:
        return f"{self.domain} > {self.entity} > {self.action}"


QUEUE, INBOX = "queues.queue", "interactions.inbox"

ACCEPT = Permission("Conversation", "Message", "Accept", QUEUE)
VIEW = Permission("Conversation", "Message", "View", QUEUE)
PULL = Permission("Conversation", "Message", "Pull", QUEUE)
ASSIGN = Permission("Conversation", "Message", "Assign", QUEUE)
PARK = Permission("Conversation", "Message", "Park", QUEUE)
TRANSFER = Permission("Conversation", "Communication", "BlindTransfer", QUEUE)
MANAGE_MEMBERS = Permission("Routing", "QueueMember", "Manage", QUEUE)

REPLY_PUBLIC = Permission("Conversation", "Socialmedia", "Create", INBOX)
REPLY_PRIVATE = Permission("Conversation", "Message", "Create", INBOX)
RECEIVE = Permission("Conversation", "Message", "Receive", INBOX)

GO_ON_QUEUE = Permission("Routing", "Agent", "OnQueue")
CONFIGURING = tuple(
    Permission(domain, entity, action)
    for domain, entities in {
        "Routing": ("Queue", "WrapupCode", "Skill"),
        "Responses": ("Library", "Response"),
        "Socialmedia": ("Topic", "IngestionRule", "EscalationRule"),
        "Messaging": ("Integration",),
        "Externalcontacts": ("Contact",),
    }.items()
    for entity in entities
    for action in ("View", "Add", "Edit", "Delete")
)

TABLE: tuple[Permission, ...] = (
    *(ACCEPT, VIEW, PULL, ASSIGN, PARK, TRANSFER, MANAGE_MEMBERS),
    *(REPLY_PUBLIC, REPLY_PRIVATE, RECEIVE),
    GO_ON_QUEUE,
    *CONFIGURING,
)


def django_permissions(on: str = "") -> list[tuple[str, Any]]:
    """The lines of the table for `Meta.permissions` of the model `on` ("app.model", or "" for those on no object)."""
    return [(permission.codename, str(permission)) for permission in TABLE if permission.on == on]


def allowed(user: "User | AnonymousUser", permission: Permission, obj: Model | None = None) -> bool:
    """Whether `user` holds `permission`: for all objects, or for `obj`. Inactive people hold none."""
    if not user.is_active:
        return False
    return user.has_perm(permission.name) or bool(obj and user.has_perm(permission.name, obj))


def require(user: "User | AnonymousUser", permission: Permission, obj: Model | None = None) -> None:
    """Raise NotPermitted, naming the permission, unless `user` holds it."""
    if not allowed(user, permission, obj):
        raise NotPermitted(str(permission))


def objects_for(user: "User | AnonymousUser", permission: Permission, model: type[M]) -> "QuerySet[M]":
    """The objects of `model` on which `user` holds `permission`."""
    if not user.is_active:
        return model._default_manager.none()
    if user.has_perm(permission.name):
        return model._default_manager.all()
    # Only the making of the query is remembered, never what it finds: a screen asks for the same one many times.
    made: dict[Any, QuerySet[M]] = user.__dict__.setdefault("_objects_for", {})
    if (permission, model) not in made:
        made[permission, model] = _granted(user, permission, model)
    return made[permission, model].all()


def _granted(user: "User | AnonymousUser", permission: Permission, model: type[M]) -> "QuerySet[M]":
    kind: Any = model
    named = {
        "permission__codename": permission.codename,
        "permission__content_type__app_label": permission.name.partition(".")[0],
    }
    per_user: Any = get_user_obj_perms_model(kind)
    per_group: Any = get_group_obj_perms_model(kind)
    return model._default_manager.filter(
        Q(pk__in=per_user.objects.filter(user=user.pk, **named).values("content_object"))
        | Q(pk__in=per_group.objects.filter(group__user=user.pk, **named).values("content_object"))
    )


def holders(permission: Permission, obj: Model) -> "QuerySet[User]":
    """The active people who hold `permission` on `obj`, one query however many there are."""
    from accounts.models import User

    named = {"codename": permission.codename, "content_type__app_label": permission.name.partition(".")[0]}
    per_user: Any = get_user_obj_perms_model(obj)
    per_group: Any = get_group_obj_perms_model(obj)
    on_object = {"content_object": obj, **{f"permission__{key}": value for key, value in named.items()}}
    return User.objects.filter(
        Q(is_superuser=True)
        | Q(pk__in=User.objects.filter(**{f"user_permissions__{key}": value for key, value in named.items()}))
        | Q(groups__in=_groups_with(named))
        | Q(pk__in=per_user.objects.filter(**on_object).values("user"))
        | Q(groups__in=per_group.objects.filter(**on_object).values("group")),
        is_active=True,
    ).distinct()


def _groups_with(named: dict[str, str]) -> "QuerySet[Any]":
    from django.contrib.auth.models import Group

    return Group.objects.filter(**{f"permissions__{key}": value for key, value in named.items()})
