"""A request with an Idempotency-Key is done once, however often it comes."""

from typing import Any

import pytest
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory

from accounts.models import User
from queues.models import Skill
from socialcare.api.base import ApiView
from socialcare.api.idempotency import creates
from socialcare.errors import Invalid
from tests.api.conftest import token_of


class Skills(ApiView):
    """Makes a skill."""

    @creates
    def post(self, request: Request) -> Response:
        if not request.data.get("name"):
            raise Invalid("A name is missing.", field="name")
        return Response({"id": str(Skill.objects.create(name=request.data["name"]).pk)}, status=201)


Post = Any


@pytest.fixture
def post(alice: User) -> Post:
    token = token_of(alice)

    def send(body: dict[str, Any], key: str, bearer: str = token) -> Response:
        headers = {"Idempotency-Key": key, "Authorization": f"Bearer {bearer}"}
        response = Skills.as_view()(APIRequestFactory().post("/api/v2/skills", body, format="json", headers=headers))
        response.render()
        return response

    return send


def test_the_same_request_gets_the_same_answer_and_makes_nothing_twice(post: Post) -> None:
    first, again = post({"name": "Returns"}, "k1"), post({"name": "Returns"}, "k1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert again["Idempotent-Replayed"] == "true"
    assert Skill.objects.count() == 1


def test_another_body_under_the_same_key_is_refused(post: Post) -> None:
    post({"name": "Returns"}, "k1")
    refused = post({"name": "Refunds"}, "k1")
    assert (refused.status_code, refused.data["code"]) == (409, "idempotency.key.reused")
    assert post({"name": "Refunds"}, "k2").status_code == 201


def test_what_was_refused_may_come_again_mended(post: Post) -> None:
    assert post({"name": ""}, "k1").status_code == 400
    assert post({"name": "Returns"}, "k1").status_code == 201


def test_keys_of_others_are_others(post: Post, bob: User) -> None:
    assert post({"name": "Returns"}, "k1").status_code == 201
    assert post({"name": "Refunds"}, "k1", token_of(bob)).status_code == 201
    assert post({"name": "Long"}, "k" * 201).status_code == 400
