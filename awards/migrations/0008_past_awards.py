import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

_STATUS = [
    ("naming", "Waiting for its columns to be named"),
    ("waiting", "Waiting to be read"),
    ("reading", "Being read"),
    ("read", "Read, nothing is written"),
    ("agreed", "Waiting to be written"),
    ("writing", "Being written"),
    ("done", "Written"),
    ("undo", "Waiting to be undone"),
    ("undoing", "Being undone"),
    ("dropped", "Dropped"),
    ("failed", "Couldn’t be read"),
]
_FINDING = [
    ("ready", "Ready"),
    ("likely", "Found by its name"),
    ("choose", "Several schools"),
    ("missing", "School not found"),
    ("level", "Level not known"),
    ("double", "Double"),
    ("broken", "Broken"),
    ("left_out", "Left out"),
    ("written", "Written"),
]
_SURE = [
    ("urn", "By its URN"),
    ("name", "By name and postcode"),
    ("likely", "By its name"),
    ("hand", "Chosen by hand"),
]


def _key():
    return models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")


def _person(**more):
    return models.ForeignKey(
        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, **more
    )


def _level(**more):
    return models.ForeignKey(
        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="rounds.level", **more
    )


class Migration(migrations.Migration):
    dependencies = [
        ("awards", "0007_proof"),
        ("rounds", "0007_hub_leaders_duties"),
        ("schools", "0006_found_by_trigrams"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="PastImport",
            fields=[
                ("id", _key()),
                ("name", models.CharField(max_length=255, verbose_name="file")),
                (
                    "key",
                    models.CharField(
                        blank=True, help_text="Where its bytes lie; empty when they are gone", max_length=200
                    ),
                ),
                ("size", models.PositiveBigIntegerField(help_text="Bytes")),
                ("sheet", models.CharField(blank=True, help_text="Of a workbook", max_length=100)),
                ("other_sheets", models.JSONField(default=list)),
                ("header", models.JSONField(default=list)),
                ("head_line", models.PositiveIntegerField(default=1)),
                ("example", models.JSONField(default=list)),
                ("columns", models.JSONField(default=dict)),
                ("status", models.CharField(choices=_STATUS, max_length=8)),
                ("at_line", models.PositiveIntegerField(default=0)),
                ("counts", models.JSONField(default=dict, help_text="Rows by finding, as they stand")),
                ("problem", models.TextField(blank=True)),
                ("asked_at", models.DateTimeField()),
                ("touched_at", models.DateTimeField()),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("agreed_by", _person(null=True)),
                ("asked_by", _person()),
            ],
            options={"ordering": ["-id"]},
        ),
        migrations.CreateModel(
            name="PastRow",
            fields=[
                ("id", _key()),
                ("line", models.PositiveIntegerField()),
                ("school_name", models.CharField(blank=True, max_length=200)),
                ("urn", models.CharField(blank=True, max_length=20)),
                ("postcode", models.CharField(blank=True, max_length=20)),
                ("place", models.CharField(blank=True, max_length=100)),
                ("level_word", models.CharField(blank=True, max_length=100)),
                ("round_name", models.CharField(blank=True, max_length=60)),
                ("number", models.CharField(blank=True, max_length=20)),
                ("hub_name", models.CharField(blank=True, max_length=100)),
                ("awarded_on", models.DateField(null=True)),
                ("valid_until", models.DateField(null=True)),
                ("sure", models.CharField(blank=True, choices=_SURE, max_length=6)),
                ("candidates", models.JSONField(default=list)),
                ("is_left_out", models.BooleanField(default=False)),
                ("problem", models.CharField(blank=True, max_length=300)),
                ("note", models.CharField(blank=True, max_length=300)),
                ("double", models.CharField(blank=True, max_length=300)),
                ("finding", models.CharField(choices=_FINDING, max_length=8)),
                ("level", _level(null=True)),
                (
                    "past",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rows",
                        to="awards.pastimport",
                    ),
                ),
                (
                    "school",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="schools.school",
                    ),
                ),
            ],
            options={
                "ordering": ["line"],
                "indexes": [models.Index(fields=["past", "finding", "line"], name="past_row_finding")],
                "constraints": [models.UniqueConstraint(fields=["past", "line"], name="past_row_once")],
            },
        ),
        migrations.CreateModel(
            name="PastColumns",
            fields=[
                ("id", _key()),
                ("header_key", models.CharField(max_length=64, unique=True)),
                ("columns", models.JSONField()),
                ("named_at", models.DateTimeField()),
                ("named_by", _person()),
            ],
        ),
        migrations.CreateModel(
            name="PastWord",
            fields=[
                ("id", _key()),
                ("word", models.CharField(max_length=100, unique=True)),
                ("level", _level(null=True)),
            ],
            options={"ordering": ["word"]},
        ),
        migrations.AddField(
            "award",
            "hub_name",
            models.CharField(
                blank=True,
                help_text="As HQ’s spreadsheet called the hub, where it came from one",
                max_length=100,
            ),
        ),
        migrations.AddField("award", "past_line", models.PositiveIntegerField(blank=True, null=True)),
        migrations.AddField(
            "award",
            "past_import",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="awards",
                to="awards.pastimport",
            ),
        ),
        migrations.AddConstraint(
            "award",
            models.UniqueConstraint(fields=["past_import", "past_line"], name="award_of_a_line_once"),
        ),
        migrations.AddConstraint(
            "award",
            models.CheckConstraint(
                condition=models.Q(past_import=None, past_line=None, submission__isnull=False)
                | models.Q(past_import__isnull=False, past_line__isnull=False, submission=None),
                name="award_has_its_source",
            ),
        ),
    ]
