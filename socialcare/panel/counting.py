"""Counting that stays quick however much there is: only as far as anybody wants to know."""

from typing import Any

from django.db.models import DateTimeField, IntegerField, Subquery


class BoundedCount(Subquery):
    """How many rows a sliced queryset has: `BoundedCount(rows[:100])` never reads more than a hundred."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) bounded)"
    output_field = IntegerField()


class BoundedMin(Subquery):
    """The earliest moment in the one column of a sliced queryset."""

    output_field = DateTimeField()

    def __init__(self, queryset: Any, column: str, **extra: Any) -> None:
        super().__init__(queryset, **extra)
        self.extra["column"] = column

    template = '(SELECT MIN(bounded."%(column)s") FROM (%(subquery)s) bounded)'
