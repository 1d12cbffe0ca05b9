"""A log of tries with each delivery, and how the addresses of webhooks have answered lately."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Additive: nothing of what is there changes."""

    dependencies = [("delivery", "0001_initial"), ("interactions", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="delivery",
            name="tries",
            field=models.JSONField(blank=True, default=list, verbose_name="log of tries"),
        ),
        migrations.CreateModel(
            name="Endpoint",
            fields=[
                (
                    "inbox",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="endpoint",
                        serialize=False,
                        to="interactions.inbox",
                        verbose_name="channel",
                    ),
                ),
                ("failures", models.PositiveIntegerField(default=0, verbose_name="failures in a row")),
                ("failing_since", models.DateTimeField(blank=True, null=True, verbose_name="failing since")),
                ("paused_at", models.DateTimeField(blank=True, null=True, verbose_name="paused since")),
                ("probe_at", models.DateTimeField(blank=True, null=True, verbose_name="next try")),
            ],
            options={"verbose_name": "webhook's address", "verbose_name_plural": "webhooks' addresses"},
        ),
    ]
