"""Who holds which rights on one object, as a list that can be replaced as a whole."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import Model
from guardian.utils import get_group_obj_perms_model, get_user_obj_perms_model

from accounts.models import User
from accounts.permissions import TABLE, Permission
from accounts.roles import Holder, grant, revoke

Grants = dict[Holder, frozenset[Permission]]


def rights_on(model: type[Model]) -> dict[str, Permission]:
    """The rights that can be given on objects of `model`, by their names in the API."""
    return {right.wire: right for right in TABLE if right.on == model._meta.label_lower}


def grants_on(obj: Model) -> Grants:
    """Who holds what on `obj` itself: roles first, then people, each in the order of names. Two queries."""
    rights = {right.codename: right for right in rights_on(type(obj)).values()}
    held: defaultdict[Holder, set[Permission]] = defaultdict(set)
    per_group: Any = get_group_obj_perms_model(obj)
    per_user: Any = get_user_obj_perms_model(obj)
    given = {"content_object": obj, "permission__codename__in": rights}
    for row in per_group.objects.filter(**given).select_related("group", "permission").order_by("group__name"):
        held[row.group].add(rights[row.permission.codename])
    for row in per_user.objects.filter(**given).select_related("user", "permission").order_by("user__username"):
        held[row.user].add(rights[row.permission.codename])
    return {holder: frozenset(its) for holder, its in held.items()}


def replace_grants(obj: Model, wanted: Mapping[Group | User, frozenset[Permission]]) -> None:
    """Give and take rights on `obj` until exactly these are held; of two at once, the second has the last word."""
    with transaction.atomic():
        type(obj)._default_manager.select_for_update(no_key=True).only("pk").get(pk=obj.pk)
        held = grants_on(obj)
        for holder in {**held, **wanted}:
            now, then = held.get(holder, frozenset()), wanted.get(holder, frozenset())
            revoke(holder, *(now - then), on=obj)
            grant(holder, *(then - now), on=obj)
