from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "psqm_portal.core"
    label = "core"
    verbose_name = "What every app shares"

    def ready(self) -> None:
        from psqm_portal.core import handlers  # noqa: F401, PLC0415 - models have to be there first
