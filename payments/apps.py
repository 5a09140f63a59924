from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "payments"
    verbose_name = "Fees, invoices, earnings"

    def ready(self) -> None:
        # They register themselves.
        from payments import calendar, effects, handlers, mails, rules, sections  # noqa: F401, PLC0415
