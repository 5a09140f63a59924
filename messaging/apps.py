from django.apps import AppConfig


class MessagingConfig(AppConfig):
    name = "messaging"
    verbose_name = "E-mail records, conversations"

    def ready(self) -> None:
        from messaging import handlers, mails, queries, rules  # noqa: F401, PLC0415 - they register themselves
