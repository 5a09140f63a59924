from django.apps import AppConfig


class SubmissionsConfig(AppConfig):
    name = "submissions"
    verbose_name = "The school's work"

    def ready(self) -> None:
        from submissions import (  # noqa: PLC0415 - need the models
            calendar,  # noqa: F401
            case_mails,  # noqa: F401
            case_notices,  # noqa: F401
            duties,  # noqa: F401
            duty_lines,  # noqa: F401
            handlers,  # noqa: F401
            mails,  # noqa: F401
            merging,  # noqa: F401
            notices,  # noqa: F401
            readers,  # noqa: F401
            round_effects,  # noqa: F401
            sections,  # noqa: F401
        )
