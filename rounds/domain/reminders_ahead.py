"""The next two weeks of reminders, as things are now."""

from datetime import date, datetime, timedelta

from psqm_portal.core.clock import london_day
from rounds.domain.reminders_due import Due, Rules, plan
from rounds.models import NoSendDay, ReminderRun

DAYS = 14


def sending_days(now: datetime, count: int = DAYS) -> list[date]:
    """The coming days on which reminders may go, of the next ``count``; today until its run is over."""
    today = london_day(now)
    is_over = ReminderRun.objects.filter(day=today, finished_at__isnull=False).exists()
    first = today + timedelta(days=1) if is_over else today
    days = [first + timedelta(days=number) for number in range(count)]
    free = set(NoSendDay.objects.filter(day__in=days).values_list("day", flat=True))
    return [day for day in days if day not in free]


def ahead(now: datetime, *, rules: Rules | None = None) -> list[tuple[date, Due]]:
    """(day, reminder), day by day and person by person; while HQ holds them back, what would go."""
    found = plan(sending_days(now), now, rules=rules)
    return sorted(
        found,
        key=lambda one: (one[0], one[1].person.name, one[1].person.pk, one[1].owed.due_on, one[1].owed.title),
    )
