"""The database between two tests with real transactions: what migrations bring, and nothing else.

Django's own flush truncates every table and tells all apps that tables were made, a second each time; and it
takes along what migrations brought.
"""

from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from psqm_portal.core import append_only

# Tables whose rows follow from the code; no test changes them.
KEPT = {"django_migrations", "django_content_type", "auth_permission"}

Rows = list[tuple[Any, ...]]


class Migrated:
    """The rows that there are when it is made: right after the migrations."""

    def __init__(self) -> None:
        with connection.cursor() as cursor:
            self.tables = sorted(set(connection.introspection.table_names(cursor)) - KEPT)
            self.rows = {table: _rows(cursor, table) for table in _filled(cursor, self.tables)}

    def restore(self) -> None:
        """Waits for whoever is still in a transaction. Only here the append-only tables are emptied (S33)."""
        append_only.remove(connection)
        # Foreign keys are looked at when it commits, so the order of the tables doesn't matter.
        with transaction.atomic(), connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute(f"LOCK TABLE {', '.join(map(_quoted, self.tables))} IN ACCESS EXCLUSIVE MODE")
            for table in {*_filled(cursor, self.tables), *self.rows}:
                brought = self.rows.get(table, [])
                if brought and _rows(cursor, table) == brought:
                    continue
                cursor.execute(f"DELETE FROM {_quoted(table)}")
                if brought:
                    marks = ", ".join(["%s"] * len(brought[0]))
                    cursor.executemany(f"INSERT INTO {_quoted(table)} VALUES ({marks})", brought)
        append_only.install(connection)


def _filled(cursor: CursorWrapper, tables: list[str]) -> list[str]:
    each = [f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {_quoted(table)})" for table in tables]
    found: list[str] = []
    for start in range(0, len(each), 100):  # SQLite takes some hundred in one query
        cursor.execute(" UNION ALL ".join(each[start : start + 100]))
        found += [table for (table,) in cursor.fetchall()]
    return found


def _rows(cursor: CursorWrapper, table: str) -> Rows:
    cursor.execute(f"SELECT * FROM {_quoted(table)} ORDER BY 1")
    return cursor.fetchall()


def _quoted(table: str) -> str:
    return connection.ops.quote_name(table)
