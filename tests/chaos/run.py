"""One scenario after the other, in one house."""

import random
import traceback
from types import ModuleType

from django.core.management import call_command
from django.db import connection

from tests.chaos import assignment, events, inbound, killed, paused, platform, send, servers
from tests.chaos.house import House
from tests.chaos.tally import Tally

SCENARIOS: dict[str, ModuleType] = {
    module.__name__.rpartition(".")[2]: module
    for module in (assignment, send, platform, paused, inbound, events, killed, servers)
}
KEPT = {"django_content_type", "auth_permission", "django_migrations"}


def make_tables() -> None:
    """The tables, with all that the migrations bring along, such as extensions."""
    call_command("migrate", verbosity=0)


def empty_tables() -> None:
    """Nobody and nothing is there when a scenario begins."""
    names = [name for name in connection.introspection.table_names() if name not in KEPT]
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(map(connection.ops.quote_name, names))}")


def play(house: House, name: str, seed: int, runs: int, *, short: bool) -> Tally:
    """One scenario at this seed, `runs` of it or as its form has; that it broke off is a violation."""
    scenario = SCENARIOS[name]
    empty_tables()
    runs = runs or (scenario.SHORT if short else scenario.LONG)
    try:
        tally: Tally = scenario.play(house, random.Random(f"{name} {seed}"), runs)
    except Exception as error:
        traceback.print_exc()
        return Tally(runs, violations=[f"broken off: {error!r}"])
    return tally
