from django.db import migrations, models


def forget_unfinished(apps, _schema_editor):
    """Backwards a run is only known once it is finished."""
    apps.get_model("rounds", "ReminderRun").objects.filter(finished_at=None).delete()


class Migration(migrations.Migration):
    dependencies = [("rounds", "0005_calendar_reading")]

    operations = [
        migrations.AlterField(
            model_name="reminder",
            name="state",
            field=models.CharField(
                choices=[("sent", "Sent"), ("skipped", "Skipped"), ("dropped", "Done before it went")],
                max_length=8,
            ),
        ),
        migrations.AlterField(
            model_name="reminderrun",
            name="finished_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddIndex(
            model_name="reminder",
            index=models.Index(fields=["-made_at", "-id"], name="reminder_newest"),
        ),
        migrations.RunPython(migrations.RunPython.noop, forget_unfinished),
    ]
