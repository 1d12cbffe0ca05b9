"""What the product asks of PostgreSQL's driver."""

from datetime import UTC, datetime

import pytest
from django.db import connection

from interactions.models import Interaction
from socialcare.postgresql import _loader
from tests.factories import InteractionFactory

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="of PostgreSQL's driver"),
]


def test_moments_are_read_by_the_driver_and_are_in_utc() -> None:
    work = InteractionFactory()
    oid, text, loader = _loader()
    connection.ensure_connection()
    assert connection.connection.adapters.get_loader(oid, text) is loader
    moment = datetime(2026, 3, 29, 1, 30, 0, 123456, UTC)
    Interaction.objects.filter(pk=work.pk).update(started_at=moment, ended_at=None)
    found = Interaction.objects.values_list("started_at", "ended_at").get(pk=work.pk)
    assert found == (moment, None)
    assert found[0].tzinfo is UTC


def test_a_cursor_that_reads_piece_by_piece_has_them_too() -> None:
    InteractionFactory()
    assert [row.started_at.tzinfo for row in Interaction.objects.iterator(chunk_size=1)] == [UTC]
