"""The one table into which floors write."""

import psycopg

TABLE = "floor_message"


def make(database: str) -> None:
    """Make it anew."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(f"DROP TABLE IF EXISTS {TABLE}")
        connection.execute(
            f"CREATE TABLE {TABLE} (id bigserial PRIMARY KEY, external_id text, author text, body text, "
            "claimed boolean NOT NULL DEFAULT false, sent_at timestamptz NOT NULL DEFAULT now())"
        )
        connection.execute(f"CREATE INDEX ON {TABLE} (id) WHERE NOT claimed")
