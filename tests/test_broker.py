"""The worker and its broker: what is in hand when Redis goes away is left to the clock."""

import pytest
from kombu import Connection
from kombu.transport.virtual import base

from socialcare.celery import app, give_nothing_back
from tests.services import redis_server


@pytest.mark.redis
def test_a_worker_tries_to_give_nothing_back_to_a_redis_that_has_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    give_nothing_back()  # as a worker does when it starts
    tried: list[object] = []
    monkeypatch.setattr(base, "emergency_dump_state", lambda *_, **__: tried.append("a file"))
    monkeypatch.setattr(base.QoS, "restore_unacked", lambda *_: tried.append("give back"))
    with redis_server() as server:
        connection = Connection(server.url, transport_options=app.conf.broker_transport_options)
        queue = connection.SimpleQueue("work")
        queue.put("a task")
        assert queue.get(timeout=10).payload == "a task"
        server.stop()
        connection.release()
    assert tried == []
