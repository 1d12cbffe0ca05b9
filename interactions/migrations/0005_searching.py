from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations, models

from socialcare.searching import Beginnings, Words


class Migration(migrations.Migration):
    dependencies = [
        ("interactions", "0004_versions_and_merged_customers"),
    ]

    operations = [
        TrigramExtension(),
        migrations.AddIndex("contact", Words(fields=["name"], name="contacts_by_name")),
        migrations.AddIndex("handle", models.Index(fields=["external_id"], name="handles_by_external_id")),
        migrations.AddIndex("handle", Beginnings(fields=["handle"], name="handles_by_handle")),
        migrations.AddIndex("handle", Beginnings(fields=["name"], name="handles_by_name")),
        # What an index by an expression holds is not known to the planner before the next ANALYZE
        migrations.RunSQL(
            ["ANALYZE interactions_contact", "ANALYZE interactions_handle"],
            migrations.RunSQL.noop,
            hints={"locks": "no reader and no writer, for the seconds that a sample takes"},
        ),
    ]
