"""Captured posts: what people say, what became of it, and making an interaction of one by hand."""

from collections import Counter
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import display
from unfold.forms import ActionForm
from unfold.widgets import UnfoldAdminSelectWidget

from accounts.admin.base import ByTable, LanguageFilter, RunningAdmin, link_to
from accounts.admin.buttons import button
from accounts.admin.coloured import Coloured, coloured
from accounts.permissions import Permission, allowed
from delivery.listening.escalating import escalate_by_hand
from delivery.listening.models import CapturedPost, PostStatus
from interactions.intake import Destination
from interactions.models import Inbox
from queues.models import Queue
from socialcare.errors import DomainError

COLOURS = {
    PostStatus.NOT_ESCALATED: "default",
    PostStatus.AUTOMATIC: "success",
    PostStatus.MANUAL: "success",
    PostStatus.THROTTLED: "warning",
    PostStatus.PREVIOUSLY: "info",
}
COUNTED = 10_000
"""So many of the newest posts are counted in the line above the list."""
ESCALATE = Permission("Socialmedia", "EscalationRule", "Add")


class EscalateForm(ActionForm):
    """The action, and where to."""

    queue = forms.ModelChoiceField(
        Queue.objects.all(),
        label="",
        required=False,
        empty_label=_("Queue: as the channel has it"),
        widget=UnfoldAdminSelectWidget({"aria-label": _("Queue")}),
    )
    inbox = forms.ModelChoiceField(
        Inbox.objects.filter(is_active=True),
        label="",
        required=False,
        empty_label=_("Channel: the one it came in by"),
        widget=UnfoldAdminSelectWidget({"aria-label": _("Channel")}),
    )


@admin.register(CapturedPost)
class PostAdmin(ByTable, RunningAdmin):
    """What somebody said in public about a topic. It cannot be changed; it can be made an interaction."""

    domain, entity = "Socialmedia", "Topic"
    list_display = (
        "captured_at",
        "in_status",
        "topic",
        "platform",
        "author",
        "beginning",
        "language",
        "sentiment",
        "reactions",
        "conversation",
    )
    list_filter = ("status", "topic", "platform", LanguageFilter, "sentiment", "rule")
    list_select_related = ("topic", "message__interaction__customer", "message__interaction__inbox")
    search_fields = ("=external_id", "^author_name", "^author_handle")
    search_help_text = _("How the author's name or handle begins, or the id on the platform.")
    ordering = ("-captured_at",)
    actions = ("escalate_chosen",)
    buttons = ("escalate",)
    action_form = EscalateForm
    list_before_template = "administration/posts_line.html"
    fieldsets = (
        (None, {"fields": (("in_status", "conversation"), "text", "link", ("topic", "ingestion_rule"))}),
        (
            _("Author"),
            {"fields": (("author_name", "author_handle"), ("followers", "verified"))},
        ),
        (
            _("What is known of it"),
            {
                "fields": (("language", "sentiment", "moderation"), ("post_type", "reactions")),
                "description": _("As the source says; nothing is guessed."),
            },
        ),
        (_("Escalation"), {"fields": (("rule", "escalated_by"), "escalated_at")}),
        (
            _("On the platform"),
            {
                "fields": (
                    ("platform", "external_id"),
                    ("sent_at", "captured_at"),
                    ("edited_at", "removed_at"),
                )
            },
        ),
    )
    readonly_fields = ("in_status", "conversation", "reactions", "link")
    has_change_permission = RunningAdmin.has_change_permission
    has_add_permission = RunningAdmin.has_add_permission
    has_delete_permission = RunningAdmin.has_delete_permission

    def has_escalate_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who may add escalation rules may escalate by hand."""
        return allowed(request.user, ESCALATE)

    may_press = has_escalate_permission

    def get_actions(self, request: HttpRequest) -> Any:
        """Only escalating."""
        return {name: each for name, each in super().get_actions(request).items() if name == "escalate_chosen"}

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """With a line of figures."""
        response = super().changelist_view(request, extra_context)
        shown = getattr(response, "context_data", None) or {}
        if "cl" in shown:
            shown["figures"] = figures(shown["cl"].queryset)
        return response  # type: ignore[no-any-return]

    @button(_("Escalate"), icon="forum", when=lambda post: not post.is_escalated and post.inbox_id)
    def escalate(self, request: HttpRequest, obj: CapturedPost) -> str:
        """Make an interaction of it, in the queue of its channel. Raises DomainError."""
        _post, new = escalate_by_hand(request.user, obj.pk)  # type: ignore[arg-type]
        return str(_("It is an interaction now.") if new else _("It was in an interaction already."))

    @admin.action(description=_("Escalate"), permissions=["escalate"])
    def escalate_chosen(self, request: HttpRequest, queryset: QuerySet[CapturedPost]) -> None:
        """Make interactions of several, in the chosen queue."""
        form = EscalateForm(request.POST)
        form.fields["action"].choices = self.get_action_choices(request)
        form.full_clean()
        into, inbox = Destination(queue=form.cleaned_data.get("queue")), form.cleaned_data.get("inbox")
        done, before = 0, 0
        for pk in list(queryset.values_list("pk", flat=True)):
            try:
                _post, new = escalate_by_hand(request.user, pk, inbox=inbox, into=into)  # type: ignore[arg-type]
            except DomainError as error:
                self.message_user(request, str(error), "ERROR")
            else:
                done, before = done + new, before + (not new)
        if done:
            words = ngettext("%(count)s post is an interaction now.", "%(count)s posts are interactions now.", done)
            self.message_user(request, words % {"count": done}, "SUCCESS")
        if before:
            words = ngettext(
                "%(count)s post was in an interaction already.", "%(count)s posts were in interactions already.", before
            )
            self.message_user(request, words % {"count": before}, "WARNING")

    @display(description=_("status"), ordering="status", label=COLOURS)
    def in_status(self, post: CapturedPost) -> Coloured:
        """In colour."""
        return coloured(PostStatus(post.status))

    @display(description=_("author"), ordering="author_name")
    def author(self, post: CapturedPost) -> str:
        """Who, as people know them."""
        return post.author_name or post.author_handle or post.author_id

    @display(description=_("text"))
    def beginning(self, post: CapturedPost) -> str:
        """How it begins."""
        return Truncator(post.text).chars(80) or "–"

    @display(description=_("reactions"))
    def reactions(self, post: CapturedPost) -> str:
        """How many of each."""
        return ", ".join(f"{kind} {count}" for kind, count in post.engagement.items()) or "–"

    @display(description=_("interaction"))
    def conversation(self, post: CapturedPost) -> str:
        """A link to it."""
        message = post.message
        return link_to(message.interaction, message.interaction.customer) if message else "–"

    @display(description=_("link"))
    def link(self, post: CapturedPost) -> str:
        """The post on its platform."""
        if not post.url.startswith(("https://", "http://")):
            return "–"
        return format_html('<a href="{}" rel="noopener noreferrer" target="_blank">{}</a>', post.url, post.url)


def figures(posts: "QuerySet[CapturedPost]") -> dict[str, Any]:
    """How many there are of each status among the newest of `posts`."""
    counts = Counter(posts.order_by("-captured_at").values_list("status", flat=True)[:COUNTED])
    return {
        "all": counts.total(),
        "bounded": counts.total() >= COUNTED,
        "parts": [(status.label, counts[status]) for status in PostStatus if counts[status]],
    }
