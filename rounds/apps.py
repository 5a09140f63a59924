from django.apps import AppConfig


class RoundsConfig(AppConfig):
    name = "rounds"
    verbose_name = "Rounds, milestones, frameworks, reminders"

    def ready(self) -> None:
        from rounds import rules  # noqa: F401, PLC0415 - permissions are registered once models are there
