import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("awards", "0008_past_awards"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Moderation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("cycle", models.PositiveSmallIntegerField()),
                ("chosen_why", models.TextField(blank=True, verbose_name="why HQ chose it")),
                ("looked_since", models.DateTimeField(null=True)),
                (
                    "chosen_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "looked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "submission",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="moderations",
                        to="submissions.submission",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("submission", "cycle"), name="moderation_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("chosen_by", None),
                            ("chosen_why", ""),
                        )
                        | models.Q(
                            models.Q(("chosen_why", ""), _negated=True),
                            ("chosen_by__isnull", False),
                        ),
                        name="moderation_chosen_says_why",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("looked_by", None), ("looked_since", None)),
                            models.Q(("looked_by__isnull", False), ("looked_since__isnull", False)),
                            _connector="OR",
                        ),
                        name="moderation_looked_since",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ModerationNote",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("text", models.TextField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "moderation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notes",
                        to="awards.moderation",
                    ),
                ),
            ],
            options={"ordering": ["at", "id"]},
        ),
    ]
