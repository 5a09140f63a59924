"""R09: a transaction that is rolled back asks for no task, whichever task it is."""

from contextlib import suppress
from typing import Any
from unittest.mock import patch

import pytest
from django.db import transaction

from psqm_portal.celery import PortalTask, app

pytestmark = pytest.mark.django_db(transaction=True)


def ours() -> list[Any]:
    app.loader.import_default_modules()
    return [task for name, task in sorted(app.tasks.items()) if not name.startswith(("celery.", "tests."))]


class Undone(Exception):
    pass


def asked(how: str, *, undo: bool) -> int:
    """How many tasks the broker was asked for when every one of ours was, in one transaction."""
    with patch.object(PortalTask, "apply_async") as broker:
        with suppress(Undone), transaction.atomic():
            for task in ours():
                getattr(task, how)(1)
            if undo:
                raise Undone
        return broker.call_count


def test_r09_raising_inside_atomic_asks_for_nothing() -> None:
    assert len(ours()) > 10
    assert asked("delay_on_commit", undo=True) == 0
    assert asked("delay_on_commit", undo=False) == len(ours())


def test_r09_control_a_plain_delay_would_have_asked() -> None:
    assert asked("delay", undo=True) == len(ours())
