"""Signing in and out."""

from typing import Any

from django import forms
from django.contrib.auth import views
from django.contrib.auth.forms import AuthenticationForm
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from socialcare.panel import throttle


class SignInForm(AuthenticationForm):
    """Name and password; the same words whatever was wrong, so that names cannot be found out."""

    error_messages = {
        "invalid_login": _("This name and password do not go together."),
        "inactive": _("This name and password do not go together."),
        "throttled": _("Too many attempts. Wait a few minutes, then try again."),
    }

    def __init__(self, request: HttpRequest | None = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, *args, **kwargs)
        self.fields["username"].label = _("Name")
        for name, kind in (("username", "username"), ("password", "current-password")):
            self.fields[name].widget.attrs.update({"class": "field", "autocomplete": kind})

    def clean(self) -> dict[str, Any]:
        """Raises ValidationError; the password is not even looked at while the name is throttled."""
        name, address = self.cleaned_data.get("username", ""), self.request.META.get("REMOTE_ADDR", "")  # type: ignore[union-attr]
        if throttle.blocked(name, address):
            raise forms.ValidationError(self.error_messages["throttled"], code="throttled")
        cleaned = super().clean()
        throttle.forgive(name, address)
        return cleaned or {}


@method_decorator(never_cache, name="dispatch")
class SignIn(views.LoginView):
    """The page where everybody starts."""

    template_name = "panel/sign_in.html"
    form_class = SignInForm
    redirect_authenticated_user = True

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        """Answer 429 when throttled, 422 otherwise, so that scripts too can tell."""
        response = super().form_invalid(form)
        response.status_code = 429 if form.has_error("__all__", "throttled") else 422
        return response


class SignOut(views.LogoutView):
    """Signing out, by POST; every open page of this session is told by its socket."""
