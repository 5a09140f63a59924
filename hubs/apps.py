from django.apps import AppConfig


class HubsConfig(AppConfig):
    name = "hubs"
    verbose_name = "Hubs, leaders, places, registrations"

    def ready(self) -> None:
        from hubs import handlers  # noqa: F401, PLC0415 - needs the models
