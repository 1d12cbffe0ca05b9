"""The transport: what goes wrong on the line, and what may be done about it."""

import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from delivery.connectors import connecting, http
from delivery.connectors.base import Failure, SendError
from tests.line import answers, free_port, hangs_up, listening, resets, says


def post(url, **options):
    return http.call("POST", url, content=b'{"a":1}', allow_private=True, **options)


def failing(url, **options):
    with pytest.raises(SendError) as caught:
        http.require_success(post(url, **options))
    return caught.value


def test_the_exact_bytes_arrive_and_the_answer_comes_back():
    with listening(answers(201, b'{"id":"7"}', X_Thing="yes")) as line:
        answer = post(line.url + "/x", headers={"Idempotency-Key": "k1"})
    assert answer.ok
    assert answer.json() == {"id": "7"}
    assert answer.headers["x-thing"] == "yes"
    assert line.requests[0].endswith(b'\r\n\r\n{"a":1}')
    assert b"Idempotency-Key: k1" in line.requests[0]


@pytest.mark.parametrize(
    ("status", "failure", "reason"),
    [
        (500, Failure.SERVER, "ServerError"),
        (503, Failure.SERVER, "ServerError"),
        (408, Failure.SERVER, "ServerError"),
        (429, Failure.QUOTA, "RateLimited"),
        (401, Failure.ACCOUNT, "MessageNotAllowed"),
        (403, Failure.ACCOUNT, "MessageNotAllowed"),
        (400, Failure.REJECTED, "InvalidMessageStructure"),
        (422, Failure.REJECTED, "InvalidMessageStructure"),
        (404, Failure.REJECTED, "InvalidDestination"),
        (410, Failure.REJECTED, "InvalidDestination"),
        (413, Failure.REJECTED, "InvalidMediaContentLength"),
        (415, Failure.REJECTED, "MediaTypeNotAllowed"),
        (302, Failure.REJECTED, "InvalidDestination"),
    ],
)
def test_a_status_says_what_may_be_done(status, failure, reason):
    with listening(
        answers(status, b'{"error": {"message": "no\\n such\\u0000 luck"}}', Location="http://10.0.0.1/")
    ) as line:
        error = failing(line.url)
    assert (error.failure, error.reason) == (failure, reason)
    assert len(line.requests) == 1, "redirects are not followed"
    if status != 302:
        assert error.detail == f"{status}: no such luck"


def test_nobody_listens_is_network():
    assert failing(f"http://127.0.0.1:{free_port()}").failure is Failure.NETWORK


def test_a_name_that_does_not_exist_is_network():
    assert failing("http://nowhere.invalid/").failure is Failure.NETWORK


@pytest.mark.parametrize("behaviour", [hangs_up, resets, says(b"HTTP/1.1 2"), says(b"nonsense\r\n\r\n")])
def test_a_line_that_breaks_after_the_request_is_uncertain(behaviour):
    with listening(behaviour) as line:
        assert failing(line.url).failure is Failure.UNCERTAIN
    assert line.requests[0].endswith(b'{"a":1}')


def test_an_answer_that_does_not_come_in_time_is_uncertain():
    done = threading.Event()
    with listening(lambda connection: done.wait(5)) as line:
        assert failing(line.url, total=0.2).failure is Failure.UNCERTAIN
        done.set()


def test_an_answer_that_trickles_does_not_outlive_the_deadline():
    def trickle(connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while not done.wait(0.05):
            try:
                connection.sendall(b".")
            except OSError:
                return

    done = threading.Event()
    with listening(trickle) as line:
        answer = post(line.url, total=0.4)
        done.set()
    assert answer.ok
    assert not answer.complete


def test_a_body_that_breaks_off_leaves_the_status_standing():
    with listening(says(b"HTTP/1.1 503 X\r\nContent-Length: 100\r\n\r\nhalf")) as line:
        assert failing(line.url).failure is Failure.SERVER
    with listening(says(b'HTTP/1.1 200 X\r\nContent-Length: 100\r\n\r\n{"id')) as line:
        answer = post(line.url)
    with pytest.raises(SendError) as caught:
        answer.json()
    assert caught.value.failure is Failure.UNCERTAIN


def test_a_huge_answer_is_read_only_to_the_limit():
    with listening(answers(200, b"x" * 5000)) as line:
        answer = post(line.url, limit=1000)
    assert len(answer.content) == 1000
    assert not answer.complete


@pytest.mark.parametrize("url", ["ftp://example.org/", "http://", "nonsense", "http://[::1", "file:///etc/passwd"])
def test_what_is_no_web_address_is_rejected(url):
    error = failing(url)
    assert (error.failure, error.reason) == (Failure.REJECTED, "InvalidDestination")


def test_a_header_with_a_line_break_is_refused_before_anything_leaves():
    with listening(answers(200)) as line:
        assert failing(line.url, headers={"X-A": "1\r\nX-B: 2"}).failure is Failure.REJECTED
    assert line.requests in ([], [b""])


# ------------------------------------------------------------------ private addresses


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
        "64:ff9b::7f00:1", "2002:7f00:0001::", "255.255.255.255",
    ],
)  # fmt: skip
def test_addresses_of_our_own_network_are_private(address):
    assert not connecting.is_public(address)


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:93.184.215.14"])
def test_addresses_of_the_internet_are_public(address):
    assert connecting.is_public(address)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]"])
def test_a_private_address_is_refused_in_every_spelling_without_a_connection(host):
    with listening(answers(200)) as line, pytest.raises(SendError) as caught:
        http.call("GET", f"http://{host}:{line.port}/")
    assert (caught.value.failure, caught.value.reason) == (Failure.REJECTED, "InvalidDestination")
    assert line.requests == []


def test_one_private_address_among_public_ones_is_enough(monkeypatch):
    monkeypatch.setattr(connecting, "resolve", lambda *_: ["93.184.215.14", "10.0.0.1"])
    with pytest.raises(SendError, match=r"10\.0\.0\.1"):
        http.call("GET", "http://two-faced.example/")


def test_the_connection_goes_to_the_address_that_was_checked(monkeypatch):
    """A name that answers differently the second time gains nothing: there is no second time."""
    asked = []
    monkeypatch.setattr(connecting, "resolve", lambda host, *_: asked.append(host) or ["127.0.0.1"])
    monkeypatch.setattr(connecting, "is_public", lambda address: True)
    with listening(answers(200)) as line:
        assert http.call("GET", f"http://rebound.example:{line.port}/").ok
    assert asked == ["rebound.example"]
    assert b"Host: rebound.example" in line.requests[0]


def test_a_proxy_of_the_environment_is_not_a_way_around(monkeypatch):
    with listening(answers(200)) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        http.line.cache_clear()
        with pytest.raises(SendError):
            http.call("GET", "http://10.0.0.1/")
    assert proxy.requests == []


# ------------------------------------------------------------------ Retry-After


def test_retry_after_in_seconds():
    with listening(answers(429, Retry_After="17")) as line:
        assert failing(line.url).retry_after == 17


def test_retry_after_as_a_date():
    at = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    assert http.retry_after({"retry-after": at}) == pytest.approx(60, abs=3)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("", None),
        ("soon", None),
        ("-5", None),
        ("٣", None),
        ("999999999", http.LONGEST_WAIT),
        ("Mon, 01 Jan 2001 00:00:00 GMT", 0),
    ],
)
def test_retry_after_that_is_odd(value, seconds):
    assert http.retry_after({"retry-after": value}) == seconds


# ------------------------------------------------------------------ files


def test_a_fetched_file_is_bounded():
    with listening(answers(200, b"x" * 100)) as line:
        assert http.fetch(line.url, limit=100, allow_private=True) == b"x" * 100
        with pytest.raises(SendError) as caught:
            http.fetch(line.url, limit=99, allow_private=True)
    assert caught.value.failure is Failure.REJECTED
