from django.apps import AppConfig


class SchoolsConfig(AppConfig):
    name = "schools"
    verbose_name = "Schools and their members"

    def ready(self) -> None:
        from accounts.registers import holdings, places  # noqa: PLC0415 - models are ready now
        from schools import handlers, rules  # noqa: F401, PLC0415 - they register themselves
        from schools.queries import school_holdings, school_places  # noqa: PLC0415 - models are ready now

        places["school"] = school_places
        holdings.append(school_holdings)
