"""A customer, as the API tells of them."""

from typing import Any

from rest_framework import serializers

from interactions.models import Contact, Handle

from .wire import HOME, DivisionWire, Time, Wire, uri

ADDRESS = "externalcontacts/contacts"
KINDS = {
    "x": "SocialTwitter",
    "facebook": "SocialFacebook",
    "instagram": "SocialInstagram",
    "whatsapp": "SocialWhatsapp",
}
"""Of identifiers, where the reference has a word for the platform."""
NAMES = ("first_name", "middle_name", "last_name")
KEPT = (
    *NAMES,
    *("salutation", "title", "work_email", "personal_email", "other_email", "external_system_url"),
    *("work_phone", "cell_phone", "home_phone", "other_phone", "survey_opt_out"),
)
"""Kept as they were given."""


class PhoneNumberWire(Wire):
    """A telephone number, as it was written."""

    display = serializers.CharField(required=False, allow_blank=True, allow_null=True, max_length=80)
    extension = serializers.IntegerField(required=False, allow_null=True, min_value=0, max_value=999_999_999)
    user_input = serializers.CharField(required=False, allow_blank=True, allow_null=True, max_length=80)
    e164 = serializers.CharField(required=False, allow_blank=True, allow_null=True, max_length=40)
    country_code = serializers.CharField(required=False, allow_blank=True, allow_null=True, max_length=8)


class ContactAddressWire(Wire):
    """Where somebody lives: the city is kept."""

    city = serializers.CharField(required=False, allow_blank=True, allow_null=True, max_length=255)


class ContactIdentifierWire(Wire):
    """As whom a network knows them; of a network without a word in the reference, with its name before it."""

    type = serializers.CharField()
    value = serializers.CharField()


class TwitterIdWire(Wire):
    """As whom X knows them. What a request says of it is ignored."""

    id = serializers.CharField(required=False)
    name = serializers.CharField(required=False)
    screen_name = serializers.CharField(required=False)
    verified = serializers.BooleanField(required=False)
    profile_url = serializers.CharField(required=False)


def _text(longest: int = 255) -> serializers.CharField:
    return serializers.CharField(required=False, allow_blank=True, allow_null=True, max_length=longest)


class ExternalContactWire(Wire):
    """A customer. `language` and `about` are ours."""

    id = serializers.UUIDField(read_only=True)
    first_name, middle_name, last_name = _text(), _text(), _text()
    salutation, title = _text(), _text()
    work_email, personal_email, other_email = _text(), _text(), _text()
    work_phone = PhoneNumberWire(required=False, allow_null=True)
    cell_phone = PhoneNumberWire(required=False, allow_null=True)
    home_phone = PhoneNumberWire(required=False, allow_null=True)
    other_phone = PhoneNumberWire(required=False, allow_null=True)
    address = ContactAddressWire(required=False, allow_null=True)
    external_system_url = _text(1000)
    survey_opt_out = serializers.BooleanField(required=False, allow_null=True)
    language = _text(16)
    about = _text(10_000)
    identifiers = ContactIdentifierWire(many=True, read_only=True)
    twitter_id = TwitterIdWire(required=False, allow_null=True)
    type = serializers.CharField(read_only=True)
    create_date = Time(read_only=True)
    division = DivisionWire(read_only=True)
    self_uri = serializers.CharField(read_only=True)

    def to_representation(self, instance: Contact) -> Any:
        """As the API tells of a customer; what is not known is left out."""
        told = super().to_representation(contact_out(instance))
        return {name: value for name, value in told.items() if value is not None}


def contact_out(contact: Contact) -> dict[str, Any]:
    """A customer, as the API tells of them. Their handles have been read."""
    handles = list(contact.handles.all())
    of_x = next((handle for handle in handles if handle.kind == "x"), None)
    return {
        **dict.fromkeys(KEPT),
        **contact.details,
        **_names(contact),
        "id": contact.pk,
        "address": {"city": contact.place} if contact.place else None,
        "language": contact.language,
        "about": contact.about,
        "identifiers": [_identifier(handle) for handle in handles],
        "twitter_id": _of_x(of_x) if of_x else None,
        "type": "Curated",
        "create_date": contact.created_at,
        "division": HOME,
        "self_uri": uri(ADDRESS, contact.pk),
    }


def columns(given: dict[str, Any], contact: Contact) -> dict[str, Any]:
    """What a request says of a customer, by columns; what it does not speak of stays as it is."""
    said = {name: value for name, value in given.items() if name in KEPT}
    details = {name: value for name, value in {**contact.details, **said}.items() if value not in (None, "")}
    facts: dict[str, Any] = {"details": details}
    if any(name in given for name in NAMES):
        known = {**_names(contact), **{name: given[name] for name in NAMES if name in given}}
        facts["name"] = _joined(known)
    if "address" in given:
        facts["place"] = (given["address"] or {}).get("city") or ""
    return facts | {name: given[name] or "" for name in ("language", "about") if name in given}


def _names(contact: Contact) -> dict[str, Any]:
    """The parts of the name, as they were given if that is still the name."""
    if contact.name and _joined(contact.details) == contact.name:
        return {name: contact.details.get(name) for name in NAMES}
    first, _, last = contact.name.partition(" ")
    return {"first_name": first or None, "middle_name": None, "last_name": last or None}


def _joined(parts: dict[str, Any]) -> str:
    return " ".join(str(parts[name]).strip() for name in NAMES if parts.get(name))


def _identifier(handle: Handle) -> dict[str, str]:
    kind = KINDS.get(handle.kind)
    return {
        "type": kind or "ExternalId",
        "value": handle.external_id if kind else f"{handle.network}:{handle.external_id}",
    }


def _of_x(handle: Handle) -> dict[str, Any]:
    return {
        "id": handle.external_id,
        "name": handle.name,
        "screen_name": handle.handle,
        "verified": handle.verified,
        "profile_url": handle.profile_url,
    }
