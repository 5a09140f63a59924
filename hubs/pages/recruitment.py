"""Whom a hub can ask, whom it asked, and what became of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Case, Count, F, IntegerField, Q, QuerySet, Value, When

from hubs.domain.recruitment import askable, season_of
from hubs.models import Hub, HubRound, MailOut, OptOut, Prospect
from hubs.slots import with_awards
from psqm_portal.core.clock import london_day
from psqm_portal.core.templatetags.portal import short_date
from rounds.models import Round
from schools.distance import METRES_IN_A_MILE, Point, miles_between, point_of_postcode, squared_metres
from schools.models import School
from schools.search import matching

ENDING = timedelta(days=365)
MILES = ("5", "10", "15", "25", "50")
DEFAULT_MILES = "15"
# In the order of the list: what a school's last award says about whom to ask first.
LAPSED, ENDS_SOON, NEVER, CURRENT = range(4)
AWARDS = {
    "lapsed": ("Lapsed", LAPSED),
    "ending": ("Ends within a year", ENDS_SOON),
    "never": ("Never had one", NEVER),
    "current": ("Current", CURRENT),
}


@dataclass(frozen=True, slots=True)
class Found:
    """A school that could be asked. ``why_not``: words where it is on a list already."""

    school: Any
    miles: float | None
    award: str
    kind: str
    why_not: str


def place_of(hub: Hub) -> Point | None:
    if hub.easting is not None and hub.northing is not None:
        return Point(hub.easting, hub.northing)
    return point_of_postcode(hub.postcode) if hub.postcode else None


def found(
    round_: Round, given: Mapping[str, Any], point: Point | None, *, today: date
) -> QuerySet[School] | None:
    """Lapsed awards first, then the nearest. None: nothing is asked that narrows 46,000 schools."""
    words, authority = str(given.get("q") or ""), str(given.get("authority") or "")
    miles = str(given.get("miles") or "") if point else ""
    if not (words or authority or miles):
        return None
    rows: Any = School.objects.all()
    reach = 0
    if point and miles:
        reach = round(float(miles) * METRES_IN_A_MILE)
        # The box first: plain comparisons of two columns.
        rows = rows.filter(
            easting__range=(point.easting - reach, point.easting + reach),
            northing__range=(point.northing - reach, point.northing + reach),
        )
    if authority:
        rows = rows.filter(local_authority__icontains=authority)
    if given.get("phase"):
        rows = rows.filter(phase=given["phase"])
    if words:
        rows = matching(rows, words).order_by()
    rows = _by_award(askable(rows, round_), today)
    if given.get("award"):
        rows = rows.filter(standing=AWARDS[given["award"]][1])
    if not point:
        return rows.order_by("standing", "name", "pk")
    rows = rows.annotate(away=squared_metres(point))
    if miles:
        rows = rows.filter(away__lte=float(reach) ** 2)
    return rows.order_by("standing", F("away").asc(nulls_last=True), "name", "pk")


def _by_award(rows: QuerySet[School], today: date) -> QuerySet[School]:
    standing = Case(
        When(award_until__lt=today, then=Value(LAPSED)),
        When(award_until__lte=today + ENDING, then=Value(ENDS_SOON)),
        When(award_until=None, then=Value(NEVER)),
        default=Value(CURRENT),
        output_field=IntegerField(),
    )
    return with_awards(rows).annotate(standing=standing)


def as_found(schools: Sequence[Any], hub_round: HubRound, point: Point | None) -> list[Found]:
    """One more query, whichever hubs ask them. Nothing is said of another hub's list."""
    season = season_of(hub_round.round)
    asked = dict(
        Prospect.objects.filter(school__in=[one.pk for one in schools], season=season).values_list(
            "school_id", "hub_id"
        )
    )
    return [_found(one, asked.get(one.pk), hub_round.hub_id, point) for one in schools]


def _found(school: Any, asked_by: int | None, hub_id: int, point: Point | None) -> Found:
    why_not = ""
    if asked_by is not None:
        why_not = "On your list" if asked_by == hub_id else "Asked by another hub"
    away = None
    if point and school.easting is not None:
        away = miles_between(point, Point(school.easting, school.northing))
    word, kind = _AWARD_WORDS[school.standing]
    award = f"{school.award_level}, {word} {short_date(school.award_until)}" if school.award_until else word
    return Found(school, away, award, kind, why_not)


_AWARD_WORDS = {
    LAPSED: ("ended", "look"),
    ENDS_SOON: ("ends", "waiting"),
    NEVER: ("No award yet", "todo"),
    CURRENT: ("until", "done"),
}


# The hub's own list ----------------------------------------------------------------------------------


def listed(hub_round: HubRound) -> QuerySet[Prospect]:
    return Prospect.objects.filter(hub=hub_round.hub, round=hub_round.round).select_related(
        "school", "mail_out"
    )


def counts(hub_round: HubRound) -> list[dict[str, Any]]:
    rows = Prospect.objects.filter(hub=hub_round.hub, round=hub_round.round).order_by()
    held = dict(rows.values_list("status").annotate(count=Count("pk")))
    return [
        {"status": status.value, "label": status.label, "number": held.get(status.value, 0)}
        for status in Prospect.Status
    ]


CSV_HEADER = (
    "School", "URN", "Town", "Postcode", "Local authority", "Headteacher", "Email", "State", "Picked",
    "Invited", "How", "Opened", "Answered", "Reason",
)  # fmt: skip


def csv_rows(rows: QuerySet[Prospect], *, with_people: bool) -> Iterator[tuple[Any, ...]]:
    """HQ's viewers get no names and addresses of headteachers."""
    for row in rows.iterator(chunk_size=500):
        school = row.school
        days = [london_day(at) if at else None for at in (row.sent_at, row.opened_at, row.answered_at)]
        yield (
            school.name, school.urn or "", school.town, school.postcode, school.local_authority,
            (row.head_name or school.headteacher_name) if with_people else "",
            row.email if with_people else "", row.get_status_display(),
            london_day(row.picked_at), days[0],
            row.mail_out.get_how_display() if row.mail_out and row.sent_at else "", days[1], days[2],
            row.reason,
        )  # fmt: skip


def mailings(hub_round: HubRound) -> QuerySet[MailOut]:
    rows = MailOut.objects.filter(hub=hub_round.hub, round=hub_round.round)
    return rows.select_related("made_by", "file").annotate(schools=Count("prospects")).order_by("-id")


def opted_out_of(mail_out: MailOut) -> list[str]:
    """Whose letter lies in a finished PDF and mustn't be posted any more."""
    rows = OptOut.objects.filter(school__prospects__mail_out=mail_out)
    return list(rows.order_by("school__name").values_list("school__name", flat=True))


def opt_outs(words: str) -> QuerySet[OptOut]:
    rows = OptOut.objects.select_related("school", "by").order_by("-at", "-pk")
    for word in words.split():
        rows = rows.filter(
            Q(school__name__icontains=word) | Q(school__town__icontains=word) | Q(school__urn=word)
        )
    return rows
