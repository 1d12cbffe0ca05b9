"""Words in texts."""

import time

import pytest

from delivery.listening.matching import Terms, tidy


@pytest.mark.parametrize(
    ("includes", "excludes", "text", "has"),
    [
        ([], [], "", True),
        (["parcel"], [], "My Parcel!", True),
        (["parcel"], [], "parcels", False),
        (["late  parcel"], [], "a late\nparcel", True),
        (["#sale"], [], "big #SALE today", True),
        (["#sale"], [], "#sales", False),
        (["@brand"], [], "hey @brand,", True),
        (["straße"], [], "STRASSE", True),
        (["café"], [], "au café.", True),
        (["東京"], [], "東京タワー", True),
        (["c++"], [], "I like C++", True),
        (["a.c"], [], "abc", False),
        (["a", "b"], [], "b", True),
        (["a"], ["b"], "a b", False),
        ([], ["b"], "a", True),
        (["42"], [], "4242", False),
    ],
)
def test_terms(includes, excludes, text: str, has: bool) -> None:
    assert Terms(includes, excludes).match(text) is has


def test_a_long_text_takes_no_time() -> None:
    began = time.process_time()
    assert not Terms(["a" * 200 + "b"] * 50).match("a" * 100_000)
    assert time.process_time() - began < 2


def test_tidy() -> None:
    assert tidy([" a  b ", "", "a b", "c"]) == ["a b", "c"]
