"""The page on which one plays the customer and makes the weather."""

import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from socialcare.practice import brands, playing
from socialcare.practice.models import Arrival, Brand, Network, Persona, Post, Weather

pytestmark = pytest.mark.django_db
JSON = {"Accept": "application/json"}


@pytest.fixture
def maya():
    brands.connect("acme", "Acme")
    return playing.make_up("Maya Lopez", handle="maya")


def act(client, path, **data):
    return client.post(f"/practice/{path}", data, headers=JSON)


def picture():
    data = io.BytesIO()
    Image.new("RGB", (3, 2)).save(data, "PNG")
    return data.getvalue()


def test_an_empty_network_invites(client):
    page = client.get("/practice/")
    assert page.status_code == 200
    assert "Nobody is here yet." in page.text


def test_nobody_has_to_sign_in_and_nothing_is_inline(client, maya):
    page = client.get("/practice/?as=maya")
    assert page.status_code == 200
    policy = page["Content-Security-Policy"]
    assert "unsafe-inline" not in policy
    assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=|<style", page.text)


def test_post_reply_private_edit_delete(client, maya):
    assert act(client, "write/", **{"as": "maya", "text": "@acme hello"}).json() == {"ok": True, "as": "maya"}
    post = Post.objects.get()
    act(client, "write/", **{"as": "maya", "text": "Anybody?", "answers": post.reference})
    act(client, "write/", **{"as": "maya", "text": "Psst", "to": "acme"})
    reply, message = Post.objects.exclude(pk=post.pk)
    assert (reply.root, reply.is_private) == (post, False)
    assert (message.is_private, message.brand) == (True, Brand.objects.get())
    act(client, f"posts/{post.reference}/edit/", text="@acme good day")
    act(client, f"posts/{reply.reference}/remove/")
    parts = client.get("/practice/state/?as=maya").json()["parts"]
    assert "@acme good day" in parts["timeline"]
    assert "edited" in parts["timeline"]
    assert "This post has been deleted." in parts["timeline"]
    assert "Psst" in parts["conversation"]
    assert "Psst" not in parts["timeline"], "what is private is not public"


def test_what_another_customer_is_told_in_private_is_not_shown(client, maya):
    playing.make_up("Jonas", handle="jonas")
    act(client, "write/", **{"as": "maya", "text": "Psst", "to": "acme"})
    assert "Psst" not in client.get("/practice/state/?as=jonas").text


def test_a_picture(client, maya):
    file = SimpleUploadedFile("lid.exe", picture(), content_type="application/octet-stream")
    assert act(client, "write/", **{"as": "maya", "text": "@acme", "picture": file}).status_code == 200
    found = re.search(r'src="(/practice/pictures/[^"]+)"', client.get("/practice/").text)
    shown = client.get(found[1])
    assert (shown["Content-Type"], shown["X-Content-Type-Options"]) == ("image/png", "nosniff")
    assert b"".join(shown.streaming_content) == picture()


def test_a_file_that_is_no_picture(client, maya):
    file = SimpleUploadedFile("lid.png", b"<svg onload=alert(1)>", content_type="image/png")
    answer = act(client, "write/", **{"as": "maya", "text": "x", "picture": file})
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, "picture")
    assert not Post.objects.exists()


def test_offline_online_and_private_messages_refused(client, maya):
    for change, field, value in [
        ("offline", "is_online", False),
        ("online", "is_online", True),
        ("refuse-messages", "takes_messages", False),
        ("take-messages", "takes_messages", True),
    ]:
        act(client, f"people/maya/{change}/")
        assert getattr(Persona.objects.get(), field) is value
    assert act(client, "people/maya/explode/").status_code == 400


def test_making_up_a_customer(client, maya):
    answer = act(client, "people/", name="Zoë", followers="1e9", language="xx")
    assert answer.json()["as"] == "zoe"
    made = Persona.objects.get(handle="zoe")
    assert (made.followers, made.language) == (0, "en")
    assert act(client, "people/", name=" ").status_code == 400


@pytest.mark.parametrize("kind", Weather.values)
def test_the_weather(client, maya, kind):
    assert act(client, "weather/", weather=kind, reason="No links", lasts="10s").status_code == 200
    network = Network.objects.get()
    assert (network.weather, network.reason) == (kind, "No links")
    assert network.until
    assert str(Weather(kind).label) in client.get("/practice/").text


@pytest.mark.parametrize(("lasts", "requests"), [("2r", 2), ("", None), ("xr", None), ("99999r", None), ("٣r", None)])
def test_weather_for_some_requests(client, maya, lasts, requests):
    act(client, "weather/", weather="error", lasts=lasts)
    assert Network.objects.get().requests_left == requests


def test_weather_that_does_not_exist(client, maya):
    assert act(client, "weather/", weather="snow").status_code == 400


def test_habits(client, maya):
    act(client, "habits/", untidy="on")
    network = Network.objects.get()
    assert (network.remembers_keys, network.untidy) == (False, True)


def test_the_state_is_sent_only_when_it_has_changed(client, maya):
    first = client.get("/practice/state/?as=maya").json()
    address = f"/practice/state/?as=maya&revision={first['revision']}"
    assert client.get(address).status_code == 204
    act(client, "write/", **{"as": "maya", "text": "hello"})
    assert client.get(address).status_code == 200


def test_what_the_network_received_is_counted(client, maya):
    Arrival.objects.create(brand=Brand.objects.get(), key="k-1", received=3, published=1, text="Sorry!")
    assert "asked 3×, published 1×" in client.get("/practice/").text


def test_what_people_write_stays_text(client, maya):
    evil = '"><img src=x onerror=alert(1)><script>alert(2)</script>'
    act(client, "people/", name=evil)
    act(client, "write/", **{"as": "maya", "text": evil})
    act(client, "write/", **{"as": "maya", "text": evil, "to": "acme"})
    for text in (
        client.get("/practice/?as=maya").text,
        *client.get("/practice/state/?as=maya").json()["parts"].values(),
    ):
        assert "<img src=x" not in text
        assert "<script>alert" not in text


def test_without_script_a_form_leads_back_and_says_what_was_wrong(client, maya):
    answer = client.post("/practice/write/", {"as": "maya", "text": " "}, follow=True)
    assert answer.redirect_chain == [("/practice/?as=maya", 302)]
    assert "Write something first." in answer.text


def test_only_post_and_only_with_the_token(maya):
    strict = Client(enforce_csrf_checks=True)
    assert strict.post("/practice/write/", {"as": "maya", "text": "x"}).status_code == 403
    assert strict.get("/practice/write/").status_code == 405
    assert strict.get("/practice/people/maya/offline/").status_code == 405


@pytest.mark.parametrize("path", ["posts/none/edit/", "posts/none/remove/", "people/nobody/offline/"])
def test_what_does_not_exist(client, maya, path):
    assert act(client, path, text="x").status_code == 404


def test_a_brand_is_connected_and_its_token_shown_once(client, maya):
    page = client.post("/practice/brands/", {"handle": "globex", "name": "Globex"})
    token = re.findall(r"<code>([^<]+)</code>", page.text)[0]
    assert brands.by_token(token).handle == "globex"
    assert token not in client.get("/practice/brands/").text
    for handle in ("globex", "maya", "Not A Handle", ""):
        client.post("/practice/brands/", {"handle": handle, "name": "x"})
    assert Brand.objects.count() == 2


def test_the_page_in_french(client, maya):
    page = client.get("/practice/", headers={"Accept-Language": "fr"})
    assert 'lang="fr"' in page.text
