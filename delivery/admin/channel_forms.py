"""The form of a channel: what every channel has, and what its platform asks for besides."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminPasswordWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
    UnfoldBooleanWidget,
)

from accounts.admin.grants import GrantsForm
from delivery.connectors import connector_class
from delivery.connectors.base import Setting

MEDIA_TYPES = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/gif": "GIF",
    "image/webp": "WebP",
    "video/mp4": _("Video (MP4)"),
    "audio/mpeg": _("Sound (MP3)"),
    "application/pdf": "PDF",
}


class MediaTypesField(forms.MultipleChoiceField):
    """Types of files, ticked; one that is not in the list but stored stays."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=list(MEDIA_TYPES.items()), widget=UnfoldAdminCheckboxSelectMultipleWidget, **kwargs)

    def keep(self, stored: list[str]) -> None:
        """Offer what is stored as well."""
        known = dict(MEDIA_TYPES)
        self.choices = [*known.items(), *((each, each) for each in stored if each not in known)]


class ChannelForm(GrantsForm):
    """A channel. Its platform's own fields are made by `form_for`; secrets go in and never come out."""

    kind: str
    own: tuple[Setting, ...] = ()

    media_types = MediaTypesField(
        label=_("File types that go out"), required=False, help_text=_("Read from the bytes of a file, never its name.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.kind = self.kind
        self.fields["media_types"].keep(self.instance.media_types)  # type: ignore[attr-defined]
        self.fields["media_types"].initial = self.instance.media_types
        for setting in self.own:
            field = self.fields[field_name(setting)]
            if setting.secret:
                self._say_whether_set(setting, field)
            elif setting.name in self.instance.settings:
                field.initial = self.instance.settings[setting.name]

    def clean(self) -> dict[str, Any]:
        """Gather the platform's own settings; a secret left empty stays as it was."""
        cleaned = super().clean() or self.cleaned_data
        given = {setting: cleaned.get(field_name(setting)) for setting in self.own}
        plain = {each.name: value for each, value in given.items() if not each.secret and value is not None}
        hidden = {each.name: value for each, value in given.items() if each.secret and value}
        gone = {each.name for each in self.own if cleaned.get(forget_name(each))}
        kept = {name: value for name, value in self.instance.secrets.items() if name not in gone}
        self.instance.settings = {**self.instance.settings, **plain}
        self.instance.secrets = connector_class(self.kind).renewed(kept, hidden)
        problems = connector_class(self.kind).problems(self.instance.settings, self.instance.secrets)
        for setting in self.own:
            if setting.name in problems and field_name(setting) not in self.errors:
                self.add_error(field_name(setting), problems[setting.name])
        return cleaned

    def _say_whether_set(self, setting: Setting, field: forms.Field) -> None:
        is_set = bool(self.instance.secrets.get(setting.name))
        state = _("Set. Leave empty to keep it.") if is_set else _("Not set.")
        field.help_text = f"{state} {setting.help}".strip()
        field.required = setting.required and not is_set
        field.widget.attrs["placeholder"] = "••••••••" if is_set else ""


def form_for(kind: str) -> type[ChannelForm]:
    """The form of a kind of channel, made from what its connector asks for."""
    own = connector_class(kind).settings
    fields = {field_name(setting): _field(setting) for setting in own}
    fields |= {forget_name(setting): _forget(setting) for setting in own if setting.secret and not setting.required}
    return type("ChannelForm", (ChannelForm,), {"kind": kind, "own": own, **fields, "__module__": __name__})


def field_name(setting: Setting) -> str:
    """The name of a platform's own setting in the form."""
    return f"{'secret' if setting.secret else 'setting'}_{setting.name}"


def forget_name(setting: Setting) -> str:
    """The name of the tick that removes a secret."""
    return f"forget_{setting.name}"


def field_names(kind: str, stored: Mapping[str, str]) -> list[str]:
    """The platform's own fields, in order; a tick to remove a secret where one is stored and can be done without."""
    names = []
    for setting in connector_class(kind).settings:
        names.append(field_name(setting))
        if setting.secret and not setting.required and stored.get(setting.name):
            names.append(forget_name(setting))
    return names


def columns(changed: list[str]) -> set[str]:
    """The columns of the channel that hold these fields."""
    own = {"secret": "secrets", "forget": "secrets", "setting": "settings"}
    return {own.get(name.partition("_")[0], name) for name in changed}


def _forget(setting: Setting) -> forms.Field:
    label = _("Remove the stored secret: %(name)s") % {"name": setting.label}
    return forms.BooleanField(label=label, required=False, widget=UnfoldBooleanWidget)


def _field(setting: Setting) -> forms.Field:
    about: dict[str, Any] = {
        "label": setting.label,
        "help_text": setting.help,
        "required": setting.required,
        "initial": setting.default,
    }
    if setting.secret:
        widget = UnfoldAdminPasswordWidget({"autocomplete": "new-password", "spellcheck": "false"})
        return forms.CharField(**{**about, "initial": ""}, widget=widget, strip=True)
    if isinstance(setting.default, bool):
        return forms.BooleanField(**{**about, "required": False}, widget=UnfoldBooleanSwitchWidget)
    if isinstance(setting.default, int):
        return forms.IntegerField(**about, widget=UnfoldAdminIntegerFieldWidget)
    return forms.CharField(**about, widget=UnfoldAdminTextInputWidget)
