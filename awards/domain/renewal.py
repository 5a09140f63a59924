"""Three years on: whose award ends soon, who is told of it, and how a school goes on (decision 0084)."""

import calendar
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import Case, Exists, IntegerField, OuterRef, QuerySet, Value, When
from django.urls import reverse

from accounts.models import User
from awards.models import Award
from hubs.models import OptOut, Registration
from messaging.domain.mail import Letter, write_many
from messaging.models import Email
from psqm_portal.core.clock import london_day
from psqm_portal.core.roles import Role
from schools.models import SchoolMembership
from submissions.models import Submission
from submissions.models.submission import LIVE

# Before an award's last day; each is told once.
MONTHS = (12, 6, 3)
TEMPLATE = "awards/mail/award_ends"
BATCH = 500


def months_after(day: date, months: int) -> date:
    """The same day of a later month, or its last one."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def standing_awards(today: date) -> QuerySet[Award]:
    """Of each open school the valid award that lasts longest."""
    valid = Award.objects.filter(status=Award.Status.CURRENT, valid_until__gte=today)
    same = valid.filter(school=OuterRef("school"))
    later = same.filter(valid_until__gt=OuterRef("valid_until")) | same.filter(
        valid_until=OuterRef("valid_until"), pk__gt=OuterRef("pk")
    )
    return valid.filter(~Exists(later), school__is_open=True)


def ending(today: date) -> QuerySet[Any]:
    """Standing awards within their last year, with ``months`` (the last mark of ``MONTHS`` passed), and
    what became of the school: ``takes_part``, ``has_registered``, ``wants_none``.
    """
    marks = [
        When(valid_until__lte=months_after(today, months), then=Value(months)) for months in sorted(MONTHS)
    ]
    return (
        standing_awards(today)
        .filter(valid_until__lte=months_after(today, max(MONTHS)))
        .annotate(
            months=Case(*marks, output_field=IntegerField()),
            takes_part=Exists(Submission.objects.filter(school=OuterRef("school"), status__in=LIVE)),
            has_registered=Exists(
                Registration.objects.filter(school=OuterRef("school"), status=Registration.Status.WAITING)
            ),
            wants_none=Exists(OptOut.objects.filter(school=OuterRef("school"))),
        )
        .select_related("school", "level")
        .order_by("valid_until", "school_name", "pk")
    )


def to_tell(today: date) -> QuerySet[Award]:
    """Schools that go on already, or want no letters, are left alone."""
    return ending(today).filter(takes_part=False, has_registered=False, wants_none=False)


def readers(awards: Iterable[Award]) -> dict[int, list[User]]:
    """School → its headteacher, or its subject leaders where it has none in the portal. One query."""
    rows = SchoolMembership.objects.current().filter(
        school__in={award.school_id for award in awards},
        role__in=[Role.HEADTEACHER.value, Role.SUBJECT_LEADER.value],
        user__is_active=True,
    )
    heads: dict[int, list[User]] = defaultdict(list)
    others: dict[int, list[User]] = defaultdict(list)
    for row in rows.select_related("user").order_by("user__name", "user_id"):
        (heads if row.role == Role.HEADTEACHER else others)[row.school_id].append(row.user)
    return {**others, **heads}


def key_of(award: Award) -> str:
    return f"award:{award.pk}"


def remind(now: datetime) -> int:
    """Mails each school whose award has passed a mark, once for each mark. Returns how many mails."""
    waiting = list(to_tell(london_day(now)))
    written: Sequence[Email | None] = []
    for start in range(0, len(waiting), BATCH):
        awards = waiting[start : start + BATCH]
        written = [*written, *write_many(_letters(awards), now=now)]
    return sum(email is not None for email in written)


def _letters(awards: Sequence[Award]) -> list[Letter]:
    people = readers(awards)
    letters = {
        f"{key_of(award)}:ends:{award.months}:{person.pk}": (award, person)  # type: ignore[attr-defined]
        for award in awards
        for person in people.get(award.school_id, [])
    }
    known = set(Email.objects.filter(once__in=letters).values_list("once", flat=True))
    return [
        Letter(TEMPLATE, person, {"award": award, "url": url_of(award)}, about=key_of(award), once=once)
        for once, (award, person) in letters.items()
        if once not in known
    ]


def url_of(award: Award) -> str:
    return reverse("award_renew", args=[award.number])


def told(awards: Iterable[Award]) -> dict[int, datetime]:
    """Award → when its school was written to last. One query."""
    keys = {key_of(award): award.pk for award in awards}
    rows = Email.objects.filter(template=TEMPLATE, about__in=keys).order_by("written_at")
    return {keys[about]: at for about, at in rows.values_list("about", "written_at")}
