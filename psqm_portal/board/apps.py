from django.apps import AppConfig


class BoardConfig(AppConfig):
    name = "psqm_portal.board"
    label = "board"
    verbose_name = "HQ's board"
