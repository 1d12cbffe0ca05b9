"""Administration of canned responses and customers; and a look at the running interactions."""

from interactions.admin import canned, customers, running

__all__ = ["canned", "customers", "running"]
