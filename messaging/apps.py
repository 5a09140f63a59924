from django.apps import AppConfig


class MessagingConfig(AppConfig):
    name = "messaging"
    verbose_name = "E-mail records, conversations"

    def ready(self) -> None:
        # They register themselves.
        from messaging import answers, handlers, hooks, mails, queries, rules, talk_mails  # noqa: F401, PLC0415
