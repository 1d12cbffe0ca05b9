"""Looking that stays quick however much there is: counting only as far as anybody wants to know, few rows of many."""

from typing import Any

from django.db.models import DateTimeField, IntegerField, Subquery
from django.db.models.lookups import In


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


class OneOfFew(In):
    """`IN` a subquery that finds few rows: `OneOfFew(F("pk"), few)`.

    PostgreSQL reorders at most eight joined tables, this subquery among them. Where a ninth is joined it would go over
    all rows and look for each in the subquery last; so it is told to run the subquery first.
    """

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """The array of what the subquery finds, which the planner takes for ten rows."""
        left, of_left = self.process_lhs(compiler, connection)
        right, of_right = self.process_rhs(compiler, connection)
        return f"{left} = ANY(ARRAY{right})", (*of_left, *of_right)
