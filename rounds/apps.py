from django.apps import AppConfig


class RoundsConfig(AppConfig):
    name = "rounds"
    verbose_name = "Rounds, milestones, frameworks, reminders"

    def ready(self) -> None:
        from messaging.registers import still_wanted  # noqa: PLC0415 - needs the models
        from rounds import mails, rules  # noqa: F401, PLC0415 - as above
        from rounds.domain import calendar, reminders, reminders_due  # noqa: F401, PLC0415 - as above

        still_wanted[reminders_due.TEMPLATE] = reminders.still_wanted
