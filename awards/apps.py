from django.apps import AppConfig


class AwardsConfig(AppConfig):
    name = "awards"
    verbose_name = "Reviews, decisions, certificates"

    def ready(self) -> None:
        from awards import (  # noqa: PLC0415 - need the models
            calendar,  # noqa: F401
            duties,  # noqa: F401
            duty_lines,  # noqa: F401
            handlers,  # noqa: F401
            mails,  # noqa: F401
            merging,  # noqa: F401
            readers,  # noqa: F401
            recruiting,  # noqa: F401
            rules,  # noqa: F401
            sections,  # noqa: F401
        )
        from awards.domain import moderation  # noqa: F401, PLC0415 - its guard of a decision
