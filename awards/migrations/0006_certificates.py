from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("awards", "0005_assignment")]

    operations = [
        migrations.AddField("certificate", "taken_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddIndex(
            "certificate",
            models.Index(
                condition=models.Q(("file", None)),
                fields=["tries", "asked_at"],
                name="certificate_waiting",
            ),
        ),
    ]
