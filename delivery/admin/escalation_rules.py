"""Escalation rules: which captured posts become interactions, in their order."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from accounts.admin.base import ByTable, HouseAdmin
from accounts.admin.coloured import Coloured, coloured
from delivery.admin.listening_fields import LinesField, TickedField
from delivery.listening.configuring import check_escalation_rule
from delivery.listening.models import (
    CONNECTED,
    EscalationRule,
    PostStatus,
    PostType,
    RuleStatus,
    Sentiment,
    Topic,
)
from socialcare.errors import DomainError

LISTS = ("includes", "excludes", "languages")


class EscalationRuleForm(forms.ModelForm):  # type: ignore[type-arg]
    """A rule: its conditions, and what follows."""

    platforms = TickedField(label=_("Platforms"), choices=[(each.value, each.label) for each in CONNECTED])
    sentiments = TickedField(label=_("Sentiments"), choices=Sentiment.choices)
    post_types = TickedField(label=_("Kinds of post"), choices=PostType.choices)
    languages = LinesField(label=_("Languages"), help_text=_("Codes such as en or fr, one a line."))
    includes = LinesField(label=_("Text has"), help_text=_("One a line; a post has at least one of them. Empty: all."))
    excludes = LinesField(label=_("But without"), help_text=_("One a line; a post has none of them."))

    class Meta:
        model = EscalationRule
        fields = (
            *("name", "status", "position", "description", "topics", "platforms", "sentiments", "post_types"),
            *("includes", "excludes", "languages", "verified", "followers_at_least", "likes_at_least"),
            *("shares_at_least", "comments_at_least", "views_at_least"),
            *("inbox", "queue", "priority", "skills", "per_minute"),
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "description" in self.fields:
            self.fields["description"].widget.attrs["rows"] = 2

    def clean(self) -> dict[str, Any]:
        """Ask the same function as every other door."""
        cleaned = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        rule = EscalationRule(**{name: cleaned.get(name, []) for name in LISTS})
        rule._state.adding = self.instance._state.adding
        try:
            check_escalation_rule(rule)
        except DomainError as error:
            self.add_error(error.field if error.field in self.fields else None, str(error))
        return {**cleaned, **{name: getattr(rule, name) for name in LISTS}}


@admin.register(EscalationRule)
class EscalationRuleAdmin(ByTable, HouseAdmin):
    """The first rule that fits makes an interaction of a post: in this queue, with this priority, for these skills."""

    domain, entity = "Socialmedia", "EscalationRule"
    form = EscalationRuleForm
    list_display = ("name", "position", "in_status", "about", "goes_to", "per_minute", "throttled")
    list_editable = ("position",)
    list_filter = ("status", "queue", "topics")
    list_select_related = ("queue",)
    search_fields = ("name", "description")
    ordering = ("position", "created_at")
    autocomplete_fields = ("queue", "skills")
    fieldsets = (
        (None, {"fields": (("name", "status"), "position", "description")}),
        (
            _("Which posts"),
            {
                "fields": (
                    "topics",
                    "platforms",
                    ("sentiments", "post_types"),
                    ("includes", "excludes"),
                    "languages",
                    ("verified", "followers_at_least"),
                    ("likes_at_least", "shares_at_least"),
                    ("comments_at_least", "views_at_least"),
                ),
                "description": _(
                    "All conditions must hold; an empty one always does. What is not known of a post meets none."
                ),
            },
        ),
        (
            _("What becomes of them"),
            {
                "fields": (("inbox", "queue"), ("priority", "skills"), "per_minute"),
                "description": _("Each becomes an interaction, once."),
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[EscalationRule]:
        """With their topics, and how many posts wait for each."""
        found = super().get_queryset(request).prefetch_related("topics")
        return found.annotate(waiting=Count("posts", filter=Q(posts__status=PostStatus.THROTTLED)))  # type: ignore[no-any-return]

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Topics are ticked."""
        if db_field.name == "topics":
            kwargs |= {"widget": UnfoldAdminCheckboxSelectMultipleWidget(), "queryset": Topic.objects.kept()}
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    @display(
        description=_("status"),
        ordering="status",
        label={RuleStatus.ACTIVE: "success", RuleStatus.PAUSED: "default"},
    )
    def in_status(self, rule: EscalationRule) -> Coloured:
        """In colour."""
        return coloured(RuleStatus(rule.status))

    @display(description=_("topics"))
    def about(self, rule: EscalationRule) -> str:
        """Of what."""
        return ", ".join(topic.name for topic in rule.topics.all()) or str(_("all topics"))

    @display(description=_("queue"), ordering="queue")
    def goes_to(self, rule: EscalationRule) -> str:
        """Where the interactions wait."""
        return str(rule.queue or _("as the channel has it"))

    @display(description=_("throttled"), ordering="waiting")
    def throttled(self, rule: Any) -> int:
        """How many posts wait for room."""
        return int(rule.waiting)
