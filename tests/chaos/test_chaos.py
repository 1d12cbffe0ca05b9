"""The short form of every scenario: the faults are real, the numbers small. The long form is `make chaos`."""

import re
import subprocess
import sys

import pytest

from tests.chaos.run import SCENARIOS
from tests.product import ROOT

pytestmark = [pytest.mark.postgres, pytest.mark.redis, pytest.mark.slow, pytest.mark.long, pytest.mark.timeout(900)]
LINE = re.compile(r"chaos (\w+): \d+ runs, lost (\d+), duplicated (\d+), violations (\d+)")


@pytest.fixture(scope="module")
def outcome() -> str:
    """What is said when all are played, one after the other, in one house."""
    command = [sys.executable, "-m", "tests.chaos", "--short"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


@pytest.mark.parametrize("name", SCENARIOS)
def test_nothing_is_lost_duplicated_or_violated(name: str, outcome: str) -> None:
    figures = {found[1]: found.groups()[1:] for found in LINE.finditer(outcome)}
    assert figures.get(name) == ("0", "0", "0"), outcome


def test_a_fault_is_found_and_told() -> None:
    from tests.chaos.tally import Tally

    told = Tally(runs=7, lost=["message 1"]).told("send")
    assert told.splitlines() == ["  lost: message 1", "chaos send: 7 runs, lost 1, duplicated 0, violations 0"]
    assert not Tally(lost=["message 1"]).good
