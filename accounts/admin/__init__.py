"""Administration of people and roles, and what all pages of the administration share."""

from accounts.admin import clients, people, roles

__all__ = ["clients", "people", "roles"]
