"""An award is its school's, also one from before the portal, which has no submission."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import OuterRef, Subquery


def fill(apps, _):
    Award = apps.get_model("awards", "Award")
    Submission = apps.get_model("submissions", "Submission")
    mine = Submission.objects.filter(pk=OuterRef("submission"))
    Award.objects.filter(school=None).update(
        school=Subquery(mine.values("school")[:1]), round_name=Subquery(mine.values("round__name")[:1])
    )


class Migration(migrations.Migration):
    dependencies = [
        ("awards", "0002_review_assigned"),
        ("schools", "0006_found_by_trigrams"),
        ("submissions", "0005_cases"),
    ]

    operations = [
        migrations.AddField(
            "award",
            "school",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="awards",
                to="schools.school",
            ),
        ),
        migrations.AddField(
            "award",
            "round_name",
            models.CharField(
                blank=True, help_text="Such as Autumn 2026", max_length=60, verbose_name="round"
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
