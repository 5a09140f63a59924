from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "People and how they sign in"

    def ready(self) -> None:
        from accounts import handlers, logged, rules, sessions  # noqa: F401, PLC0415 - they register themselves
        from accounts.queries import hq_holdings  # noqa: PLC0415 - models are ready now
        from accounts.registers import holdings  # noqa: PLC0415 - models are ready now

        holdings.append(hq_holdings)
