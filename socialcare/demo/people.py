"""Who works in the demo's house, and what each may do."""

from accounts import permissions as may
from accounts.models import User
from accounts.roles import (
    ADMINISTRATOR,
    AGENT,
    HANDLING,
    INTEGRATION,
    LEADING,
    REPLYING,
    SUPERVISOR,
    Role,
    grant,
    group_of,
    make_roles,
)
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
PUBLIC_REPLIES, VIP = Role("Agent, public replies"), Role("Agent, VIP")
ROLES = {
    AGENT: ("alice", "bob"),
    PUBLIC_REPLIES: ("alice",),
    VIP: ("alice",),
    SUPERVISOR: ("sam",),
    ADMINISTRATOR: ("admin",),
    INTEGRATION: (),
}
SKILLS = {
    "alice": {"English": 5, "French": 4, "Parcels": 5},
    "bob": {"English": 5, "French": 3, "Billing": 4},
    "sam": {"English": 5, "Billing": 5},
}


def make() -> dict[str, User]:
    """The people, each with the password `demo`, in their roles."""
    team = {name: _person(name, *names) for name, names in PEOPLE.items()}
    make_roles()
    for role, members in ROLES.items():
        group_of(role).user_set.add(*(team[name] for name in members))
    return team


def give_rights(house: House) -> None:
    """Say what each role may do, and where."""
    inboxes, both = (house.practice, house.webhook), (house.care, house.vip)
    grant(AGENT, *HANDLING, on=house.care)
    grant(AGENT, may.TRANSFER, on=house.vip)
    grant(AGENT, may.REPLY_PRIVATE, on=inboxes)
    grant(PUBLIC_REPLIES, may.REPLY_PUBLIC, on=inboxes)
    grant(VIP, *HANDLING, on=house.vip)
    grant(SUPERVISOR, *HANDLING, *LEADING, on=both)
    grant(SUPERVISOR, *REPLYING, on=inboxes)
    grant(INTEGRATION, may.RECEIVE, on=inboxes)


def _person(name: str, first: str, last: str) -> User:
    chief = name == "admin"
    person = User.objects.create_user(
        username=name,
        password=PASSWORD,
        email=f"{name}@example.org",
        first_name=first,
        last_name=last,
        is_staff=chief or name == "sam",
        is_superuser=chief,
    )
    AgentStatus.objects.create(user=person, capacity=3 if name in ("alice", "sam") else 1)
    for skill, proficiency in SKILLS.get(name, {}).items():
        kind = Skill.Kind.LANGUAGE if skill in ("English", "French") else Skill.Kind.SKILL
        known = Skill.objects.get_or_create(name=skill, defaults={"kind": kind})[0]
        AgentSkill.objects.create(user=person, skill=known, proficiency=proficiency)
    return person
