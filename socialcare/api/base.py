"""What every view of the API has in common: the bearer's token, the limits, input that is checked."""

from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from accounts.models import User
from accounts.permissions import Permission, require
from socialcare.errors import NotFound

from .limits import body_of

M = TypeVar("M", bound=Model)


class ApiView(APIView):
    """A resource of the API: it reads, calls the same functions as the panel, and answers."""

    request: Request
    metadata_class = None
    reads_json = True
    """False where the body is a file."""

    def initial(self, request: Request, *args: Any, **where: Any) -> None:
        """Who is it, how often, how much."""
        super().initial(request, *args, **where)
        if self.reads_json:
            body_of(request._request)

    @property
    def user(self) -> User:
        """As whom the request acts."""
        return self.request.user  # type: ignore[return-value]

    def require(self, permission: Permission, obj: Model | None = None) -> None:
        """Raise NotPermitted, naming the permission, unless the user holds it."""
        require(self.user, permission, obj)

    def given(self, wire: type[BaseSerializer[Any]], **options: Any) -> Any:
        """The body, checked, with names in snake_case. Raises ValidationError (400)."""
        form = wire(data=self.request.data, **options)
        form.is_valid(raise_exception=True)
        return form.validated_data

    def asked(self, wire: type[BaseSerializer[Any]]) -> Any:
        """What the query says, checked, with names in snake_case. Raises ValidationError (400)."""
        form = wire(data=self.request.query_params)
        form.is_valid(raise_exception=True)
        return form.validated_data


def answer(wire: type[BaseSerializer[Any]], value: Any, status: int = 200) -> Response:
    """One thing."""
    return Response(wire(value).data, status=status)


def found(rows: "QuerySet[M]", **which: Any) -> M:
    """The one row. Raises NotFound."""
    row = rows.filter(**which).first()
    if row is None:
        raise NotFound
    return row
