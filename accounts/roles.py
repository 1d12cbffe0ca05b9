"""Roles: named bundles of rights, given to people. They are Django's groups; these four are there from the start."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import Group
from django.contrib.auth.models import Permission as StoredPermission
from django.db.models import Model, Q, QuerySet
from guardian.shortcuts import assign_perm, remove_perm

from accounts import permissions as may
from accounts.models import User
from accounts.permissions import REMEMBERED, Permission

Holder = User | Group
HANDLING = (may.ACCEPT, may.VIEW, may.PARK, may.TRANSFER)
LEADING = (may.PULL, may.ASSIGN, may.MANAGE_MEMBERS)
REPLYING = (may.REPLY_PUBLIC, may.REPLY_PRIVATE)
_REMEMBERED = ("_perm_cache", "_user_perm_cache", "_group_perm_cache", REMEMBERED)


@dataclass(frozen=True)
class Role:
    """One of the roles that come with the product."""

    name: str
    everywhere: tuple[Permission, ...] = ()
    """Given for good."""
    suggested: tuple[Permission, ...] = ()
    """Ticked to begin with wherever a queue or a channel is made; the administrator decides."""


AGENT = Role("Agent", (may.GO_ON_QUEUE,), (*HANDLING, *REPLYING))
SUPERVISOR = Role("Supervisor", (may.GO_ON_QUEUE,), (*HANDLING, *LEADING, *REPLYING))
ADMINISTRATOR = Role("Administrator", may.CONFIGURING)
INTEGRATION = Role("Integration", (), (may.RECEIVE,))
ROLES = (AGENT, SUPERVISOR, ADMINISTRATOR, INTEGRATION)


def make_roles(**_: Any) -> None:
    """Make the four roles in a house that has none yet; roles that were renamed or removed stay so."""
    if not Group.objects.exists():
        for role in ROLES:
            grant(group_of(role), *role.everywhere)


def group_of(role: Role) -> Group:
    """The stored role, made where it is missing."""
    return Group.objects.get_or_create(name=role.name)[0]


def grant(holder: Role | Holder, *rights: Permission, on: Model | Iterable[Model] | None = None) -> None:
    """Give these rights to a role or a person: on some queues or channels, or everywhere."""
    holder = _stored(holder)
    if on is None:
        _everywhere(holder).add(*stored_permissions(rights))
    for obj in _each(on):
        for right in rights:
            assign_perm(right.name, holder, obj)
    _forget(holder)


def revoke(holder: Role | Holder, *rights: Permission, on: Model | Iterable[Model] | None = None) -> None:
    """Take these rights back; what the holder has everywhere, or by another role, stays."""
    holder = _stored(holder)
    if on is None:
        _everywhere(holder).remove(*stored_permissions(rights))
    for obj in _each(on):
        for right in rights:
            remove_perm(right.name, holder, obj)
    _forget(holder)


def stored_permissions(rights: Iterable[Permission]) -> QuerySet[StoredPermission]:
    """The rows by which Django knows these rights."""
    by_app = defaultdict(list)
    for right in rights:
        by_app[right.name.partition(".")[0]].append(right.codename)
    chosen = Q(pk__in=[])
    for app, names in by_app.items():
        chosen |= Q(content_type__app_label=app, codename__in=names)
    return StoredPermission.objects.filter(chosen)


def _stored(holder: Role | Holder) -> Holder:
    return group_of(holder) if isinstance(holder, Role) else holder


def _everywhere(holder: Holder) -> Any:
    return holder.permissions if isinstance(holder, Group) else holder.user_permissions


def _each(on: Model | Iterable[Model] | None) -> Iterable[Model]:
    return () if on is None else (on,) if isinstance(on, Model) else on


def _forget(holder: Holder) -> None:
    for remembered in _REMEMBERED:
        holder.__dict__.pop(remembered, None)
