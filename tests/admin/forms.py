"""Filling in forms of the administration as a browser does: everything that the page shows is sent back."""

from typing import Any

from django.forms import BaseForm, BaseFormSet
from django.http import HttpResponse
from django.test import Client


def filled(page: Any) -> dict[str, Any]:
    """What a browser would send for an untouched form of the administration."""
    data: dict[str, Any] = {}
    _add(data, page.context["adminform"].form)
    for inline in page.context["inline_admin_formsets"]:
        formset: BaseFormSet[Any] = inline.formset
        _add(data, formset.management_form)
        for form in formset.forms:
            _add(data, form)
    return data


def save(client: Client, address: str, **changes: Any) -> HttpResponse:
    """Open a form, change some of it, press Save. A None takes a field out, as an empty tick box does."""
    page = client.get(address)
    assert page.status_code == 200, address
    data = {name: value for name, value in {**filled(page), **changes}.items() if value is not None}
    return client.post(address, data, follow=True)


def errors(page: Any) -> str:
    """All that the page says is wrong."""
    form = page.context["adminform"].form
    inlines = [str(inline.formset.errors) for inline in page.context["inline_admin_formsets"]]
    return f"{form.errors.as_text()} {form.non_field_errors()} {' '.join(inlines)}"


def words(page: Any) -> str:
    """The messages above the page."""
    return " ".join(str(message) for message in page.context["messages"])


def _add(data: dict[str, Any], form: BaseForm) -> None:
    for bound in form:
        value = bound.value()
        if value is None or value is False or getattr(bound.field, "disabled", False):
            continue
        data[bound.html_name] = bound.field.prepare_value(value) if not isinstance(value, bool) else "on"
