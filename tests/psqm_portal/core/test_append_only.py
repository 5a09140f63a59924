"""S33: the application can neither change nor delete what the history and the log say."""

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from psqm_portal.core import append_only, log
from psqm_portal.core.models import HistoryEntry, LogEntry
from tests import factories as make

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]

ATTACKS = {
    "change who": "UPDATE {} SET by_id = NULL",
    "change when": "UPDATE {} SET at = '2001-01-01 00:00:00+00'",
    "change nothing": "UPDATE {} SET action = action",
    "take one away": "DELETE FROM {} WHERE id = (SELECT MAX(id) FROM {})",
    "take all away": "DELETE FROM {}",
    "empty it": "TRUNCATE {}",
}


def _try(sql: str, table: str) -> str:
    """What the database said; empty where it did it. Undone again."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(sql.format(table, table))
            transaction.set_rollback(True)
    except DatabaseError as refused:
        return str(refused)
    return ""


def _attacks() -> dict[str, str]:
    """SQLite knows no TRUNCATE."""
    return {
        name: sql for name, sql in ATTACKS.items() if connection.vendor == "postgresql" or "TRUNC" not in sql
    }


@pytest.fixture(params=append_only.TABLES)
def table(request: Any) -> str:
    HistoryEntry.objects.create(
        machine="round", subject_id=1, action="open", target="open", by=make.user(), at=make.NOW
    )
    connection.check_constraints()  # PostgreSQL empties no table that waits for this
    return request.param


def test_s33_the_database_refuses_to_change_or_delete_a_row(table: str) -> None:
    assert [name for name, sql in _attacks().items() if append_only.SENTENCE not in _try(sql, table)] == []


def test_s33_control_without_the_triggers_the_same_sql_is_taken(table: str) -> None:
    append_only.remove(connection)
    try:
        assert [name for name, sql in _attacks().items() if _try(sql, table)] == []
    finally:
        append_only.install(connection)


def test_migrating_puts_the_triggers_back_that_a_rebuilt_table_lost(table: str) -> None:
    append_only.remove(connection)
    append_only.install(connection)
    append_only.install(connection)  # twice is harmless
    assert _try("DELETE FROM {}", table)


@pytest.mark.parametrize("model", [HistoryEntry, LogEntry])
def test_s33_neither_does_the_code(model: type[HistoryEntry] | type[LogEntry]) -> None:
    log.write("session.failed", by=None, now=make.NOW)
    HistoryEntry.objects.create(machine="round", subject_id=1, action="open", target="open", at=make.NOW)
    row = model.objects.first()
    assert row is not None
    for attempt in (
        row.save,
        row.delete,
        model.objects.all().delete,
        lambda: model.objects.update(action="x"),
        lambda: model.objects.bulk_update([row], ["action"]),
    ):
        with pytest.raises(TypeError, match="never"):
            attempt()


def test_each_history_row_writes_its_line_also_in_bulk() -> None:
    person = make.user()
    one = {"machine": "part", "subject_id": 4, "action": "send", "source": "draft", "by": person}
    HistoryEntry.objects.create(target="sent", at=make.NOW, reason="Typed by somebody", **one)
    HistoryEntry.objects.bulk_create([HistoryEntry(target="sent", at=make.NOW, reason="Typed", **one)] * 2)
    assert (
        list(LogEntry.objects.values_list("action", "about", "by", "at", "detail"))
        == [("part.send", "part:4", person.pk, make.NOW, "sent")] * 3
    )


@pytest.mark.parametrize(
    ("action", "about", "detail"),
    [
        ("Signed in", "", ""),
        ("session", "", ""),
        ("session.failed", "Ann Example", ""),
        ("session.failed", "person:x", ""),
        ("session.failed", "", "ann@test.example"),
        ("session.failed", "", "one\ntwo"),
        ("session." + "x" * 60, "", ""),
    ],
)
def test_what_isnt_an_id_or_a_word_of_the_field_is_no_log_entry(action: str, about: str, detail: str) -> None:
    with pytest.raises(ValueError, match="Not for the log"):
        log.write(action, by=None, now=make.NOW, about=about, detail=detail)
