from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate


class CoreConfig(AppConfig):
    name = "psqm_portal.core"
    label = "core"
    verbose_name = "What every app shares"

    def ready(self) -> None:
        from psqm_portal.core import admin_logged, handlers  # noqa: F401, PLC0415 - they need the models

        post_migrate.connect(_guard_history, sender=self)


def _guard_history(using: str, **_: Any) -> None:
    from psqm_portal.core import append_only  # noqa: PLC0415 - only where tables are made

    append_only.install(connections[using])
