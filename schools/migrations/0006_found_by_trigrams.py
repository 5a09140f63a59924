"""PostgreSQL finds a word's beginning anywhere in a line by its three-letter pieces; SQLite looks through all."""

from typing import Any

from django.db import migrations

ADD = (
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    "CREATE INDEX school_found_by_trigrams ON schools_school USING gin (found_by gin_trgm_ops)",
)


def add(_: Any, editor: Any) -> None:
    if editor.connection.vendor == "postgresql":
        for statement in ADD:
            editor.execute(statement)


def remove(_: Any, editor: Any) -> None:
    if editor.connection.vendor == "postgresql":
        editor.execute("DROP INDEX school_found_by_trigrams")


class Migration(migrations.Migration):
    dependencies = [("schools", "0005_register_staging")]

    operations = [migrations.RunPython(add, remove)]
