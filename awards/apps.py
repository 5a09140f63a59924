from django.apps import AppConfig


class AwardsConfig(AppConfig):
    name = "awards"
    verbose_name = "Reviews, decisions, certificates"

    def ready(self) -> None:
        from awards import calendar, duties, handlers, mails, readers, rules  # noqa: F401, PLC0415 - need the models
