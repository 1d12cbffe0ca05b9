"""States as people see them: a coloured label in a list, the plain word on the page of one."""

from typing import Any

from django.db.models import TextChoices


class Coloured(tuple[str, Any]):
    """A state and its name: the theme's lists take the pair apart, everything else writes the name."""

    def __str__(self) -> str:
        """The name, in the reader's language."""
        return str(self[1])


def coloured(state: TextChoices) -> Coloured:
    """A state with its name, for a column with `label=` (a dict with a colour for each state)."""
    return Coloured((state.value, state.label))
