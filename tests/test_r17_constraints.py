"""R17: the database defends itself on both databases: what no row may say, tried in raw SQL.

Money's own are in tests/payments/test_constraints.py.
"""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import IntegrityError, connection, models, transaction
from django.db.migrations.executor import MigrationExecutor

from accounts.models import User
from awards.models import Standing
from submissions.models import AuditEntry, EvidenceLink, Part
from tests import factories as make
from tests.support.world import World, build

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]

OURS = {
    *("core", "accounts", "messaging", "schools", "rounds", "hubs", "submissions", "awards", "payments"),
    "board",
}


def change(row: models.Model, values: str) -> tuple[str, list[Any]]:
    return f"UPDATE {row._meta.db_table} SET {values} WHERE id = %s", [row.pk]


def again(row: models.Model, **other: str) -> tuple[str, list[Any]]:
    """The same row once more, but for ``other``: column → SQL."""
    columns = [field.column for field in row._meta.concrete_fields if field.column and not field.primary_key]
    table = row._meta.db_table
    values = [other.get(column, column) for column in columns]
    sql = f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(values)} FROM {table} WHERE id = %s"
    return sql, [row.pk]


Attack = Callable[[World], tuple[str, list[Any]]]


def _mentor(w: World) -> User:
    person = w.people["mentor"]
    assert person is not None
    return person


def _part(w: World, **fields: Any) -> Part:
    return Part.objects.filter(submission=w.working, **fields).order_by("pk")[0]


ATTACKS: dict[str, Attack] = {
    # A school and its place
    "a school with two live submissions": lambda w: change(w.in_review, f"school_id = {w.working.school_id}"),
    "a live submission without a place": lambda w: change(w.working, "seat_id = NULL"),
    "two schools on one place": lambda w: change(w.in_review, f"seat_id = {w.working.seat_id}"),
    "a place twice": lambda w: again(w.working.seat),  # type: ignore[arg-type]  # it is live
    "place 0": lambda w: change(w.working.seat, "number = 0"),  # type: ignore[arg-type]  # as above
    "submitted without a level": lambda w: change(w.in_review, "target_level_id = NULL"),
    "a hub twice in a round": lambda w: again(w.hub_round),
    "a second hub leader": lambda w: change(w.extra["hub_membership"], "role = 'hub leader'"),
    "the same mentor twice": lambda w: again(w.extra["hub_membership"]),
    "the same school role twice": lambda w: again(w.extra["school_membership"]),
    "a role that ended before it began": lambda w: change(
        w.extra["school_membership"], "ended_at = '2001-01-01 00:00:00+00'"
    ),
    "accepted without the headteacher": lambda w: change(
        w.registration, "status = 'accepted', agreed_at = NULL"
    ),
    "accepted without a hub": lambda w: change(w.registration, "status = 'accepted', hub_id = NULL"),
    "a school waiting twice": lambda w: again(w.registration, agreement_token_hash="'another'"),
    "an address in capitals as another person": lambda w: again(_mentor(w), email="upper(email)"),
    # The work
    "the audit's criterion twice": lambda w: again(AuditEntry.objects.filter(submission=w.working)[0]),
    "a part twice": lambda w: again(w.part),
    "a part signed off without its version": lambda w: change(
        _part(w, kind="reflection"), "status = 'signed_off', signed_version_id = NULL"
    ),
    "evidence that is nothing": lambda w: change(w.piece, "file_id = NULL"),
    "evidence tied twice to a criterion": lambda w: again(EvidenceLink.objects.filter(evidence=w.piece)[0]),
    "feedback that says nothing": lambda w: change(w.thread, "body = ''"),
    "feedback on nothing": lambda w: change(w.thread, "part_id = NULL"),
    "a file twice for one owner": lambda w: again(w.file),
    "a file of nothing": lambda w: change(w.file, "size = 0"),
    # Review and award
    "a reviewer with a conflict": lambda w: again(w.review.standing, kind="'conflict'"),
    "a review twice": lambda w: again(w.review),
    "a review done without a word": lambda w: change(w.review, "status = 'completed'"),
    "two outcomes": lambda w: again(w.told.decisions.get()),
    "two awards for one submission": lambda w: again(w.award, number="'PSQM-26A-9999'"),
    "an award that is over before it begins": lambda w: change(w.award, "valid_until = awarded_on"),
    "a certificate made without a file": lambda w: change(
        w.award.certificate, "made_at = '2026-11-03 09:00:00+00'"
    ),
    # Time
    "due before it opens": lambda w: change(w.extra["milestone"], "due_on = '2001-01-01'"),
    "a round without reviews": lambda w: change(w.round, "reviews_per_submission = 0"),
    "a mail sent at no time": lambda w: change(w.mail, "state = 'sent', sent_at = NULL"),
}


def _is_refused(sql: str, values: list[Any]) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql, values)
            connection.check_constraints()
    except IntegrityError:
        return True
    return False


def test_r17_the_database_refuses_all_of_this() -> None:
    world = build()
    assert [name for name, attack in ATTACKS.items() if not _is_refused(*attack(world))] == []


def test_r17_control_the_same_sql_with_nothing_wrong_is_taken() -> None:
    """What refuses is the constraint and not the way it is tried."""
    world = build()
    assert not _is_refused(*change(world.working, f"school_id = {world.working.school_id}"))
    assert not _is_refused(*again(world.review.standing, user_id=str(make.user().pk)))
    assert Standing.objects.filter(submission=world.in_review, kind="reviewer").count() == 2


def test_every_declared_constraint_is_in_the_database() -> None:
    ours = [model for model in apps.get_models() if model._meta.app_label in OURS]
    missing = [
        f"{model._meta.label}: {constraint.name}"
        for model in ours
        for there in [_constraints_of(model._meta.db_table)]
        for constraint in model._meta.constraints
        if constraint.name not in there
    ]
    assert not missing


def _constraints_of(table: str) -> set[str]:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":  # Django's own reading stops at a backslash in a condition
            cursor.execute("SELECT sql FROM sqlite_master WHERE tbl_name = %s AND sql IS NOT NULL", [table])
            return set(
                re.findall(r'(?:CONSTRAINT|INDEX) "(\w+)"', " ".join(row[0] for row in cursor.fetchall()))
            )
        return set(connection.introspection.get_constraints(cursor, table))


def test_all_migrations_are_applied_and_none_is_missing() -> None:
    executor = MigrationExecutor(connection)
    assert executor.migration_plan(executor.loader.graph.leaf_nodes()) == []
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)
