"""Refusals of the domain name a field by its own words; the API names it by those of the request."""

from collections.abc import Iterator
from contextlib import contextmanager

from socialcare.errors import DomainError


@contextmanager
def naming(**fields: str) -> Iterator[None]:
    """`naming(text="textBody")`: what is wrong with the text is said of `textBody`."""
    try:
        yield
    except DomainError as error:
        error.field = fields.get(error.field, error.field)
        raise
