"""While Redis is away the product is served: what the cache keeps may be forgotten."""

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from interactions.upkeep import keep_up
from socialcare.cache import count_up
from tests.api.conftest import token_of
from tests.factories import on_queue
from tests.scene import asked, waiting

pytestmark = pytest.mark.django_db


def test_one_can_sign_in(alice: Any, redis_away: None) -> None:
    alice.set_password("a long password")
    alice.save()
    answer = Client().post("/sign-in/", {"username": alice.username, "password": "a long password"})
    assert answer.status_code == 302


def test_the_api_answers(alice: Any, redis_away: None) -> None:
    answer = Client().get("/api/v2/users/me", headers={"Authorization": f"Bearer {token_of(alice)}"})
    assert answer.status_code == 200


def test_the_clock_goes_on(alice: Any, inbox: Any, redis_away: None) -> None:
    on_queue(alice)
    interaction = waiting(inbox)
    keep_up()
    assert asked(interaction) == "alice"


def test_it_keeps_nothing_and_says_so(redis_away: None, caplog: pytest.LogCaptureFixture) -> None:
    cache.set("a", 1)
    assert (cache.get("a", "nothing"), cache.add("a", 1), cache.delete("a"), count_up("b", 10)) == (
        "nothing",
        True,
        False,
        1,
    )
    assert "the cache is away" in caplog.text


def test_what_is_counted_is_counted_from_the_first() -> None:
    cache.delete("counted")
    assert [count_up("counted", 60) for _ in range(3)] == [1, 2, 3]
