from django.db import migrations, models
from django.db.models import Case, F, When


class Migration(migrations.Migration):
    dependencies = [
        ("interactions", "0005_searching"),
    ]

    operations = [
        migrations.AddIndex(
            "interaction",
            models.Index(
                "customer",
                "inbox",
                Case(When(state="ended", then=1), default=0),
                F("ended_at").desc(),
                name="last_of_customer",
            ),
        ),
    ]
