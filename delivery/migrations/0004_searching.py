from django.db import migrations, models

from socialcare.searching import Beginnings


class Migration(migrations.Migration):
    dependencies = [
        ("delivery", "0003_listening"),
    ]

    operations = [
        migrations.AddIndex("capturedpost", models.Index(fields=["external_id"], name="posts_by_external_id")),
        migrations.AddIndex("capturedpost", Beginnings(fields=["author_name"], name="posts_by_author")),
        migrations.AddIndex("capturedpost", Beginnings(fields=["author_handle"], name="posts_by_handle")),
        migrations.RunSQL(
            "ANALYZE delivery_capturedpost",
            migrations.RunSQL.noop,
            hints={"locks": "no reader and no writer, for the seconds that a sample takes"},
        ),
    ]
