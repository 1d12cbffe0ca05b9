"""What the resources by which a house is configured have in common: who may, and what is looked for by name."""

from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from rest_framework import serializers

from accounts.models import User
from accounts.permissions import MANAGE_MEMBERS, Permission, allowed, objects_for, require
from queues.models import Queue

from .paging import PageQuery
from .wire import ORDERS, Ids

M = TypeVar("M", bound=Model)


class NamedQuery(PageQuery):
    """Which of several things that have names."""

    name = serializers.CharField(required=False, default="", allow_blank=True, max_length=200)
    id = Ids()
    sort_order = serializers.ChoiceField(choices=ORDERS, default="asc")


def named(rows: "QuerySet[M]", asked: dict[str, Any], *, prefix: bool = False) -> "QuerySet[M]":
    """Those with the name asked for (asterisks around it: that contain it), or that begin with it, by name."""
    name = asked["name"]
    if name:
        begins, ends = name.startswith("*"), name.endswith("*") or prefix
        how = {(False, False): "iexact", (False, True): "istartswith", (True, False): "iendswith"}
        rows = rows.filter(**{f"name__{how.get((begins, ends), 'icontains')}": name.strip("*")})
    if asked["id"]:
        rows = rows.filter(pk__in=asked["id"])
    return rows.order_by("-name" if descending(asked) else "name")


def descending(asked: dict[str, Any]) -> bool:
    """Whether the last shall be first; `desc`, `DESC` and `descending` are all in use."""
    return bool(asked["sort_order"].lower().startswith("desc"))


def routing(entity: str, action: str) -> Permission:
    """As in *Routing > Queue > Edit*."""
    return Permission("Routing", entity, action)


def require_view(user: User, domain: str, entity: str) -> None:
    """Raise NotPermitted unless `user` may look at it; who may edit it may."""
    if not allowed(user, Permission(domain, entity, "Edit")):
        require(user, Permission(domain, entity, "View"))


def require_configurer(user: User) -> None:
    """Raise NotPermitted unless `user` staffs a queue, or configures queues or integrations: who must find people."""
    rights = [Permission("Routing", "Queue", "Edit"), Permission("Routing", "Skill", "Edit")]
    rights.append(Permission("Messaging", "Integration", "Edit"))
    if not any(allowed(user, right) for right in rights) and not objects_for(user, MANAGE_MEMBERS, Queue).exists():
        require(user, MANAGE_MEMBERS)
