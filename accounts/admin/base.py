"""What all pages of the administration share: who may, what is written, what may be deleted, buttons that do things."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import quote
from django.contrib.admin.views.main import PAGE_VAR
from django.db.models import PROTECT, ForeignObjectRel, Model, ProtectedError, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from unfold.admin import ModelAdmin, StackedInline, TabularInline
from unfold.paginator import InfinitePaginator

from accounts.admin.buttons import Buttons
from accounts.permissions import Permission, allowed
from socialcare.searching import first_found

MANY = 5
"""How many of the things that are in the way are named."""
DEEPEST = 10_000
"""So far one can leaf in what a search has found."""
LOOKED_AT = 1_000
"""In so many rows it is looked which languages there are."""


class ByTable:
    """Who may do what on a page: by the table of permissions, never by Django's own."""

    domain: ClassVar[str]
    entity: ClassVar[str]

    def may(self, request: HttpRequest, action: str) -> bool:
        """Whether this person holds *domain > entity > action*."""
        return allowed(request.user, Permission(self.domain, self.entity, action))

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who may change it may look at it as well."""
        return self.may(request, "View") or self.may(request, "Edit")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """By *Add*."""
        return self.may(request, "Add")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """By *Edit*."""
        return self.may(request, "Edit")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """By *Delete*."""
        return self.may(request, "Delete")

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Shown to those who may do anything with it."""
        return self.has_view_permission(request) or self.has_add_permission(request)


class Superusers:
    """For those only who may do everything: what is given away here could be anything."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Everything, or nothing."""
        user = request.user
        return bool(user.is_active and user.is_superuser)

    has_add_permission = has_change_permission = has_delete_permission = has_view_permission
    has_module_permission = has_view_permission


class ReadOnly:
    """The running state of the house: looked at here, changed by what people do."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False


class HouseAdmin(Buttons, ModelAdmin):
    """A page of the administration."""

    list_filter_submit = False
    list_per_page = 50
    warn_unsaved_form = True

    def save_model(self, request: HttpRequest, obj: Model, form: "forms.ModelForm[Any]", change: bool) -> None:
        """Write what was changed here and nothing else: the rest may have moved on since the page was opened."""
        if not change:
            obj.save()
        elif fields := self.changed_fields(form):
            obj.save(update_fields=fields)

    def changed_fields(self, form: "forms.ModelForm[Any]") -> set[str]:
        """The columns that a form has changed."""
        return set(form.changed_data) & {field.name for field in self.opts.concrete_fields}

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[Any, int], set[str], list[Any]]:
        """What goes with these, and what is in the way: a few names, however many there are."""
        gone: list[Any] = []
        in_the_way: list[Any] = []
        for obj in objs:
            gone.append(f"{capfirst(self.opts.verbose_name)}: {obj}")
            for relation in self.opts.related_objects:
                in_the_way += _in_the_way(relation, obj)
        needed = set() if self.has_delete_permission(request) else {str(self.opts.verbose_name)}
        return gone, {self.opts.verbose_name_plural: len(gone)}, needed, in_the_way

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Delete, or say that it is in use."""
        try:
            return super().delete_view(request, object_id, extra_context)  # type: ignore[no-any-return]
        except ProtectedError:
            messages.error(request, _("It is in use and cannot be deleted."))
            return HttpResponseRedirect(self.address(object_id))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Delete several, or say that one is in use."""
        try:
            super().delete_queryset(request, queryset)
        except ProtectedError:
            messages.error(request, _("One of them is in use: nothing was deleted."))

    def address(self, object_id: object) -> str:
        """Where one of these is shown."""
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[quote(str(object_id))])


class LongAdmin(HouseAdmin):
    """A list that grows for years: never counted, and searched no further than to the page that is shown."""

    paginator = InfinitePaginator
    list_disable_select_all = True
    show_full_result_count = False

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> Any:
        """What is found in one of the ways to find it; nothing comes twice."""
        if (words := search_term.strip()) and (ways := self.ways(words)):
            queryset = first_found(queryset, ways, min(_page(request) * self.list_per_page, DEEPEST))
        return queryset, False

    def ways(self, words: str) -> list[Q]:
        """By `search_fields`: `^` is how the column begins, `=` is all of it."""
        lookups = {"^": "istartswith", "=": "exact"}
        return [Q((f"{field[1:]}__{lookups[field[0]]}", words)) for field in self.search_fields]


class LanguageFilter(admin.SimpleListFilter):
    """By the languages of the rows that come first: asking all would read the whole archive."""

    title, parameter_name = _lazy("language"), "language"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, str]]:
        """Those there are."""
        first = model_admin.model._default_manager.order_by(*model_admin.ordering)
        codes = set(first.values_list("language", flat=True)[:LOOKED_AT]) - {""}
        return [(code, code) for code in sorted(codes)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Those of one."""
        return queryset.filter(language=self.value()) if self.value() else queryset


class RunningAdmin(ReadOnly, LongAdmin):
    """A long list of what happens: never changed here."""

    show_facets = None
    actions: Any = None


class Rows(TabularInline):
    """Rows of another table, on the page of what they belong to."""

    extra = 0

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """The heads of the columns are far from the fields: each says its own name to who cannot see them."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field:
            field.widget.attrs.setdefault("aria-label", capfirst(str(field.label)))
        return field


class ReadOnlyRows(ReadOnly, Rows):
    """Rows that are looked at only."""

    can_delete = False
    tab = True

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who sees the page sees its rows."""
        return True


class Cards(StackedInline):
    """Like `Rows`, one below the other, for what has long fields."""

    extra = 0


def link_to(obj: Model | None, words: object = "") -> str:
    """A link to the page of an object, or only its name where it has none."""
    if obj is None:
        return "–"
    try:
        address = reverse(f"admin:{obj._meta.app_label}_{obj._meta.model_name}_change", args=[quote(obj.pk)])
    except NoReverseMatch:
        return str(words or obj)
    return format_html('<a href="{}">{}</a>', address, words or obj)


def _page(request: HttpRequest) -> int:
    """The number of the page that is shown."""
    try:
        return max(1, int(request.GET.get(PAGE_VAR, 1)))
    except ValueError:
        return 1


def _in_the_way(relation: ForeignObjectRel, obj: Model) -> list[str]:
    """Names of the rows that must not lose `obj`."""
    if getattr(relation, "on_delete", None) is not PROTECT:
        return []
    model, name = relation.related_model, relation.field.name
    found = list(model._default_manager.filter(**{name: obj})[: MANY + 1])
    named = [f"{capfirst(model._meta.verbose_name)}: {row}" for row in found[:MANY]]
    more = [_("… and more: %(kind)s") % {"kind": model._meta.verbose_name_plural}] if len(found) > MANY else []
    return named + more
