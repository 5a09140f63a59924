import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from psqm_portal.core import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0006_log"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="logentry",
            name="by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddIndex(
            model_name="logentry",
            index=models.Index(fields=["by", "-at"], name="log_by"),
        ),
        # The database itself refuses to change or delete a row of these two (S33).
        migrations.RunPython(append_only.migrate, append_only.unmigrate),
    ]
