"""Running one thing in many threads at the same moment, each with a database connection of its own."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier, current_thread, main_thread
from typing import Any
from unittest.mock import patch

from django.db import connection

from psqm_portal.core.machine import Machine

PATIENCE = 60  # seconds; a busy machine is no reason for a control to fail


def at_once(attempts: Sequence[Callable[[], Any]]) -> list[Any]:
    """Start all attempts together; returns what each gave back or raised, in their order.

    Only for tests with ``transaction=True``: other connections must see what the test made.
    """
    barrier = Barrier(len(attempts))

    def run(attempt: Callable[[], Any]) -> Any:
        try:
            barrier.wait(timeout=PATIENCE)
            return attempt()
        except Exception as raised:  # noqa: BLE001 - the caller looks at what was raised
            return raised
        finally:
            connection.close()

    with ThreadPoolExecutor(len(attempts)) as pool:
        return list(pool.map(run, attempts))


@contextmanager
def machines_unlocked(threads: int) -> Iterator[None]:
    """For controls: rows are read without a lock, and all threads read before any of them writes."""
    together, load = Barrier(threads), Machine._load

    def load_together(self: Machine, subject: Any) -> Any:
        row = load(self, subject)
        if current_thread() is not main_thread():
            together.wait(timeout=PATIENCE)
        return row

    with patch.object(Machine, "locking", new=False), patch.object(Machine, "_load", load_together):
        yield
