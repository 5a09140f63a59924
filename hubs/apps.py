from django.apps import AppConfig


class HubsConfig(AppConfig):
    name = "hubs"
    verbose_name = "Hubs, leaders, places, registrations"

    def ready(self) -> None:
        from hubs import (  # noqa: F401, PLC0415 - they need the models
            announcing,
            calendar,
            duties,
            handlers,
            mails,
            merging,
            readers,
            recruiting,
            registrars,
            round_effects,
            rules,
            sections,
            talk,
            training_files,
            training_handlers,
        )
