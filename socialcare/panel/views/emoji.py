"""The emoji picker's data."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe


@gzip_page
@require_safe
@cache_control(public=True, max_age=86_400)
def emoji_json(request: HttpRequest, language: str) -> HttpResponse:
    """The picker's data in one of the product's languages: the same for everybody, so browsers keep it for a day."""
    if language not in dict(settings.LANGUAGES):
        raise Http404(language)
    from socialcare.panel.emoji import picker_data  # not before somebody opens the picker: its tables are large

    return HttpResponse(picker_data(language), content_type="application/json")
