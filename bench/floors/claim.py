"""One claim: `FOR UPDATE SKIP LOCKED` takes the first free row, an UPDATE marks it, a commit makes it so."""

import time

import psycopg

from bench.floors.table import TABLE, make

CLAIM = (
    f"UPDATE {TABLE} SET claimed = true WHERE id = "
    f"(SELECT id FROM {TABLE} WHERE NOT claimed ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id"
)


def seconds_each(database: str, claims: int) -> float:
    """What one claim takes, one after the other, each committed."""
    make(database)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            f"INSERT INTO {TABLE} (external_id, author, body) SELECT n::text, 'a', 'b' FROM generate_series(1, %s) n",
            [claims],
        )
        began = time.perf_counter()
        for _ in range(claims):
            connection.execute(CLAIM)
        return (time.perf_counter() - began) / claims
