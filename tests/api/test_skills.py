"""Skills and languages, and who has them, over the API."""

import uuid
from typing import Any

import pytest

from accounts.models import User
from interactions.intake import set_needs
from interactions.models import Interaction
from queues.models import AgentSkill, Skill
from tests.api.conftest import Api
from tests.api.sdk import read_as
from tests.factories import InteractionFactory, SkillFactory


@pytest.mark.parametrize(
    ("path", "model", "kind"),
    [
        ("routing/skills", "SkillEntityListing", Skill.Kind.SKILL),
        ("routing/languages", "LanguageEntityListing", Skill.Kind.LANGUAGE),
    ],
)
def test_one_is_made_renamed_and_deleted(as_admin: Api, path: str, model: str, kind: str) -> None:
    SkillFactory(name="Other", kind=next(other for other in Skill.Kind if other != kind))
    made = as_admin.of("post", path, {"name": "French"})
    assert Skill.objects.get(pk=made["id"]).kind == kind
    assert as_admin.of("patch", f"{path}/{made['id']}", {"name": "Français"})["name"] == "Français"
    [listed] = read_as(model, as_admin.of("get", f"{path}?name=fran")).entities
    assert (listed.id, listed.state, listed.version) == (made["id"], "active", "1")
    assert as_admin.of("get", path)["total"] == 1
    as_admin.refused(409, "post", path, {"name": "Français"})
    as_admin.of("delete", made["selfUri"].removeprefix("/api/v2/"))
    as_admin.refused(404, "get", f"{path}/{made['id']}")


def test_what_waits_asks_no_more_for_a_skill_that_is_gone(as_admin: Api) -> None:
    gone, left = SkillFactory(), SkillFactory()
    both, only, neither = InteractionFactory(), InteractionFactory(), InteractionFactory()
    set_needs(both, [gone, left])
    set_needs(only, [gone])
    as_admin.of("delete", f"routing/skills/{gone.pk}")
    keys = Interaction.objects.in_bulk([both.pk, only.pk, neither.pk])
    assert [keys[each.pk].skill_key for each in (both, only, neither)] == [str(left.pk), "", ""]


def test_who_may(as_alice: Api, alice: User, bob: User) -> None:
    skill = SkillFactory()
    error = as_alice.refused(403, "get", "routing/skills")
    assert error["messageParams"] == {"permission": "Routing > Skill > View"}
    for method, path in [("post", "routing/skills"), ("delete", f"routing/skills/{skill.pk}")]:
        as_alice.refused(403, method, path, {"name": "Mine"})
    assert as_alice.of("get", f"users/{alice.pk}/routingskills")["entities"] == []
    as_alice.refused(403, "get", f"users/{bob.pk}/routingskills")
    own = {"id": str(skill.pk), "proficiency": 5}
    error = as_alice.refused(403, "post", f"users/{alice.pk}/routingskills", own)
    assert error["messageParams"] == {"permission": "Routing > Skill > Edit"}


# ------------------------------------------------------------------ of an agent


def levels(user: User) -> dict[str, int]:
    return {row.skill.name: row.proficiency for row in AgentSkill.objects.filter(user=user).select_related("skill")}


def given(*pairs: tuple[Skill, float]) -> list[dict[str, Any]]:
    return [{"id": str(skill.pk), "proficiency": level} for skill, level in pairs]


def test_an_agent_is_given_skills(as_admin: Api, alice: User) -> None:
    law, returns = SkillFactory(name="Law"), SkillFactory(name="Returns")
    path = f"users/{alice.pk}/routingskills"
    [one] = given((law, 4.0))
    told = read_as("UserRoutingSkill", as_admin.of("post", path, one))
    assert (told.name, told.proficiency, told.state) == ("Law", 4.0, "active")
    assert told.skill_uri == f"/api/v2/routing/skills/{law.pk}"
    as_admin.of("patch", f"{path}/bulk", given((law, 1), (returns, 2)))
    assert levels(alice) == {"Law": 1, "Returns": 2}
    as_admin.of("put", f"{path}/{law.pk}", {"id": str(law.pk), "proficiency": 5})
    listed = read_as("UserSkillEntityListing", as_admin.of("get", path))
    assert [(each.name, each.proficiency) for each in listed.entities] == [("Law", 5.0), ("Returns", 2.0)]
    as_admin.of("delete", f"{path}/{law.pk}")
    as_admin.refused(404, "delete", f"{path}/{law.pk}")
    as_admin.of("put", f"{path}/bulk", given((law, 3)))
    assert levels(alice) == {"Law": 3}


def test_an_agent_is_given_languages(as_admin: Api, alice: User) -> None:
    law, french = SkillFactory(name="Law"), SkillFactory(name="French", kind="language")
    as_admin.of("patch", f"users/{alice.pk}/routingskills/bulk", given((law, 3)))
    path = f"users/{alice.pk}/routinglanguages"
    as_admin.of("patch", f"{path}/bulk", given((french, 2)))
    as_admin.of("patch", f"{path}/{french.pk}", {"proficiency": 4})
    [told] = read_as("UserLanguageEntityListing", as_admin.of("get", path)).entities
    assert (told.name, told.proficiency, told.language_uri) == ("French", 4.0, f"/api/v2/routing/languages/{french.pk}")
    as_admin.of("put", f"users/{alice.pk}/routingskills/bulk", [])
    assert levels(alice) == {"French": 4}
    as_admin.refused(400, "post", path, given((law, 3))[0])
    as_admin.refused(405, "put", f"{path}/bulk", [])


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"proficiency": 6}, "proficiency"),
        ({"proficiency": 2.5}, "proficiency"),
        ({"proficiency": None}, "proficiency"),
        ({"id": str(uuid.uuid4())}, "id"),
        ({"id": "x"}, "id"),
    ],
)
def test_what_is_wrong_is_named(as_admin: Api, alice: User, change: dict[str, Any], field: str) -> None:
    [good] = given((SkillFactory(), 3))
    path = f"users/{alice.pk}/routingskills"
    assert as_admin.refused(400, "post", path, {**good, **change})["details"][0]["fieldName"] == field
    error = as_admin.refused(400, "patch", f"{path}/bulk", [good, {**good, **change}])
    assert error["details"][-1]["fieldName"] == f"[1].{field}"
    assert levels(alice) == {}


def test_somebody_who_is_not_there(as_admin: Api) -> None:
    as_admin.refused(404, "get", f"users/{uuid.uuid4()}/routingskills")


def test_many_skills_take_no_more_questions(as_admin: Api, alice: User, django_assert_max_num_queries: Any) -> None:
    many = given(*((SkillFactory(), 3) for _ in range(30)))
    with django_assert_max_num_queries(12):
        told = as_admin.of("put", f"users/{alice.pk}/routingskills/bulk?pageSize=50", many)
    assert len(told["entities"]) == 30
