"""Topics, each with the rules by which posts are captured for it."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from accounts.admin.base import ByTable, Cards, HouseAdmin
from delivery.admin.addresses import address
from delivery.admin.listening_fields import LinesField
from delivery.listening.configuring import (
    check_ingestion_rule,
    delete_ingestion_rule,
    delete_topic,
    save_ingestion_rule,
)
from delivery.listening.models import IngestionRule, IngestionStatus, Platform, Topic
from interactions.models import Inbox
from socialcare.errors import DomainError

STATES = [(each.value, each.label) for each in (IngestionStatus.ACTIVE, IngestionStatus.PAUSED)]


class IngestionRuleForm(forms.ModelForm):  # type: ignore[type-arg]
    """What is captured of one platform."""

    includes = LinesField(
        label=_("Search terms"), help_text=_("One a line; a post has at least one of them. Empty: all.")
    )
    excludes = LinesField(label=_("But without"), help_text=_("One a line; a post has none of them."))

    class Meta:
        model = IngestionRule
        fields = ("platform", "name", "status", "inbox", "includes", "excludes", "description")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "status" in self.fields:
            self.fields["status"].choices = STATES  # type: ignore[attr-defined]
        if "description" in self.fields:
            self.fields["description"].widget.attrs["rows"] = 2

    def clean(self) -> dict[str, Any]:
        """Ask the same function as every other door."""
        cleaned = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        rule = IngestionRule(**{name: cleaned[name] for name in ("platform", "inbox", "includes", "excludes")})
        try:
            check_ingestion_rule(rule)
        except DomainError as error:
            self.add_error(error.field if error.field in self.fields else None, str(error))
        return cleaned


class IngestionRuleCards(ByTable, Cards):
    """The rules of a topic."""

    domain, entity = "Socialmedia", "IngestionRule"
    model = IngestionRule
    form = IngestionRuleForm
    collapsible = True
    fields = (("platform", "name"), ("status", "inbox"), ("includes", "excludes"), "description", "feeding")
    readonly_fields = ("feeding",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[IngestionRule]:
        """Without those that are deleted."""
        return super().get_queryset(request).filter(pk__in=IngestionRule.objects.kept())  # type: ignore[no-any-return]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Only channels that work."""
        if db_field.name == "inbox":
            kwargs["queryset"] = Inbox.objects.filter(is_active=True)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @display(description=_("How posts come in"))
    def feeding(self, rule: IngestionRule) -> str:
        """Where an open source is fed; or what is captured, or why nothing is."""
        if rule._state.adding:
            return "–"
        if not rule.is_connected:
            return str(_("There is no connector for this platform yet: nothing is captured."))
        if rule.platform != Platform.OPEN:
            words = _(
                "Public posts that the channel gets and that have these terms. They become interactions by the "
                "escalation rules only; all else comes in as ever. Nothing is searched for beyond the channel."
            )
            return str(words)
        return format_html('<code class="house-code">{}</code>', address("api:open-public", rule.topic_id, rule.pk))


@admin.register(Topic)
class TopicAdmin(ByTable, HouseAdmin):
    """Something people talk about, and where posts about it come from."""

    domain, entity = "Socialmedia", "Topic"
    list_display = ("name", "description", "sources", "posts")
    search_fields = ("name", "description")
    ordering = ("name",)
    fields = ("name", "description")
    inlines = (IngestionRuleCards,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Topic]:
        """Those that are kept, with their rules."""
        found = super().get_queryset(request).filter(pk__in=Topic.objects.kept())
        return found.prefetch_related(Prefetch("ingestion_rules", IngestionRule.objects.kept()))  # type: ignore[no-any-return]

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Every change is a version; what is deleted keeps its posts."""
        formset.save(commit=False)
        for rule in formset.deleted_objects:
            delete_ingestion_rule(rule)
        for rule in [*formset.new_objects, *(changed for changed, _fields in formset.changed_objects)]:
            save_ingestion_rule(rule)
        formset.save_m2m()

    def delete_model(self, request: HttpRequest, obj: Topic) -> None:
        """Listen to it no more; its posts stay."""
        delete_topic(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Topic]) -> None:
        """The same for several."""
        for topic in queryset:
            delete_topic(topic)

    @display(description=_("sources"))
    def sources(self, topic: Topic) -> str:
        """Its rules, and those that capture nothing."""
        return ", ".join(_named(rule) for rule in topic.ingestion_rules.all()) or str(_("none yet"))

    @display(description=_("posts"))
    def posts(self, topic: Topic) -> str:
        """Where they are."""
        where = f"{reverse('admin:delivery_capturedpost_changelist')}?topic__id__exact={topic.pk}"
        return format_html('<a href="{}">{}</a>', where, _("Show posts"))


def _named(rule: IngestionRule) -> str:
    state = rule.shown_status
    words = f"{rule.name} ({rule.get_platform_display()})"
    return words if state == IngestionStatus.ACTIVE else f"{words}: {state.label}"
