"""Running one thing in many threads at the same moment, each with a database connection of its own."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.db import connection


def at_once(attempts: Sequence[Callable[[], Any]]) -> list[Any]:
    """Start all attempts together; returns what each gave back or raised, in their order.

    Only for tests with ``transaction=True``: other connections must see what the test made.
    """
    barrier = Barrier(len(attempts))

    def run(attempt: Callable[[], Any]) -> Any:
        try:
            barrier.wait(timeout=30)
            return attempt()
        except Exception as raised:  # noqa: BLE001 - the caller looks at what was raised
            return raised
        finally:
            connection.close()

    with ThreadPoolExecutor(len(attempts)) as pool:
        return list(pool.map(run, attempts))
