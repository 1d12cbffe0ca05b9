"""The archive that the bench fills: as many rows as it says, all of them sound, and indexed as before."""

import pytest
from django.db import connection

from bench.fill import MESSAGES, RARE, grow, lengthen, old
from bench.house import build
from delivery.listening.models import CapturedPost
from interactions.models import Contact, Handle, Handling, Interaction, Message

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def indexes() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexname FROM pg_indexes WHERE schemaname = 'public'")
        return {row[0] for row in cursor.fetchall()}


def test_an_archive_is_as_large_as_asked_for_and_loses_no_index() -> None:
    house, before = build(1, "http://127.0.0.1:9/"), indexes()
    contact = Contact.objects.create(name="Regular")
    regular = Handle.objects.create(contact=contact, network=house.inbox.network, external_id="regular")
    assert list(grow(house, 1, 300, regular)) == [300]
    assert list(grow(house, 301, 400, regular)) == [400]
    assert indexes() == before
    counts = [each.objects.count() for each in (Interaction, Handling, Message, CapturedPost)]
    assert counts == [400, 400, 400 * MESSAGES, 40]
    assert regular.interactions.count() == 4
    assert Contact.objects.filter(name__startswith=RARE).count() == 3
    assert Message.objects.exclude(interaction__customer__contact__isnull=False).count() == 0
    talk = Interaction.objects.get(pk=old(1))
    lengthen(str(talk.pk), 10)
    assert talk.messages.count() == 10 + MESSAGES
