"""Customers in the administration."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from interactions.models import Contact, Handle, Inbox

pytestmark = pytest.mark.django_db


def test_a_network_is_shown_by_its_name(client: Client, admin: User, webhook: Inbox) -> None:
    maya = Contact.objects.create(name="Maya")
    for network in (webhook.network, "bluesky", "open:00000000-0000-4000-8000-000000000000"):
        Handle.objects.create(contact=maya, network=network, external_id=network)
    client.force_login(admin)
    page = client.get(reverse("admin:interactions_contact_change", args=[maya.pk]))
    [rows] = page.context["inline_admin_formsets"]
    shown = [rows.opts.network_shown(form.instance) for form in rows.formset.forms]
    assert sorted(shown) == sorted([webhook.name, "Bluesky", "Open"])
    for name in shown:
        assert name in page.content.decode()
