"""Who works in the demo's house, and what each may do."""

from collections.abc import Iterable

from django.contrib.auth.models import Group
from django.db.models import Model
from guardian.shortcuts import assign_perm

from accounts import permissions as may
from accounts.models import User
from accounts.permissions import Permission
from queues.models import AgentSkill, AgentStatus, Skill
from socialcare.demo.house import House

PASSWORD = "demo"  # noqa: S105 - known to everybody, on purpose
PEOPLE = {
    "alice": ("Alice", "Martin"),
    "bob": ("Bob", "Chen"),
    "sam": ("Sam", "Okafor"),
    "admin": ("Ada", "Lindqvist"),
    "charlie": ("Charlie", "Brook"),
}
ROLES = {
    "Agent": ("alice", "bob"),
    "Agent, public replies": ("alice",),
    "Agent, VIP": ("alice",),
    "Supervisor": ("sam",),
    "Administrator": ("admin",),
    "Integration": (),
}
HANDLING = (may.ACCEPT, may.VIEW, may.PARK, may.TRANSFER)
LEADING = (may.PULL, may.ASSIGN, may.MANAGE_MEMBERS)
SKILLS = {
    "alice": {"English": 5, "French": 4, "Parcels": 5},
    "bob": {"English": 5, "French": 3, "Billing": 4},
    "sam": {"English": 5, "Billing": 5},
}


def make() -> dict[str, User]:
    """The people, each with the password `demo`, in their roles."""
    team = {name: _person(name, *names) for name, names in PEOPLE.items()}
    for role, members in ROLES.items():
        Group.objects.get_or_create(name=role)[0].user_set.add(*(team[name] for name in members))
    return team


def give_rights(house: House) -> None:
    """Say what each role may do, and where."""
    inboxes, both = (house.practice, house.webhook), (house.care, house.vip)
    _give("Agent", [may.GO_ON_QUEUE])
    _give("Agent", HANDLING, [house.care])
    _give("Agent", [may.TRANSFER], [house.vip])
    _give("Agent", [may.REPLY_PRIVATE], inboxes)
    _give("Agent, public replies", [may.REPLY_PUBLIC], inboxes)
    _give("Agent, VIP", HANDLING, [house.vip])
    _give("Supervisor", [may.GO_ON_QUEUE])
    _give("Supervisor", (*HANDLING, *LEADING), both)
    _give("Supervisor", [may.REPLY_PUBLIC, may.REPLY_PRIVATE], inboxes)
    _give("Administrator", may.CONFIGURING)
    _give("Integration", [may.RECEIVE], inboxes)


def _person(name: str, first: str, last: str) -> User:
    chief = name == "admin"
    person = User.objects.create_user(
        username=name,
        password=PASSWORD,
        email=f"{name}@example.org",
        first_name=first,
        last_name=last,
        is_staff=chief,
        is_superuser=chief,
    )
    AgentStatus.objects.create(user=person, capacity=3 if name in ("alice", "sam") else 1)
    for skill, proficiency in SKILLS.get(name, {}).items():
        kind = Skill.Kind.LANGUAGE if skill in ("English", "French") else Skill.Kind.SKILL
        known = Skill.objects.get_or_create(name=skill, defaults={"kind": kind})[0]
        AgentSkill.objects.create(user=person, skill=known, proficiency=proficiency)
    return person


def _give(role: str, rights: Iterable[Permission], objects: Iterable[Model] = ()) -> None:
    group = Group.objects.get(name=role)
    for right in rights:
        for obj in tuple(objects) or (None,):
            assign_perm(right.name, group, obj)
