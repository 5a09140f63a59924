from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "payments"
    verbose_name = "Fees, invoices, earnings"

    def ready(self) -> None:
        from payments import handlers, rules, sections  # noqa: F401, PLC0415 - they register themselves
