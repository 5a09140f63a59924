"""Apart from what fills it: PostgreSQL alters no table with rows it has just checked the keys of."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("awards", "0003_award_of_a_school")]

    operations = [
        migrations.AlterField(
            "award",
            "school",
            models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="awards", to="schools.school"
            ),
        ),
        migrations.AlterField(
            "award",
            "submission",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="awards",
                to="submissions.submission",
            ),
        ),
    ]
