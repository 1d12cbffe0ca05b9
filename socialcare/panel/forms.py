"""What each action takes from the page, checked before a use case sees it."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from interactions.models import Visibility

if TYPE_CHECKING:
    UserForm = forms.ModelForm[User]
else:
    UserForm = forms.ModelForm


class Text(forms.CharField):
    """A text as it was typed: nothing is stripped; what no database can carry the use case takes out."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"required": False, "strip": False, "max_length": 1_000_000, **options})
        # The use cases say in words what is wrong with a text, also with one that holds NUL.
        self.validators = [
            check for check in self.validators if type(check).__name__ != "ProhibitNullCharactersValidator"
        ]


class Identifiers(forms.Field):
    """Any number of ids: the field repeated, or one with commas between."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value: Any) -> list[Any]:
        """Raises ValidationError for what is not an id."""
        found = [part for each in value or [] for part in str(each).split(",") if part.strip()]
        return [forms.UUIDField().clean(part) for part in found]


class RoutingForm(forms.Form):
    """On queue or off queue."""

    to = forms.ChoiceField(choices=[("on", "on"), ("off", "off")])


class PresenceForm(forms.Form):
    """One of the presences; which there are, the use case knows."""

    presence = forms.CharField(max_length=40)


class ReplyForm(forms.Form):
    """A reply. `key` names one press of Send, so that it sends once, whatever the network does."""

    visibility = forms.ChoiceField(choices=Visibility.choices)
    text = Text()
    attachment = Identifiers(required=False)
    in_reply_to = forms.UUIDField(required=False)
    key = forms.UUIDField()
    confirmed = forms.BooleanField(required=False)


class DraftForm(forms.Form):
    """A half-written reply."""

    visibility = forms.ChoiceField(choices=Visibility.choices)
    text = Text()
    in_reply_to = forms.UUIDField(required=False)


class NoteForm(forms.Form):
    """An internal note."""

    text = Text()


class TransferForm(forms.Form):
    """Where to: a queue or an agent, one of the two; `to` says both at once, as in "queue:<id>"."""

    queue = forms.UUIDField(required=False)
    agent = forms.UUIDField(required=False)
    to = forms.CharField(required=False, max_length=60)

    def clean(self) -> dict[str, Any]:
        """Raises ValidationError unless exactly one is named."""
        given = super().clean() or {}
        kind, _sign, value = given.get("to", "").partition(":")
        if kind in ("queue", "agent"):
            given[kind] = forms.UUIDField().clean(value)
        if bool(given.get("queue")) == bool(given.get("agent")):
            raise ValidationError(_("Choose a queue or an agent."))
        return given


class WrapUpForm(forms.Form):
    """What is filled in after the contact, and what to do with it: save | done | more."""

    code = forms.UUIDField(required=False)
    notes = Text()
    tags = forms.CharField(required=False, max_length=2000)
    acw = forms.BooleanField(required=False)
    do = forms.ChoiceField(choices=[(name, name) for name in ("save", "done", "more")], required=False)

    def clean_tags(self) -> list[str]:
        """Tags with commas between."""
        return [tag.strip() for tag in self.cleaned_data["tags"].split(",") if tag.strip()]


class UploadForm(forms.Form):
    """One file, with its alternative text."""

    file = forms.FileField(allow_empty_file=True, max_length=1000)
    alt = forms.CharField(required=False, max_length=2000)


class PreferencesForm(UserForm):
    """How the panel speaks and looks to one person. What is not sent stays as it is."""

    class Meta:
        model = User
        fields = ("language", "timezone", "theme", "sound", "notifications")

    def __init__(self, data: Any, instance: User) -> None:
        given = {name: getattr(instance, name) for name in self.Meta.fields}
        given.update({name: value for name, value in data.items() if name in given})
        super().__init__(given, instance=instance)
