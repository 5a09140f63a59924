"""What the database itself refuses: to change or take away a row of the history or the log (S33).

Triggers, on PostgreSQL and SQLite alike. There is no switch that the portal could turn: only who may change
the tables (migrations, and the tests' clean-up between two tests) takes them off, and each ``migrate`` puts
them back, since SQLite loses a table's triggers when it builds the table anew.
"""

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.utils import CursorWrapper

TABLES = ("core_historyentry", "core_logentry")
EVENTS = ("UPDATE", "DELETE")
SENTENCE = "These rows are never changed or deleted."

_FUNCTION = f"""
    CREATE OR REPLACE FUNCTION core_append_only() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION '{SENTENCE}' USING ERRCODE = 'integrity_constraint_violation'; END $$
"""


def _names(table: str) -> list[str]:
    return [f"{table}_no_{event.lower()}" for event in (*EVENTS, "TRUNCATE")]


def install(connection: BaseDatabaseWrapper) -> None:
    """Puts on what is missing."""
    with connection.cursor() as cursor:
        there = _installed(connection, cursor)
        for table in set(TABLES) & set(connection.introspection.table_names(cursor)):
            if connection.vendor == "postgresql":
                _guard_postgresql(cursor, table, there)
            else:
                _guard_sqlite(cursor, table)


def _guard_postgresql(cursor: CursorWrapper, table: str, there: set[str]) -> None:
    if set(_names(table)) <= there:
        return
    cursor.execute(_FUNCTION)
    for event, name in zip((*EVENTS, "TRUNCATE"), _names(table), strict=True):
        each = "STATEMENT" if event == "TRUNCATE" else "ROW"
        cursor.execute(
            f"CREATE OR REPLACE TRIGGER {name} BEFORE {event} ON {table}"
            f" FOR EACH {each} EXECUTE FUNCTION core_append_only()"
        )


def _guard_sqlite(cursor: CursorWrapper, table: str) -> None:
    for event, name in zip(EVENTS, _names(table), strict=False):
        cursor.execute(
            f"CREATE TRIGGER IF NOT EXISTS {name} BEFORE {event} ON {table}"
            f" BEGIN SELECT RAISE(ABORT, '{SENTENCE}'); END"
        )


def remove(connection: BaseDatabaseWrapper) -> None:
    with connection.cursor() as cursor:
        there = _installed(connection, cursor)
        for table in TABLES:
            for name in set(_names(table)) & there:
                on = f" ON {table}" if connection.vendor == "postgresql" else ""
                cursor.execute(f"DROP TRIGGER {name}{on}")


def _installed(connection: BaseDatabaseWrapper, cursor: CursorWrapper) -> set[str]:
    if connection.vendor == "postgresql":
        cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal")
    else:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    return {name for (name,) in cursor.fetchall()}


def migrate(_: Any, editor: BaseDatabaseSchemaEditor) -> None:
    install(editor.connection)


def unmigrate(_: Any, editor: BaseDatabaseSchemaEditor) -> None:
    remove(editor.connection)
