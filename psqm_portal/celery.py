"""The worker's application; its settings are Django's, prefixed CELERY_."""

import os
from typing import Any

# Before Celery() is made: without it tasks have no delay_on_commit.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "psqm_portal.settings.production")

from celery import Celery  # noqa: E402 - must follow the settings module above
from celery.contrib.django.task import DjangoTask  # noqa: E402 - as above
from django.db import transaction  # noqa: E402 - as above


class PortalTask(DjangoTask):
    """A task whose asking can't fail a page.

    Where the broker is away, the row that the task is about is saved all the same, the failure is
    logged, and the task's sweep finds the row.
    """

    def delay_on_commit(self, *args: Any, **kwargs: Any) -> None:
        def ask() -> None:  # a name for Django's log, which a partial hasn't
            self.delay(*args, **kwargs)

        transaction.on_commit(ask, robust=True)


app = Celery("psqm_portal", task_cls=PortalTask)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
