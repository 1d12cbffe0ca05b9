"""Programs that use the API, and the tokens that are out."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminRadioSelectWidget, UnfoldAdminSelectWidget

from accounts import clients
from accounts.admin.base import HouseAdmin, ReadOnly, Superusers
from accounts.admin.buttons import button
from accounts.models import ApiClient, ApiToken, User
from socialcare.errors import Invalid

MACHINE, APPLICATION = "machine", "application"
KINDS = (
    (MACHINE, _("Machine: acts as a service user, with a secret")),
    (APPLICATION, _("Application for agents: acts as whoever signs in to it")),
)


class ClientForm(forms.ModelForm):  # type: ignore[type-arg]
    """What a program is called, as whom it acts, where people are sent back to."""

    class Meta:
        model = ApiClient
        fields = ("name", "user", "redirect_uris")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = {
            "name": (_("Name"), _("As people see it when they are asked for their consent.")),
            "user": (_("Acts as"), _("What it may do is what this service user may do.")),
            "redirect_uris": (
                _("Addresses to return to"),
                _("Where people are sent after they have signed in. One a line, https."),
            ),
        }
        for name, (label, help_text) in words.items():
            if name in self.fields:
                self.fields[name].label, self.fields[name].help_text = label, help_text
        if "name" in self.fields:
            self.fields["name"].required = True
        for name in ("user", "redirect_uris"):
            if name in self.fields:
                self.fields[name].required = True
        if "redirect_uris" in self.fields:
            self.fields["redirect_uris"].widget.attrs["rows"] = 3
        if "user" in self.fields:
            self.fields["user"].error_messages["required"] = _("Choose as whom it acts.")
            self.fields["user"].queryset = User.objects.filter(is_active=True).order_by("username")  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Raises ValidationError for what this kind of program needs and has not."""
        given = super().clean() or {}
        # Each kind has a field that the other has not, and the page hides
        self.errors.pop("redirect_uris" if self.is_machine else "user", None)
        if addresses := given.get("redirect_uris"):
            try:
                given["redirect_uris"] = (
                    "" if self.is_machine else "\n".join(clients.checked_addresses(addresses.split()))
                )
            except Invalid as error:
                self.add_error("redirect_uris", str(error))
        return given

    @property
    def is_machine(self) -> bool:
        """Whether this is about a machine."""
        return bool(self.instance.is_machine)


class NewClientForm(ClientForm):
    """The same, with the choice of its kind."""

    kind = forms.ChoiceField(label=_("Kind"), choices=KINDS, initial=MACHINE, widget=UnfoldAdminRadioSelectWidget)

    @property
    def is_machine(self) -> bool:
        """As chosen."""
        return self.cleaned_data.get("kind") == MACHINE


@admin.register(ApiClient)
class ClientAdmin(Superusers, HouseAdmin):
    """A program that may ask for tokens."""

    form = ClientForm
    list_display = ("name", "kind", "acts_as", "client_id", "created")
    list_select_related = ("user",)
    search_fields = ("name", "client_id", "user__username")
    ordering = ("name",)
    buttons: ClassVar = ("new_secret",)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Its kind is chosen once."""
        return super().get_form(request, obj, change, **{"form": self.form if obj else NewClientForm, **kwargs})

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """What concerns its kind; of a new one, all."""
        if obj is None:
            return ((None, {"fields": ("name", "kind", "user", "redirect_uris")}),)
        own = "user" if obj.is_machine else "redirect_uris"
        return ((None, {"fields": ("name", "kind_now", "client_id", own, "created")}),)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """By what the program is known."""
        return ("kind_now", "client_id", "created") if obj else ()

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """A service user is chosen, not made here."""
        if db_field.name == "user":
            return db_field.formfield(widget=UnfoldAdminSelectWidget)
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        """Make it, and show its secret once."""
        assert isinstance(obj, ApiClient)
        if change:
            super().save_model(request, obj, form, change)
        elif form.is_machine:
            assert obj.user
            made, secret = clients.make_machine(obj.name, obj.user)
            obj.pk, obj.client_id = made.pk, made.client_id
            messages.warning(request, told_once(made, secret))
        else:
            made = clients.make_application(obj.name, obj.redirect_uris.split())
            obj.pk, obj.client_id = made.pk, made.client_id

    @button(_("New secret"), icon="key", when=lambda client: client.is_machine)
    def new_secret(self, request: HttpRequest, client: ApiClient) -> str:
        """Replace the secret; what it was used for so far ends."""
        return told_once(client, clients.new_secret(client))

    @display(description=_("Kind"))
    def kind(self, client: ApiClient) -> str:
        """In a word."""
        return str(_("Machine") if client.is_machine else _("Application for agents"))

    @display(description=_("Kind"))
    def kind_now(self, client: ApiClient) -> str:
        """In a sentence."""
        return str(dict(KINDS)[MACHINE if client.is_machine else APPLICATION])

    @display(description=_("Acts as"), ordering="user__username")
    def acts_as(self, client: ApiClient) -> str:
        """The service user."""
        return str(client.user or "–")


@admin.register(ApiToken)
class TokenAdmin(ReadOnly, Superusers, HouseAdmin):
    """A token that is out: whose, since when, until when; never the token itself."""

    list_display = ("person", "client", "created", "expires")
    list_display_links = None
    list_select_related = ("user", "application__user")
    list_filter = ("application",)
    search_fields = ("user__username", "user__first_name", "user__last_name", "application__name")
    ordering = ("-created",)
    fields = ("person", "client", "created", "expires")
    readonly_fields = fields
    actions = ("revoke",)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Those who may do everything."""
        return Superusers.has_view_permission(self, request, obj)

    @action(description=_("Revoke"))
    def revoke(self, request: HttpRequest, tokens: QuerySet[ApiToken]) -> None:
        """End these at once, and the lines that hang on them."""
        count = 0
        for token in tokens:
            clients.revoke(token)
            count += 1
        words = ngettext("%(count)d token is no longer good.", "%(count)d tokens are no longer good.", count)
        messages.success(request, words % {"count": count})

    @display(description=_("Acts as"), ordering="user__username")
    def person(self, token: ApiToken) -> str:
        """As whom it acts."""
        return str(token.user or (token.application.user if token.application else None) or "–")

    @display(description=_("API client"), ordering="application__name")
    def client(self, token: ApiToken) -> str:
        """To whom it was given."""
        return str(token.application or "–")


def told_once(client: ApiClient, secret: str) -> str:
    """The secret, in words."""
    words = _("The id is %(id)s and the secret %(secret)s. Copy it now: it is not shown again.")
    # One click marks the whole of it
    once = {"id": client.client_id, "secret": format_html('<code class="house-secret">{}</code>', secret)}
    return format_html(str(words).replace("%(id)s", "{id}").replace("%(secret)s", "{secret}"), **once)
