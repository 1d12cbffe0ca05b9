"""The network itself: what it publishes once, what it tells brands, and how it tells them."""

import json
import socket
import threading

import pytest

from delivery.connectors import http
from delivery.connectors.base import SendError
from socialcare.errors import Conflict, Invalid, NotFound
from socialcare.practice import brands, playing, pushes, weather
from socialcare.practice.models import Arrival, Network, Persona, Post, Push, Weather
from tests.line import answers, listening

pytestmark = pytest.mark.django_db(transaction=True)


def told(kind=None):
    """The events that the network has written down to tell."""
    events = [push.event for push in Push.objects.all()]
    return [event for event in events if kind in (None, event["type"])]


def ask(stage, method, path, data=None, *, token=None, key="", content=None):
    headers = {"Authorization": f"Bearer {token or stage.credentials.token}"}
    if key:
        headers["Idempotency-Key"] = key
    body = json.dumps(data).encode() if content is None else content
    return http.call(method, stage.front.url + path, headers=headers, content=body, allow_private=True)


# ------------------------------------------------------------------ whom it tells


def test_a_brand_hears_of_posts_that_name_it_and_of_nothing_else(stage):
    playing.write(stage.maya, "What a day")
    playing.write(stage.maya, "Hello @ACME, are you there?")
    playing.write(stage.maya, "I like @acmeville")
    assert [event["post"]["text"] for event in told()] == ["Hello @ACME, are you there?"]


def test_a_brand_hears_of_everything_in_a_thread_that_names_it(stage):
    first = playing.write(stage.maya, "@acme hello?")
    reply = playing.write(stage.jonas, "Same here", answers=first)
    playing.write(stage.maya, "Really?", answers=reply)
    assert [event["post"]["text"] for event in told()] == ["@acme hello?", "Same here", "Really?"]


def test_a_brand_hears_of_answers_to_its_own_posts(stage):
    news = Post.objects.create(brand=stage.brand, by_brand=True, text="New boxes!")
    playing.write(stage.maya, "Nice", answers=news)
    (event,) = told()
    assert event["post"]["original"]["text"] == "New boxes!"


def test_private_messages_go_to_their_brand_only(stage):
    brands.connect("other", "Other")
    playing.write(stage.maya, "Psst", private_to=stage.brand)
    (push,) = Push.objects.all()
    assert push.brand == stage.brand
    assert push.event["post"]["url"] == ""


def test_who_was_told_of_a_post_is_told_of_its_end(stage):
    post = playing.write(stage.maya, "@acme hello")
    playing.edit(post, "never mind")
    playing.remove(post)
    assert [event["type"] for event in told()] == ["post", "edit", "removal"]


def test_taking_a_brands_post_down_is_a_receipt(stage):
    news = Post.objects.create(brand=stage.brand, by_brand=True, text="New boxes!")
    playing.remove(news)
    (receipt,) = told()
    assert (receipt["type"], receipt["kind"]) == ("receipt", "Removed")


# ------------------------------------------------------------------ customers


@pytest.mark.parametrize("text", ["", "  \n ", "\x00", "x" * 301])
def test_what_cannot_be_posted(stage, text):
    with pytest.raises(Invalid):
        playing.write(stage.maya, text)
    assert not Post.objects.exists()


def test_halves_of_surrogate_pairs_and_nul_are_left_out(stage):
    assert playing.write(stage.maya, "a\ud83d\x00b").text == "ab"


def test_three_hundred_families_fit(stage):
    assert playing.write(stage.maya, "👨‍👩‍👧‍👦" * 300)


def test_a_deleted_post_cannot_be_answered_edited_or_deleted(stage):
    post = playing.write(stage.maya, "hello")
    playing.remove(post)
    with pytest.raises(Conflict):
        playing.write(stage.jonas, "Hi", answers=post)
    with pytest.raises(NotFound):
        playing.edit(post, "x")
    with pytest.raises(NotFound):
        playing.remove(post)


def test_two_customers_of_one_name_get_two_handles(stage):
    assert playing.make_up("Maya").handle == "maya-2"
    assert playing.make_up("Acme").handle == "acme-2"
    assert playing.make_up("日本").handle == "someone"


def test_offline_keeps_private_messages_until_the_customer_is_back_and_reads(stage):
    playing.go_offline(stage.maya)
    ask(stage, "POST", "/api/messages", {"to": "person:maya", "text": "Hi"})
    playing.read(Persona.objects.get(handle="maya"))
    assert not Post.objects.get().read_at, "who is away reads nothing"
    playing.come_online(stage.maya)
    playing.read(Persona.objects.get(handle="maya"))
    assert [event["kind"] for event in told("receipt")] == ["Pending", "Delivered", "Read"]


# ------------------------------------------------------------------ the API


def test_eight_requests_at_once_under_one_key_publish_once(stage):
    statuses = []

    def send():
        statuses.append(ask(stage, "POST", "/api/posts", {"text": "once"}, key="k").status)

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200] * 7 + [201]
    assert Post.objects.count() == 1
    arrival = Arrival.objects.get()
    assert (arrival.received, arrival.published) == (8, 1)


@pytest.mark.parametrize(
    ("method", "path", "content", "status"),
    [
        ("GET", "/api/nothing", b"", 404),
        ("POST", "/api/posts", b"no json", 400),
        ("POST", "/api/posts", b"[]", 400),
        ("POST", "/api/posts", b'{"text": 7}', 400),
        ("POST", "/api/posts", b'{"text": ""}', 422),
        ("POST", "/api/posts", b'{"text": "x", "media": "00000000-0000-0000-0000-000000000000"}', 422),
        ("POST", "/api/posts", b'{"text": "x", "media": "no uuid"}', 422),
        ("POST", "/api/posts", b'{"text": "x", "reply_to": "nowhere"}', 404),
        ("POST", "/api/messages", b'{"text": "x", "to": "person:nobody"}', 404),
        ("PUT", "/api/account/hook", b'{"url": "javascript:alert(1)"}', 422),
        ("GET", "/media/no-uuid", b"", 404),
    ],
)
def test_what_the_api_refuses(stage, method, path, content, status):
    answer = ask(stage, method, path, content=content)
    assert answer.status == status
    assert answer.json()["error"]["message"]


def test_a_request_without_a_good_token_learns_nothing(stage):
    assert ask(stage, "POST", "/api/posts", {"text": "x"}, token="wrong").status == 401
    assert not Arrival.objects.exists()


def test_weather_counts_only_what_would_have_been_published(stage):
    weather.change(Weather.ERROR, requests=1)
    assert ask(stage, "GET", "/api/account").ok
    assert ask(stage, "POST", "/api/posts", {"text": "x"}).status == 503
    assert ask(stage, "POST", "/api/posts", {"text": "x"}).status == 201


def test_weather_for_a_time_clears_up(stage):
    weather.change(Weather.LIMIT, seconds=60)
    assert Network.current().weather == Weather.LIMIT
    Network.objects.update(until="2020-01-01T00:00:00Z")
    assert Network.current().weather == Weather.FAIR
    assert ask(stage, "POST", "/api/posts", {"text": "x"}).status == 201


def test_the_token_is_kept_as_a_hash_only(stage):
    assert stage.credentials.token not in str(stage.brand.__dict__)


def test_connecting_again_with_the_same_credentials_changes_nothing(stage):
    assert brands.connect("acme", "Acme", hook_url="http://x.example/", credentials=stage.credentials)
    assert ask(stage, "GET", "/api/account").json()["hook_url"] == "http://x.example/"


# ------------------------------------------------------------------ pushes


def push_to(stage, url):
    stage.brand.hook_url = url
    stage.brand.save()


def test_a_push_is_signed_over_the_exact_bytes(stage):
    playing.write(stage.maya, "@acme ünïcode 🌱")
    with listening(answers(200)) as line:
        push_to(stage, f"{line.url}/hooks/1/")
        assert pushes.push_due()
        assert not pushes.push_due(), "once is enough"
    head, _, body = line.requests[0].partition(b"\r\n\r\n")
    assert (
        f"x-hub-signature-256: {pushes.signature(body, stage.credentials.signing_secret)}".lower()
        in head.decode().lower()
    )
    assert json.loads(body)["post"]["text"] == "@acme ünïcode 🌱"


def test_a_push_that_is_not_taken_comes_again_and_holds_up_what_follows(stage):
    playing.write(stage.maya, "@acme one")
    playing.write(stage.maya, "@acme two")
    with listening(answers(503), answers(200)) as line:
        push_to(stage, line.url)
        pushes.push_due()
        assert not pushes.push_due(), "it waits before it tries again"
        for _ in range(3):
            Push.objects.update(due_at="2020-01-01T00:00:00Z")
            pushes.push_due()
    texts = [json.loads(request.partition(b"\r\n\r\n")[2])["post"]["text"] for request in line.requests]
    assert texts == ["@acme one", "@acme one", "@acme two"]


def test_a_push_that_is_refused_is_dropped(stage):
    playing.write(stage.maya, "@acme one")
    with listening(answers(400, b'{"message": "poison"}')) as line:
        push_to(stage, line.url)
        pushes.push_due()
        Push.objects.update(due_at="2020-01-01T00:00:00Z")
        assert not pushes.push_due()
    assert "poison" in Push.objects.get().refusal


def test_an_untidy_network_says_everything_twice_and_receipts_backwards(stage):
    weather.habits(remembers_keys=True, untidy=True)
    playing.write(stage.maya, "@acme hello")
    assert [event["type"] for event in told()] == ["post", "post"]


def test_an_answer_lost_has_been_published(stage):
    weather.change(Weather.LOST)
    with pytest.raises(SendError):
        ask(stage, "POST", "/api/posts", {"text": "x"}, key="k")
    assert Post.objects.get().text == "x"
    assert [event["kind"] for event in told("receipt")] == ["Published"]


def test_the_weather_waits_for_a_door_in_another_process(monkeypatch, settings):
    monkeypatch.setattr(weather, "_watchers", ())
    with socket.create_server(("127.0.0.1", 0)) as door:
        settings.PRACTICE_URL = f"http://127.0.0.1:{door.getsockname()[1]}"
        closing = threading.Timer(0.3, door.close)
        closing.start()
        weather.change("unreachable")
        assert door.fileno() == -1
        closing.join()
