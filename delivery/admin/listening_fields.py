"""Fields of the forms for listening: lists written one a line, lists that are ticked."""

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminTextareaWidget


class LinesField(forms.CharField):
    """Several texts, one a line."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"required": False, "widget": UnfoldAdminTextareaWidget(attrs={"rows": 3}), **kwargs})

    def prepare_value(self, value: Any) -> Any:
        """As it is written."""
        return "\n".join(value) if isinstance(value, list | tuple) else value

    def to_python(self, value: Any) -> Any:
        """The lines that are not empty."""
        lines = value if isinstance(value, list) else (value or "").splitlines()
        return [line.strip() for line in lines if line.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        """By the lines, whatever the line ends."""
        return bool(self.to_python(self.prepare_value(initial or [])) != self.to_python(data))


class TickedField(forms.MultipleChoiceField):
    """Several of a few, ticked."""

    def __init__(self, *, choices: Any, **kwargs: Any) -> None:
        widget = UnfoldAdminCheckboxSelectMultipleWidget
        super().__init__(choices=choices, required=False, widget=widget, **kwargs)
