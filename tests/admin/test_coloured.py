"""States in the administration: in words of the reader's language, never as they are stored."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from accounts.models import User
from interactions.models import Direction, MessageStatus
from tests.factories import MessageFactory


@pytest.mark.django_db
def test_a_state_is_shown_by_its_name(client: Client, django_user_model: type[User]) -> None:
    client.force_login(django_user_model.objects.create_superuser("root", password="x", language="fr"))
    messages = {status: MessageFactory(direction=Direction.OUTBOUND, status=status) for status in MessageStatus}
    listed = client.get(reverse("admin:interactions_message_changelist")).content.decode()
    for status, message in messages.items():
        one = client.get(reverse("admin:interactions_message_change", args=[message.pk])).content.decode()
        with translation.override("fr"):
            name = str(status.label)
        assert name in listed
        assert name in one
        assert f"&#x27;{status.value}&#x27;" not in one
