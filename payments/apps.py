from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "payments"
    verbose_name = "Fees, invoices, earnings"

    def ready(self) -> None:
        # They register themselves.
        from payments import (  # noqa: PLC0415
            calendar,  # noqa: F401
            effects,  # noqa: F401
            handlers,  # noqa: F401
            mails,  # noqa: F401
            round_effects,  # noqa: F401
            rules,  # noqa: F401
            sections,  # noqa: F401
        )
