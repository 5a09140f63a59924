"""Which rows of the register are schools for us, as its words stood in 2026."""

from django.db import migrations

# (column, the register's word, do we take it, is such a school open, what we call its phase)
FILTERS = [
    ("status", "Open", True, True, ""),
    ("status", "Open, but proposed to close", True, True, ""),
    ("status", "Closed", True, False, ""),
    ("status", "Proposed to open", False, False, ""),
    ("phase", "Primary", True, True, "primary"),
    ("phase", "Middle deemed primary", True, True, "middle"),
    ("phase", "Middle deemed secondary", True, True, "middle"),
    ("phase", "All-through", True, True, "primary"),
    ("phase", "Nursery", False, True, ""),
    ("phase", "Secondary", False, True, ""),
    ("phase", "16 plus", False, True, ""),
    ("type_group", "Special schools", True, True, "special"),
    ("type_group", "Academy special converter", True, True, "special"),
    ("type_group", "Academy special sponsor led", True, True, "special"),
    ("type_group", "Free schools special", True, True, "special"),
    ("type_group", "Academies", False, True, ""),
    ("type_group", "Free Schools", False, True, ""),
    ("type_group", "Local authority maintained schools", False, True, ""),
    ("type_group", "Independent schools", False, True, ""),
    ("type_group", "Colleges", False, True, ""),
    ("type_group", "Universities", False, True, ""),
    ("type_group", "Welsh schools", False, True, ""),
    ("type_group", "Online provider", False, True, ""),
    ("type_group", "Other types", False, True, ""),
]


def seed(apps, _):
    model = apps.get_model("schools", "RegisterFilter")
    for column, value, is_taken, is_open, phase in FILTERS:
        model.objects.get_or_create(
            column=column,
            value=value,
            defaults={"is_taken": is_taken, "is_open": is_open, "phase": phase},
        )


class Migration(migrations.Migration):
    dependencies = [("schools", "0002_national_register")]

    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
