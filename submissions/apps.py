from django.apps import AppConfig


class SubmissionsConfig(AppConfig):
    name = "submissions"
    verbose_name = "The school's work"

    def ready(self) -> None:
        from submissions import duties, handlers, notices, readers, sections  # noqa: F401, PLC0415 - need the models
