"""Administration of people and roles, and what all pages of the administration share."""

from accounts.admin import people, roles

__all__ = ["people", "roles"]
