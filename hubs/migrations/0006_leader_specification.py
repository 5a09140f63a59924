"""The hub leader specification (seed): criteria with suggested evidence, and the commitments of number 6."""

from typing import Any

from django.db import migrations

LED = """Successful evaluations of staff meetings that you led in schools
Successful evaluations of workshops that you presented at ASE conferences
Successful evaluations of training that you developed and delivered with a local authority, a Science Learning Centre or another recognised provider"""
DEVELOPED = """From work in primary schools: a school development plan that shows the development of science
A science week that you organised
Work with outside organisations on a large scale project, such as SETPOINT
A PSQM award"""

# number, quality or experience, suggested evidence, for teachers only, shown by the commitments
CRITERIA = [
    (1, "Regularly led CPD in your own school and beyond", LED, False, False),
    (
        2,
        "Have taught science to at least two different year groups in primary",
        "Signed letter from your headteacher",
        False,
        False,
    ),
    (
        3,
        (
            "Evidence of sustainable school based science development. The balance is 60 to 40 for primary and "
            "secondary"
        ),
        DEVELOPED,
        False,
        False,
    ),
    (
        4,
        "Able to demonstrate up to date knowledge of current issues and good practice in primary science",
        "Regular participation in science specific CPD, and evidence of its impact",
        False,
        False,
    ),
    (
        5,
        "Experience of developing or mentoring colleagues",
        (
            "Evidence from supporting colleagues as an NQT mentor, subject leader, local authority adviser or "
            "independent consultant"
        ),
        False,
        False,
    ),
    (
        6,
        "Commitment to the Primary Science Quality Mark scheme for a minimum of one complete year",
        "",
        False,
        True,
    ),
    (7, "Have completed the PSQM award in your own school", "Date and level of the PSQM award", True, False),
]
POINTS = [
    (1, "Attend the initial PSQM hub leader training", False),
    (2, "Lead or support two training days each year for participating PSQM schools", False),
    (
        3,
        (
            "Provide up to 4 hours of mentoring for each participating school in your hub. The total number of "
            "hours depends on the number of schools and of mentors. Mentoring may be via the PSQM portal, by phone "
            "or face to face"
        ),
        False,
    ),
    (4, "Take part in the review panel to assess PSQM submissions from other hubs", False),
    (5, "Attend the annual PSQM hub leader conference", True),
]


def bring(apps: Any, _: Any) -> None:
    """Words that are there already stay: HQ may have changed them."""
    criteria = apps.get_model("hubs", "LeaderCriterion").objects
    for number, text, suggestions, teachers_only, has_commitments in CRITERIA:
        criteria.get_or_create(
            number=number,
            defaults={
                "text": text,
                "suggestions": suggestions,
                "teachers_only": teachers_only,
                "has_commitments": has_commitments,
            },
        )
    points = apps.get_model("hubs", "CommitmentPoint").objects
    for number, text, recommended in POINTS:
        points.get_or_create(number=number, defaults={"text": text, "is_recommended_only": recommended})


def take_away(apps: Any, _: Any) -> None:
    """Back to an empty specification; the database refuses where somebody has answered it."""
    apps.get_model("hubs", "CommitmentPoint").objects.all().delete()
    apps.get_model("hubs", "LeaderCriterion").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("hubs", "0005_recruit_train_lead")]

    operations = [migrations.RunPython(bring, take_away)]
