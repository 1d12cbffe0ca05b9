"""Signing in: the same words whatever was wrong, and guessing is slowed down."""

import pytest
from django.test import Client

from accounts.models import User
from socialcare.panel import throttle


def attempt(client: Client, password: str, name: str = "alice", **headers: str) -> int:
    return client.post("/sign-in/", {"username": name, "password": password}, headers=headers).status_code


def test_the_right_password_opens_the_panel(client: Client, alice: User) -> None:
    response = client.post("/sign-in/", {"username": "alice", "password": "demo"})
    assert response["Location"] == "/panel/"


def test_nobody_is_led_to_another_site(client: Client, alice: User) -> None:
    response = client.post("/sign-in/?next=https://evil.example/", {"username": "alice", "password": "demo"})
    assert response["Location"] == "/panel/"


@pytest.mark.parametrize(("name", "password"), [("alice", "wrong"), ("nobody", "demo"), ("ghost", "demo")])
def test_wrong_name_wrong_password_and_shut_out_sound_alike(
    client: Client, alice: User, name: str, password: str
) -> None:
    User.objects.create_user("ghost", password="demo", is_active=False)
    response = client.post("/sign-in/", {"username": name, "password": password})
    assert response.status_code == 422
    assert "This name and password do not go together." in response.content.decode()


def test_guessing_is_stopped_and_no_header_or_spelling_goes_around_it(client: Client, alice: User) -> None:
    tries = throttle.PER_ACCOUNT_AND_ADDRESS.attempts
    assert {attempt(client, f"guess{number}") for number in range(tries)} == {422}
    assert attempt(client, "demo") == 429
    assert attempt(client, "demo", name="ALICE ") == 429
    assert attempt(client, "demo", **{"X-Forwarded-For": "203.0.113.9"}) == 429


def test_the_right_password_forgets_the_wrong_ones(client: Client, alice: User) -> None:
    for number in range(throttle.PER_ACCOUNT_AND_ADDRESS.attempts - 1):
        attempt(client, f"guess{number}")
    assert attempt(client, "demo") == 302
    client.post("/sign-out/")
    assert attempt(client, "wrong") == 422


def test_sign_out_is_a_post_and_ends_the_session(client: Client, alice: User) -> None:
    client.force_login(alice)
    assert client.get("/sign-out/").status_code == 405
    client.post("/sign-out/")
    assert client.get("/panel/").status_code == 302


def test_pages_that_are_not_there_look_like_the_product(client: Client, alice: User) -> None:
    response = client.get("/nothing-here/")
    assert response.status_code == 404
    assert "This is not here" in response.content.decode()
