"""The worker's application; its settings are Django's, prefixed CELERY_."""

import os

# Before Celery() is made: without it tasks have no delay_on_commit.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "psqm_portal.settings.production")

from celery import Celery  # noqa: E402 - must follow the settings module above

app = Celery("psqm_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
