"""Files for platforms that fetch what we send: whoever holds the signed address gets the file, and nothing else."""

from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase
from django.urls import path
from django.views.decorators.http import require_safe

from delivery.links import linked


@require_safe
def file(request: HttpRequest, token: str) -> HttpResponseBase:
    """The file, as what its bytes are; never something that a browser would run here."""
    found = linked(token)
    if not found:
        raise Http404
    headers = {
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "private, max-age=3600",
        "X-Robots-Tag": "noindex",
    }
    stream = found.file.open("rb")
    return FileResponse(
        stream, content_type=found.content_type, as_attachment=True, filename=found.name, headers=headers
    )


urlpatterns = [path("<str:token>", file, name="file")]
