"""A bare ASGI application: a POST with JSON becomes one row, durably."""

import json
import os

from psycopg_pool import AsyncConnectionPool

from bench.floors.table import TABLE

INSERT = f"INSERT INTO {TABLE} (external_id, author, body) VALUES (%s, %s, %s)"
_pool: AsyncConnectionPool | None = None


async def application(scope, receive, send) -> None:
    """Serve."""
    if scope["type"] != "http":
        return
    body, more = b"", True
    while more:
        event = await receive()
        body, more = body + event.get("body", b""), event.get("more_body", False)
    if body:
        said = json.loads(body)
        async with (await _connections()).connection() as connection:
            await connection.execute(INSERT, (said["external_id"], said["author"], said["body"]))
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"{}"})


async def _connections() -> AsyncConnectionPool:
    global _pool
    if _pool is None:
        _pool = AsyncConnectionPool(os.environ["DATABASE_URL"], min_size=1, max_size=8, open=False)
        await _pool.open()
    return _pool
