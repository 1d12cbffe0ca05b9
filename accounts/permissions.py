"""Who may do what: the one table of permissions, and the only functions that ask it.

Permissions read *Domain > Entity > Action*. They are stored as Django permissions, granted to groups (or users) either
for one object, a queue or an inbox, or for all. The names are those of the reference product.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from django.apps import apps
from django.db import connection
from django.db.models import Exists, Model, OuterRef, Q, QuerySet, UUIDField, Value
from django.db.models.functions import Cast
from guardian.utils import get_group_obj_perms_model, get_user_obj_perms_model

from socialcare.asking import Answer, Question, Statement
from socialcare.errors import NotPermitted

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User

M = TypeVar("M", bound=Model)
REMEMBERED = "_rights_held"
"""Under which a user remembers the rights that were read; whoever changes them drops it."""
EVERYWHERE: Any = None
NOBODY = UUID(int=0)


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
    if user.is_superuser:
        return True
    on = held(user, permission)
    return EVERYWHERE in on or bool(obj and obj.pk in on)


def require(user: "User | AnonymousUser", permission: Permission, obj: Model | None = None) -> None:
    """Raise NotPermitted, naming the permission, unless `user` holds it."""
    if not allowed(user, permission, obj):
        raise NotPermitted(str(permission))


def objects_for(user: "User | AnonymousUser", permission: Permission, model: type[M]) -> "QuerySet[M]":
    """The objects of `model` on which `user` holds `permission`."""
    return model._default_manager.filter(where_held(user, permission, "pk"))


def where_held(user: "User | AnonymousUser", permission: Permission, name: str) -> Q:
    """Of the rows whose `name` points to an object, those on whose object `user` holds `permission`."""
    if not user.is_active:
        return Q(pk__in=())
    if allowed(user, permission):
        return ~Q(pk__in=())  # all of them, also where it is one of several conditions
    return Q(**{f"{name}__in": held(user, permission)})


def held(user: "User | AnonymousUser", permission: Permission) -> frozenset[Any]:
    """The ids of the objects on which `user` was given `permission`, with EVERYWHERE where it is for all of them."""
    return _rights(user).get(permission.codename, frozenset())


def alike(user: "User | AnonymousUser", *permissions: Permission) -> Hashable:
    """Of whom this is the same, the same is asked of the database wherever these permissions decide."""
    return (user.is_active, user.is_superuser, *(held(user, permission) for permission in permissions))


def stand_in(user: "User | AnonymousUser", pk: Any) -> "User":
    """Somebody with the rights of `user` under another id: to make a query that is kept for all who are alike."""
    from accounts.models import User

    somebody = User(pk=pk, is_active=user.is_active, is_superuser=user.is_superuser)
    somebody.__dict__[REMEMBERED] = _rights(user)
    return somebody


def _rights(user: "User | AnonymousUser") -> dict[str, frozenset[Any]]:
    """By codename, the ids of the objects on which `user` holds a right, with EVERYWHERE for all of them.

    Read in one statement, and remembered with the user as Django remembers its own: a screen asks for eight rights,
    and as eight subqueries PostgreSQL took longer to plan them than to do all else.
    """
    if not hasattr(user, REMEMBERED):  # and not in its __dict__: a request's user is a stand-in for somebody
        remember_rights(user, stored_rights(user.pk).answer())
    rights: dict[str, frozenset[Any]] = getattr(user, REMEMBERED)
    return rights


def remember_rights(user: "User | AnonymousUser", stored: frozenset[tuple[str, Any]]) -> None:
    """These are the rights of `user`: what `stored_rights` answered."""
    setattr(user, REMEMBERED, _by_codename(stored))


@lru_cache(maxsize=1_000)
def _by_codename(stored: frozenset[tuple[str, Any]]) -> dict[str, frozenset[Any]]:
    found: dict[str, set[Any]] = {}
    for codename, pk in stored:
        found.setdefault(codename, set()).add(UUID(str(pk)) if pk else EVERYWHERE)
    return {codename: frozenset(ids) for codename, ids in found.items()}


def stored_rights(user_id: Any) -> Question:
    """All rights of somebody as they are stored, to be asked together with others."""
    return _StoredRights(user_id)


_ID = UUIDField()


class _StoredRights(Question):
    def __init__(self, user_id: Any) -> None:
        self._user_id = user_id

    def statement(self) -> Statement:
        text, params = _statement(connection.vendor)
        pk, nobody = (_ID.get_db_prep_value(value, connection) for value in (self._user_id, NOBODY))
        return Statement(text, [pk if param == nobody else param for param in params])

    def read(self, answer: Answer) -> frozenset[tuple[str, Any]]:
        return frozenset(answer.rows)


@cache
def _statement(_vendor: str) -> tuple[str, tuple[Any, ...]]:
    """What reads all rights of nobody: making it anew for everybody would cost more than reading.

    The rights are named once, after all have been found, and no group is read to find what its members hold.
    """
    from django.contrib.auth.models import Group

    from accounts.models import User

    everywhere = Cast(Value(None), UUIDField())  # PostgreSQL must know what type of nothing it is
    roles = {"group__in": User.groups.through.objects.filter(user=NOBODY).values("group")}
    sources: list[Any] = [
        User.user_permissions.through.objects.filter(user=NOBODY).values_list("permission", everywhere),
        Group.permissions.through.objects.filter(**roles).values_list("permission", everywhere),
    ]
    for model in (QUEUE, INBOX):
        kind: Any = apps.get_model(model)
        own: Any = get_user_obj_perms_model(kind)
        by_role: Any = get_group_obj_perms_model(kind)
        sources.append(own.objects.filter(user=NOBODY).values_list("permission", "content_object"))
        sources.append(by_role.objects.filter(**roles).values_list("permission", "content_object"))
    # Without their models' own order, which a part of a union cannot have
    first, *others = (source.order_by() for source in sources)
    found, params = first.union(*others, all=True).query.sql_with_params()
    named = "SELECT codename, content_object FROM held INNER JOIN auth_permission ON id = permission"
    return f"WITH held(permission, content_object) AS ({found}) {named}", params


def holders(permission: Permission, obj: Model) -> "QuerySet[User]":
    """The active people who hold `permission` on `obj`, one query however many there are.

    Each is looked at by themselves: who wants the first of many does not wait until all have been found.
    """
    from django.contrib.auth.models import Group

    from accounts.models import User

    number = _number(permission)
    per_user: Any = get_user_obj_perms_model(obj)
    per_group: Any = get_group_obj_perms_model(obj)
    theirs, on_object = {"user": OuterRef("pk")}, {"permission": number, "content_object": obj}
    roles = Q(group__in=Group.permissions.through.objects.filter(permission=number).values("group"))
    roles |= Q(group__in=per_group.objects.filter(**on_object).values("group"))
    return User.objects.filter(
        Q(is_superuser=True)
        | _ForEach(User.user_permissions.through.objects.filter(permission=number, **theirs))
        | _ForEach(User.groups.through.objects.filter(roles, **theirs))
        | _ForEach(per_user.objects.filter(**on_object, **theirs)),
        is_active=True,
    )


class _ForEach(Exists):
    """Whether there is any, looked up for each row: PostgreSQL might gather all there are first, for the one wanted."""

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """With an offset, the planner leaves it as it is."""
        text, params = self.as_sql(compiler, connection, template="EXISTS(%(subquery)s OFFSET 0)")
        return text, tuple(params)


_numbers: dict[str, int] = {}


def _number(permission: Permission) -> int:
    """Its primary key, which no migration changes once it is stored: where it stands in a statement, that is planned
    for this permission. Raises LookupError before it is stored.
    """
    from django.contrib.auth.models import Permission as Stored

    if permission.name not in _numbers:
        named = {"codename": permission.codename, "content_type__app_label": permission.name.partition(".")[0]}
        found = Stored.objects.filter(**named).values_list("pk", flat=True).first()
        if found is None:
            raise LookupError(f"{permission} is not stored: manage.py migrate stores it")
        _numbers[permission.name] = found
    return _numbers[permission.name]


def forget_numbers(**_: object) -> None:
    """The permissions may have been stored anew: after a flush, as tests do it, under other numbers."""
    _numbers.clear()
