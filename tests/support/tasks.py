"""Tasks for the tests of the worker helper; a worker gets them with `--include tests.support.tasks`."""

import os
from pathlib import Path

from psqm_portal.celery import app


@app.task
def write_pid(path: str) -> None:
    Path(path).write_text(str(os.getpid()))
