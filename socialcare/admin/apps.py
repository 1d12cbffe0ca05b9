"""Django's administration with this product's front page and door."""

from django.contrib import admin
from django.contrib.admin.apps import AdminConfig
from django.contrib.admin.exceptions import NotRegistered


class HouseAdminConfig(AdminConfig):
    """Finds the pages of all apps, and leaves out those of a library whose rows are secrets."""

    default_site = "socialcare.admin.site.HouseSite"

    def ready(self) -> None:
        """Once all are found."""
        super().ready()
        from oauth2_provider import models as oauth

        for model in (
            *(oauth.get_application_model(), oauth.get_access_token_model(), oauth.get_refresh_token_model()),
            *(oauth.get_grant_model(), oauth.get_id_token_model()),
        ):
            try:
                admin.site.unregister(model)
            except NotRegistered:
                continue
