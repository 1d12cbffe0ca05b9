"""Record keys: the same at every try, valid TIDs, in the order of time, ours to tell."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from delivery.connectors.bluesky.records import is_ours, iso, moment, record_key, uri_parts, web_link

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize("at", [NOON, None])
def test_a_key_is_a_valid_tid_and_always_the_same(at):
    keys = {record_key("delivery", at) for _ in range(3)}

    assert len(keys) == 1
    assert all(re.fullmatch(r"[234567abcdefghij][234567a-z]{12}", key) and is_ours(key) for key in keys)


def test_keys_of_one_second_do_not_meet():
    assert len({record_key(f"delivery {number}", NOON) for number in range(500)}) == 500


def test_keys_sort_by_time():
    keys = [record_key(f"delivery {number}", NOON + timedelta(seconds=number)) for number in range(50)]

    assert keys == sorted(keys)


@pytest.mark.parametrize("key", ["3n2voj62rtk2m", "self", "", "3k2aaaaaaaaaa"])
def test_keys_of_other_programs_are_not_ours(key):
    assert not is_ours(key)


def test_an_address_has_its_parts_and_its_link():
    uri = "at://did:plc:abc/app.bsky.feed.post/3n2voj62rtk2m"

    assert uri_parts(uri) == ("did:plc:abc", "3n2voj62rtk2m")
    assert web_link(uri) == "https://bsky.app/profile/did:plc:abc/post/3n2voj62rtk2m"
    assert web_link("nonsense") == ""


@pytest.mark.parametrize("written", ["2026-11-22T12:00:00.000Z", "2026-11-22T13:00:00+01:00", "2026-11-22T12:00:00"])
def test_times_are_read_in_any_zone(written):
    assert moment(written) == NOON
    assert iso(moment(written)) == "2026-11-22T12:00:00.000Z"


@pytest.mark.parametrize("written", ["", "yesterday", None])
def test_what_is_no_time_is_now(written):
    assert abs(moment(written) - datetime.now(UTC)) < timedelta(minutes=1)
