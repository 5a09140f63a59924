"""Interests, plans and answers. What HQ declared before becomes an interest that HQ may lift."""

import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

DECLARED = "declared: "


def interests_of_before(apps, _schema_editor):
    standings = apps.get_model("awards", "Standing").objects
    history = apps.get_model("core", "HistoryEntry").objects.filter(
        machine="standing", action="declare_conflict"
    )
    told = {row.subject_id: row for row in history}
    found = {}
    for row in standings.filter(why__startswith=DECLARED, kind="conflict").select_related("submission"):
        entry = told.get(row.pk)
        if entry is not None and entry.by_id is not None:
            found[row.user_id, row.submission.school_id] = (row.why.removeprefix(DECLARED), entry)
            standings.filter(pk=row.pk).update(declared=True)
    interests = apps.get_model("awards", "Interest").objects
    interests.bulk_create(
        [
            interests.model(
                user_id=user,
                school_id=school,
                why=why,
                side="hq",
                declared_by_id=entry.by_id,
                declared_at=entry.at,
            )
            for (user, school), (why, entry) in found.items()
        ]
    )


class Migration(migrations.Migration):
    dependencies = [
        ("awards", "0004_award_has_a_school"),
        ("core", "0007_append_only"),
        ("rounds", "0007_hub_leaders_duties"),
        ("schools", "0006_found_by_trigrams"),
        ("submissions", "0005_cases"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="review",
            name="accepted_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="review",
            name="answer_by",
            field=models.DateField(blank=True, help_text="When the reviewer says yes or no", null=True),
        ),
        migrations.AddField(
            model_name="standing",
            name="declared",
            field=models.BooleanField(
                db_default=False, default=False, help_text="Rests on an interest alone, which HQ may lift"
            ),
        ),
        migrations.CreateModel(
            name="AssignmentPlan",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("open", "Nothing is assigned yet"),
                            ("confirmed", "Being assigned"),
                            ("done", "Assigned"),
                            ("dropped", "Dropped"),
                        ],
                        default="open",
                        max_length=9,
                    ),
                ),
                ("made_at", models.DateTimeField()),
                ("obstacles", models.JSONField(default=dict)),
                ("answer_by", models.DateField(blank=True, null=True)),
                ("touched_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "confirmed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="assignment_plans",
                        to="rounds.round",
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="Interest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "employer",
                    models.CharField(blank=True, max_length=200, verbose_name="trust or local authority"),
                ),
                ("why", models.TextField()),
                (
                    "side",
                    models.CharField(
                        choices=[("leader", "The hub leader"), ("school", "The school"), ("hq", "HQ")],
                        max_length=6,
                    ),
                ),
                ("declared_at", models.DateTimeField()),
                ("lifted_at", models.DateTimeField(blank=True, null=True)),
                ("lifted_because", models.TextField(blank=True)),
                (
                    "declared_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "lifted_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "school",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="interests",
                        to="schools.school",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="interests",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="PlannedReview",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("by_hand", models.BooleanField(default=False)),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                ("problem", models.CharField(blank=True, max_length=300)),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reviews",
                        to="awards.assignmentplan",
                    ),
                ),
                (
                    "submission",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="submissions.submission",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.AddConstraint(
            model_name="assignmentplan",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status__in", ["open", "confirmed"])),
                fields=("round",),
                name="assignment_plan_one_underway",
            ),
        ),
        migrations.AddConstraint(
            model_name="assignmentplan",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status__in", ["confirmed", "done"]), _negated=True),
                    models.Q(("answer_by__isnull", False), ("confirmed_by__isnull", False)),
                    _connector="OR",
                ),
                name="assignment_plan_confirmed_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="interest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("school", None), models.Q(("employer", ""), _negated=True)),
                    models.Q(("employer", ""), ("school__isnull", False)),
                    _connector="OR",
                ),
                name="interest_in_one_thing",
            ),
        ),
        migrations.AddConstraint(
            model_name="interest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("lifted_at", None), ("lifted_because", ""), ("lifted_by", None)),
                    models.Q(
                        ("lifted_at__isnull", False),
                        ("lifted_by__isnull", False),
                        models.Q(("lifted_because", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="interest_lifted_with_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="interest",
            constraint=models.UniqueConstraint(
                condition=models.Q(("lifted_at", None), ("school__isnull", False)),
                fields=("user", "school", "side"),
                name="interest_school_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="interest",
            constraint=models.UniqueConstraint(
                models.F("user"),
                django.db.models.functions.text.Upper("employer"),
                condition=models.Q(("lifted_at", None), ("school", None)),
                name="interest_employer_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="plannedreview",
            constraint=models.UniqueConstraint(
                fields=("plan", "submission", "user"), name="planned_review_once"
            ),
        ),
        migrations.RunPython(interests_of_before, migrations.RunPython.noop),
    ]
