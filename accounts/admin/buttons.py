"""Buttons on a page of the administration that do something at once: by POST, outside any transaction."""

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST

from socialcare.errors import DomainError

Deed = Callable[..., str | None]


def button(label: Any, *, icon: str, when: Callable[[Any], bool] = lambda obj: True) -> Callable[[Deed], Deed]:
    """Mark a method (request, object) → words to show as the deed of a button, offered `when` it makes sense."""

    def mark(deed: Deed) -> Deed:
        deed.label, deed.icon, deed.when = label, icon, when  # type: ignore[attr-defined]
        return deed

    return mark


class Buttons:
    """An admin with `buttons`: names of methods marked by `button`."""

    buttons: ClassVar[tuple[str, ...]] = ()
    change_form_outer_before_template = "administration/buttons.html"

    def may_press(self, request: HttpRequest, obj: Any) -> bool:
        """Whether this person may use the buttons of `obj`."""
        return bool(self.has_change_permission(request, obj))  # type: ignore[attr-defined]

    def notice(self, request: HttpRequest, obj: Any) -> Any:
        """What stands beside the buttons."""
        return ""

    def get_urls(self) -> list[URLPattern]:
        """One address for each button, beside the usual ones."""
        own = [
            path(
                f"<path:object_id>/{name.replace('_', '-')}/",
                self.admin_site.admin_view(require_POST(partial(self._press, name=name))),  # type: ignore[attr-defined]
                name=f"{self.opts.app_label}_{self.opts.model_name}_{name}",  # type: ignore[attr-defined]
            )
            for name in self.buttons
        ]
        return own + super().get_urls()  # type: ignore[misc, no-any-return]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show the buttons above the form."""
        obj = self.get_object(request, object_id)  # type: ignore[attr-defined]
        shown = {"buttons": self._offered(request, obj), "notice": self.notice(request, obj)} if obj else {}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **shown})  # type: ignore[misc, no-any-return]

    def press(self, request: HttpRequest, obj: Any, name: str) -> None:
        """Do what a button says, and show how it went."""
        try:
            words = getattr(self, name)(request, obj)
        except DomainError as error:
            messages.error(request, f"{obj}: {error}")
        else:
            messages.success(request, words)

    def _press(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        obj = self.get_object(request, object_id)  # type: ignore[attr-defined]
        if obj is None or not self.may_press(request, obj):
            raise PermissionDenied
        self.press(request, obj, name)
        return HttpResponseRedirect(self.address(object_id))  # type: ignore[attr-defined]

    def _offered(self, request: HttpRequest, obj: Any) -> list[dict[str, Any]]:
        if not self.may_press(request, obj):
            return []
        deeds = {name: getattr(self, name) for name in self.buttons}
        place = f"admin:{self.opts.app_label}_{self.opts.model_name}"  # type: ignore[attr-defined]
        return [
            {"label": deed.label, "icon": deed.icon, "address": reverse(f"{place}_{name}", args=[obj.pk])}
            for name, deed in deeds.items()
            if deed.when(obj)
        ]
