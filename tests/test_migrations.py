"""Migrations run while everybody works: none of ours may lock a big table long, or break the release that still runs.

The database's backend (django-pg-zero-downtime-migrations) builds indexes concurrently and adds constraints unproved
first; what it cannot make harmless it names, and here that is refused.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.apps import apps
from django.db import OperationalError, connection, models, transaction
from django.db.migrations import AddField, AddIndex, AlterField, Migration, RenameField, RunPython, RunSQL
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation

from interactions.models import Contact
from tests.chaos.tally import until
from tests.factories import ContactFactory

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

HOUSE = ("accounts", "queues", "interactions", "delivery", "socialcare")
BEFORE_THE_FIRST_RELEASE = {
    ("delivery", "0002_pauses_and_tries"),
    ("interactions", "0002_inbox_listening"),
    ("interactions", "0004_versions_and_merged_customers"),
}
"""They add columns that may not be empty without a default in the database. Nobody had any data then; add none."""


@pytest.fixture
def loader(settings: Any) -> MigrationLoader:
    """All migrations; what is unsafe raises."""
    settings.ZERO_DOWNTIME_MIGRATIONS_RAISE_FOR_UNSAFE = True
    return MigrationLoader(connection, replace_migrations=False)


def ours(loader: MigrationLoader) -> Iterator[Migration]:
    for app, name in sorted(loader.disk_migrations):
        if apps.get_app_config(app).name.partition(".")[0] in HOUSE:
            yield loader.disk_migrations[app, name]


def why_not(loader: MigrationLoader, migration: Migration) -> str:
    """What is wrong with it; empty where it may run while everybody works."""
    for operation in migration.operations:
        if isinstance(operation, RunPython) and migration.atomic:
            return "RunPython in one transaction holds its rows until the last: atomic = False, and commit in batches"
        if isinstance(operation, RunSQL) and "locks" not in operation.hints:
            return 'RunSQL says what it locks, and for how long: hints={"locks": "…"}'
    try:
        loader.collect_sql([(migration, False)])
    except Exception as error:
        if type(error).__name__ != "UnsafeOperationException":
            raise
        return str(error)
    return ""


def test_every_migration_of_ours_may_run_while_everybody_works(loader: MigrationLoader) -> None:
    reasons = {(each.app_label, each.name): why_not(loader, each) for each in ours(loader)}
    assert len(reasons) > len(BEFORE_THE_FIRST_RELEASE)
    refused = {key: reason for key, reason in reasons.items() if reason}
    assert {key: refused[key] for key in refused.keys() - BEFORE_THE_FIRST_RELEASE} == {}
    assert refused.keys() == BEFORE_THE_FIRST_RELEASE, "what is refused no more is taken off the list"


def made_up(loader: MigrationLoader, *operations: Operation, atomic: bool = True) -> Migration:
    """One that comes after all of interactions'."""
    [leaf] = loader.graph.leaf_nodes("interactions")
    made = type("Migration", (Migration,), {"operations": operations, "dependencies": [leaf], "atomic": atomic})
    migration: Migration = made("9999_made_up", "interactions")
    loader.graph.add_node(("interactions", migration.name), migration)
    loader.graph.add_dependency(migration, ("interactions", migration.name), leaf)
    return migration


@pytest.mark.parametrize(
    "operation",
    [
        AddField("contact", "rating", models.IntegerField(default=0)),
        AlterField("contact", "name", models.BinaryField()),
        RenameField("contact", "name", "called"),
        RunSQL("UPDATE interactions_contact SET name = upper(name)"),
        RunPython(lambda apps, editor: None),
    ],
    ids=["not empty, and no default in the database", "type", "name", "SQL", "Python in one transaction"],
)
def test_what_would_lock_long_or_break_the_old_release_is_refused(loader: Any, operation: Operation) -> None:
    assert why_not(loader, made_up(loader, operation))


@pytest.mark.parametrize(
    ("operation", "how"),
    [
        (AddField("contact", "rating", models.IntegerField(db_default=0)), "DEFAULT 0 NOT NULL"),
        (AddField("contact", "rating", models.IntegerField(null=True)), "NULL"),
        (AddIndex("contact", models.Index(fields=["name"], name="by_name")), "CREATE INDEX CONCURRENTLY"),
        (RunSQL("SELECT 1", hints={"locks": "nothing"}), "SELECT 1"),
    ],
)
def test_what_locks_nothing_long_is_let_through(loader: Any, operation: Operation, how: str) -> None:
    migration = made_up(loader, operation)
    assert why_not(loader, migration) == ""
    assert how in "\n".join(loader.collect_sql([(migration, False)]))


def test_batches_are_let_through(loader: MigrationLoader) -> None:
    assert why_not(loader, made_up(loader, RunPython(lambda apps, editor: None), atomic=False)) == ""


# --- For real -------------------------------------------------------------------------------------------------------


@pytest.fixture
def elsewhere() -> Iterator[Callable[..., Any]]:
    """Do something in a thread and on a connection of its own."""

    def done(function: Callable[..., Any], *args: Any) -> Any:
        try:
            return function(*args)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        yield lambda function, *args: pool.submit(done, function, *args)


def change(name: str, *args: Any) -> None:
    """What a migration does."""
    with connection.schema_editor() as editor:
        getattr(editor, name)(Contact, *args)


def waits() -> bool:
    """Whether somebody waits for a lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(cursor.fetchone()[0])


def test_an_index_is_built_while_others_write(elsewhere: Callable[..., Any]) -> None:
    contact = ContactFactory()
    index = models.Index(fields=["name"], name="made_up")
    with transaction.atomic():
        Contact.objects.filter(pk=contact.pk).update(name="Mira")
        building = elsewhere(change, "add_index", index)
        assert until(waits), "it waits for who has already written"
        assert elsewhere(ContactFactory).result(30).pk, "and nobody waits for it"
    building.result(30)
    assert "made_up" in connection.introspection.get_constraints(connection.cursor(), Contact._meta.db_table)
    change("remove_index", index)


def test_a_migration_that_must_wait_gives_up_before_others_queue_behind_it(elsewhere: Callable[..., Any]) -> None:
    field = models.IntegerField(null=True)
    field.set_attributes_from_name("rating")
    with transaction.atomic():
        ContactFactory()
        with pytest.raises(OperationalError, match="lock timeout"):
            elsewhere(change, "add_field", field).result(60)
    for _again in range(2):  # what was done before it broke off is no hindrance
        elsewhere(change, "add_field", field).result(60)
    change("remove_field", field)
