"""A request that no door has looked at: said to machines as the API says it, to people as the panel does."""

from django.http import HttpRequest, HttpResponse

from socialcare.api.errors import ApiError, answer
from socialcare.panel.answers import bad_request as bad_request_of_people

OF_MACHINES = ("/api/", "/oauth/", "/hooks/")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: most often too large, or sent to a host that is not ours."""
    accepted = request.headers.get("Accept", "")
    if request.path.startswith(OF_MACHINES) and "text/html" not in accepted:
        return answer(ApiError(400, "This request is not understood: its host, or its form, is not possible here."))
    return bad_request_of_people(request, exception)
