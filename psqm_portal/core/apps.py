from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "psqm_portal.core"
    label = "core"
    verbose_name = "What every app shares"
