from django.apps import AppConfig


class BoardConfig(AppConfig):
    name = "psqm_portal.board"
    label = "board"
    verbose_name = "HQ's board"

    def ready(self) -> None:
        from psqm_portal.board import rules, sections  # noqa: F401, PLC0415 - it needs the models
