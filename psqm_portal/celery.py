"""The worker's application; its settings are Django's, prefixed CELERY_."""

import os
from typing import Any

# Before Celery() is made: without it tasks have no delay_on_commit.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "psqm_portal.settings.production")

from celery import Celery
from celery.contrib.django.task import DjangoTask
from django.db import transaction


class PortalTask(DjangoTask):
    """A task whose asking can't fail a page.

    Where the broker is away, the row that the task is about is saved all the same, the failure is
    logged, and the task's sweep finds the row.
    """

    def delay_on_commit(self, *args: Any, **kwargs: Any) -> None:  # type: ignore[override]  # nor does Celery's
        def ask() -> None:  # a name for Django's log, which a partial hasn't
            self.delay(*args, **kwargs)

        transaction.on_commit(ask, robust=True)


app = Celery("psqm_portal", task_cls=PortalTask)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
