"""docs/architecture.md shows the lifecycles as they are in the code."""

import re
from pathlib import Path

import pytest

from delivery.models import Delivery, InboundPayload
from interactions.models import Interaction, Message, Offer

PAGE = Path(__file__).parent.parent / "docs" / "architecture.md"


@pytest.mark.parametrize("model", [Interaction, Offer, Message, Delivery, InboundPayload])
def test_the_diagram_of_a_lifecycle_is_its_table(model: type) -> None:
    section = PAGE.read_text().partition(f"### {model.__name__}\n")[2].partition("\n#")[0]
    drawn = set(re.findall(r"^ +(\w+) --> (\w+)$", section, re.MULTILINE))
    table = model.TRANSITIONS  # type: ignore[attr-defined]
    real = {(_name(state), _name(target)) for state, targets in table.items() for target in targets}
    assert drawn == real


def _name(state: str) -> str:
    return str(state).replace("-", "_")
