"""The checklist of a hub leader, computed from what happened: nothing on it is ticked by hand.

What belongs to a hub in a round comes from here and, by ``slots.duty_lines``, from the apps above; a leader's
own yearly duties (meetings, commitment) go by the school year, 1 September to 31 August
(docs/decisions/0077-duties.md). The same number of queries for one hub and for eighty.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Exists, FilteredRelation, OuterRef, Q, Sum
from django.urls import reverse

from accounts.models import User
from hubs.domain.commitments import RENEWABLE, bound_leaders, commitment_of
from hubs.domain.training import STEPS, name_of
from hubs.models import (
    Attendance,
    HubMembership,
    HubRound,
    LeaderMeeting,
    MentoringEntry,
    Prospect,
    Seat,
    TrainingSession,
)
from hubs.models.training import time_words
from hubs.slots import DutyLine, DutyState, Led, Placed, duty_lines, state_of
from psqm_portal.core.clock import london_day
from psqm_portal.core.roles import Role
from psqm_portal.core.templatetags.portal import and_list, counted, long_date
from rounds.domain.calendar import RUNNING
from rounds.models import Audience, Milestone, Step
from schools.models import SchoolMembership

# In the order of the year, then a leader's own; what HQ's page can be narrowed to.
DUTIES = {
    "schools": "Recruiting schools",
    "training": "Leading training",
    "levels": "Confirming levels",
    "plans": "Answering action plans",
    "feedback": "Giving feedback",
    "mentoring": "Mentoring",
    "deadlines": "Schools’ deadlines",
    "sign_offs": "Signing off",
    "reviews": "Reviewing",
    "issues": "Issues and changes",
    "initial": "Initial training",
    "meetings": "Development meetings",
    "conference": "Yearly conference",
    "commitment": "Commitment for the year",
}
_ORDER = {duty: number for number, duty in enumerate(DUTIES)}
# A school or leader that came late has this long before the first step is late.
GRACE = timedelta(days=28)
NAMED = 5
LEADER = Audience.HUB_LEADER
Kind = LeaderMeeting.Kind


def school_year(day: date) -> tuple[date, date]:
    """First and last day of the school year that a day is in."""
    first = date(day.year if day.month >= 9 else day.year - 1, 9, 1)
    return first, date(first.year + 1, 8, 31)


def named(names: Sequence[str]) -> str:
    """ "Ash, Elm and 3 others"."""
    shown = [*names[:NAMED], counted(len(names) - NAMED, "other")] if len(names) > NAMED else names
    return and_list(shown)


def led(hub_rounds: Iterable[HubRound], members: Iterable[HubMembership] | None = None) -> list[Led]:
    """``hub_rounds`` come with hub and round; ``members``: who leads the hubs, where that is read already.
    Four queries at most.
    """
    rows = list(hub_rounds)
    if members is None:
        hubs = {row.hub_id for row in rows}
        members = HubMembership.objects.current().filter(hub__in=hubs, role=Role.HUB_LEADER.value)
        members = members.select_related("user")
    leaders = {row.hub_id: row for row in members}
    dates: dict[int, dict[tuple[str, str], Milestone]] = defaultdict(dict)
    for one in Milestone.objects.filter(round__in={row.round_id for row in rows}):
        dates[one.round_id][one.step, one.audience] = one
    schools: dict[int, set[int]] = defaultdict(set)
    ever = SchoolMembership.objects.filter(user__in={row.user_id for row in leaders.values()})
    for user, school in ever.values_list("user_id", "school_id"):
        schools[user].add(school)
    places, placed = _places(rows)
    return [
        Led(
            hub_round=row,
            leader=(leader := leaders.get(row.hub_id)),
            dates=dates[row.round_id],
            own_schools=frozenset(schools[leader.user_id]) if leader else frozenset(),
            places=places[row.pk],
            placed=placed[row.pk],
        )
        for row in rows
    ]


def lines_of(rows: Sequence[Led], now: datetime) -> dict[int, list[DutyLine]]:
    """The lines of each hub in its round, by the hub_round's id; also of the apps above."""
    found: dict[int, list[DutyLine]] = {row.hub_round.pk: [] for row in rows}
    for asks in [_recruiting, _training, mentoring, *duty_lines]:
        for pk, lines in asks(rows, now).items():
            found[pk] += lines
    return {pk: sorted(lines, key=lambda line: _ORDER[line.duty]) for pk, lines in found.items()}


def _page(name: str, row: HubRound) -> str:
    return reverse(name, args=[row.hub.slug, row.round.slug])


def _places(rows: Sequence[HubRound]) -> tuple[Mapping[int, int], Mapping[int, list[Placed]]]:
    """By hub_round: how many places there are, and the schools on them by name."""
    places: dict[int, int] = defaultdict(int)
    placed: dict[int, list[Placed]] = defaultdict(list)
    seats = Seat.objects.filter(hub_round__in=[row.pk for row in rows]).order_by(
        "submission__school__name", "pk"
    )
    for pk, school, name, enrolled in seats.values_list(
        "hub_round_id", "submission__school_id", "submission__school__name", "submission__enrolled_at"
    ):
        places[pk] += 1
        if school is not None:
            placed[pk].append(Placed(school, name, london_day(enrolled)))
    return places, placed


def _recruiting(rows: Sequence[Led], now: datetime) -> dict[int, list[DutyLine]]:
    today = london_day(now)
    asked: dict[tuple[int, int], tuple[int, int]] = {
        (hub, round_): (sent, picked)
        for hub, round_, sent, picked in Prospect.objects.filter(
            hub__in={row.hub_round.hub_id for row in rows}, round__in={row.hub_round.round_id for row in rows}
        )
        .order_by()
        .values_list("hub_id", "round_id")
        .annotate(
            sent=Count("pk", filter=Q(sent_at__isnull=False)), picked=Count("pk", filter=Q(sent_at=None))
        )
    }
    found = {}
    for row in rows:
        one = row.hub_round
        step = row.dates.get((Step.RECRUIT, LEADER))
        taken = len(row.placed)
        over = step is not None and step.due_on < today
        state = state_of(
            is_done=taken > 0 and (taken >= row.places or step is None or over),
            due_on=step.due_on if step else None,
            opens_on=step.opens_on if step else None,
            today=today,
        )
        sent, picked = asked.get((one.hub_id, one.round_id), (0, 0))
        said = [counted(sent, "school") + " asked"] if sent else []
        said += [counted(picked, "school") + " picked and not asked yet"] if picked else []
        page = _page("hub_round", one)
        found[one.pk] = [
            DutyLine(
                "schools", "Recruit schools", state, f"{taken} of {counted(row.places, 'place')} taken",
                due_on=step.due_on if step else None, note=", ".join(said), url=page, hq_url=page,
                done=taken, of=row.places,
            )
        ]  # fmt: skip
    return found


def _training(rows: Sequence[Led], now: datetime) -> dict[int, list[DutyLine]]:
    """Led is what has a register. Two days, or four sessions, which count as two days."""
    today = london_day(now)
    sessions: dict[tuple[int, str], TrainingSession] = {
        (one.hub_round_id, one.step): one
        for one in TrainingSession.objects.filter(
            hub_round__in=[row.hub_round.pk for row in rows], called_off_at=None
        ).annotate(was_led=Exists(Attendance.objects.filter(session=OuterRef("pk"))))
    }
    found = {}
    for row in rows:
        one = row.hub_round
        if not (steps := STEPS[one.training]):
            continue
        open_ = [
            step
            for step in steps
            if not ((held := sessions.get((one.pk, step))) and held.was_led)  # type: ignore[attr-defined]
        ]
        nexts = [_next_session(row, step, sessions.get((one.pk, step))) for step in open_]
        due = min((day for day, _, _ in nexts if day is not None), default=None)
        first = next((one for one in nexts if one[0] == due), None)
        number, in_days = len(steps) - len(open_), one.training == HubRound.Training.DAYS
        found[one.pk] = [
            DutyLine(
                "training", "Lead the training, and record who came",
                state_of(
                    is_done=not open_, due_on=due, opens_on=first[1] if first else None, today=today
                ),
                f"{number} of {counted(steps, 'day' if in_days else 'session')}",
                due_on=due, note=first[2] if first else "", url=_page("hub_training", one),
                hq_url=_page("hub_training", one), done=number if in_days else number / 2, of=2,
            )
        ]  # fmt: skip
    return found


def _next_session(row: Led, step: str, held: TrainingSession | None) -> tuple[date | None, date | None, str]:
    """When it is due, from when on, and what is to do for it."""
    name, milestone = name_of(row.hub_round.training, step), row.dates.get((step, LEADER))
    if held is not None:
        return held.held_on, None, f"{name} is on {long_date(held.held_on)}: record who came"
    if milestone is None:
        return None, None, f"{name} has no date yet"
    return milestone.due_on, milestone.opens_on, f"{name} has no date yet"


def mentoring(rows: Sequence[Led], now: datetime) -> dict[int, list[DutyLine]]:
    """Each school has had some time by the day on which action plans are to be reviewed."""
    given: dict[int, dict[int, int]] = defaultdict(dict)
    entries = MentoringEntry.objects.filter(hub_round__in=[row.hub_round.pk for row in rows]).order_by()
    for pk, school, minutes in (
        entries.values("hub_round_id", "school_id")
        .annotate(minutes=Sum("minutes"))
        .values_list("hub_round_id", "school_id", "minutes")
    ):
        given[pk][school] = minutes
    return {row.hub_round.pk: [_mentoring(row, given[row.hub_round.pk], london_day(now))] for row in rows}


def _mentoring(row: Led, times: Mapping[int, int], today: date) -> DutyLine:
    one = row.hub_round
    step = row.dates.get((Step.ACTION_PLAN, LEADER)) or row.dates.get((Step.FINALISE, LEADER))
    schools = [school for school in row.placed if school.school_id not in row.own_schools]
    without = [school for school in schools if not times.get(school.school_id)]
    due = {school: max(step.due_on, school.since + GRACE) for school in without} if step else {}
    late = [school.name for school, day in due.items() if day < today]
    total = sum(times.get(school.school_id, 0) for school in schools)
    hours = f"up to {one.round.mentoring_hours}h each"
    said = f"{time_words(round(total / len(schools)))} a school on average, {hours}" if schools else hours
    if late:
        said += f". No time yet for {named(late)}"
    state = state_of(
        is_done=bool(schools) and not without,
        due_on=min(due.values(), default=None),
        opens_on=None if schools else date.max,
        today=today,
    )
    page = _page("mentoring", one)
    return DutyLine(
        "mentoring", "Mentor each school, and log the time", state,
        f"{len(schools) - len(without)} of {counted(schools, 'school')}",
        due_on=min(due.values(), default=step.due_on if step else None), note=said, url=page, hq_url=page,
        done=len(schools) - len(without), of=len(schools), total=total,
    )  # fmt: skip


# A leader's own -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Own:
    """A leader's yearly duties; ``until`` is the end of the commitment that holds today."""

    lines: list[DutyLine]
    until: date | None


def own_lines(bound: Iterable[HubMembership], needed: Mapping[int, int], now: datetime) -> dict[int, Own]:
    """``bound``: memberships of ``bound_leaders`` (who stands in for a leader has none of these duties).
    ``needed``: a person → how many development meetings a year their rounds ask for. Two queries.
    """
    today = london_day(now)
    began: dict[int, date] = {}
    for row in bound:
        day = london_day(row.started_at)
        began[row.user_id] = min(day, began.get(row.user_id, day))
    signed = commitment_of(began, today)
    # Each meeting with who came to it; those nobody came to once, without a person.
    came: dict[tuple[int | None, str], list[date]] = defaultdict(list)
    meetings: dict[int, tuple[str, date]] = {}
    for pk, kind, day, user in (
        LeaderMeeting.objects.filter(called_off_at=None)
        .annotate(there=FilteredRelation("replies", condition=Q(replies__came=True, replies__user__in=began)))
        .order_by("held_on", "pk")
        .values_list("pk", "kind", "held_on", "there__user")
    ):
        meetings[pk] = kind, day
        came[user, kind].append(day)
    first, last = school_year(today)
    held = [day for kind, day in meetings.values() if kind == Kind.DEVELOPMENT and first <= day <= last]
    found = {}
    for user, since in began.items():
        commitment = signed.get(user)
        until = commitment.until if commitment else None
        leaves = commitment is not None and commitment.not_renewing_at is not None
        found[user] = Own(
            [
                _initial(came[user, Kind.INITIAL], since, today),
                _meetings(came[user, Kind.DEVELOPMENT], needed[user], held, since, today),
                _conference(came[user, Kind.CONFERENCE], today),
                _commitment(until, today, since, leaves=leaves),
            ],
            until,
        )
    return found


def _meeting_line(duty: str, what: str, state: DutyState, figure: str, **more: object) -> DutyLine:
    page = reverse("leader_meetings")
    return DutyLine(duty, what, state, figure, url=page, hq_url=page, **more)  # type: ignore[arg-type]


def _initial(came: Collection[date], began: date, today: date) -> DutyLine:
    due = school_year(began)[1]
    state = state_of(is_done=bool(came), due_on=due, opens_on=None, today=today)
    figure = f"Done on {long_date(min(came))}" if came else "Not yet"
    return _meeting_line(
        "initial", "Come to the initial training, once", state, figure, due_on=due, done=bool(came), of=1
    )


def _meetings(came: Collection[date], need: int, held: Sequence[date], began: date, today: date) -> DutyLine:
    """Late once a meeting of the school year was missed that those still planned can't make up for."""
    first, last = school_year(today)
    attended = [day for day in came if first <= day <= last]
    ahead = [day for day in held if day >= today and day not in attended]
    missed = [day for day in held if began <= day < today and day not in attended]
    state = DutyState.DUE
    if len(attended) >= need:
        state = DutyState.DONE
    elif missed and len(attended) + len(ahead) < need:
        state = DutyState.LATE
    said = f"The next one is on {long_date(ahead[0])}" if ahead else "No other one is planned this year yet"
    if state == DutyState.LATE:
        said = f"Missed on {and_list([long_date(day) for day in missed])}. {said}"
    return _meeting_line(
        "meetings", "Come to the development and quality meetings of the school year", state,
        f"{len(attended)} of {need}", due_on=last, note="" if state == DutyState.DONE else said,
        done=len(attended), of=need,
    )  # fmt: skip


def _conference(came: Collection[date], today: date) -> DutyLine:
    first, last = school_year(today)
    was = any(first <= day <= last for day in came)
    state = DutyState.DONE if was else DutyState.RECOMMENDED
    figure = "Came" if was else "Not this school year"
    return _meeting_line(
        "conference", "Come to the yearly conference", state, figure, due_on=last, done=was, of=1
    )


def _commitment(until: date | None, today: date, began: date, *, leaves: bool) -> DutyLine:
    due = until if until is not None else began + GRACE
    state = state_of(
        is_done=until is not None and (leaves or today < until - RENEWABLE),
        due_on=due,
        opens_on=None,
        today=today,
    )
    note = ""
    if leaves:
        note = "Doesn’t go on after this year"
    elif until is not None and state != DutyState.DONE:
        note = "Sign the next year’s"
    return DutyLine(
        "commitment", "Sign the commitment for a year", state,
        f"Until {long_date(until)}" if until else "Not signed", due_on=due, note=note,
        url=reverse("leader_commitment"), done=until is not None, of=1,
    )  # fmt: skip


# Home -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Next:
    """What a leader's home says: the next lines, each with the hub it is about, and the whole checklists."""

    lines: list[tuple[DutyLine, str]]
    checklists: list[tuple[str, str]]


def next_duties(user: User, now: datetime, most: int = 3) -> Next:
    """Without what home lists by itself: the steps of ``core.registers.duties``, and what is to be signed.

    Eight queries.
    """
    members = list(
        HubMembership.objects.current()
        .filter(user=user, role=Role.HUB_LEADER.value)
        .annotate(is_bound=Q(Exists(bound_leaders().filter(pk=OuterRef("pk")))))
        .select_related("user")
    )
    hub_rounds = HubRound.objects.filter(
        hub__in=[row.hub_id for row in members], round__status__in=RUNNING
    ).select_related("hub", "round")
    rows = led(hub_rounds.order_by("-round__year", "round__season", "hub__name"), members)
    if not rows:
        return Next([], [])
    lines = mentoring(rows, now)
    found = [(line, str(row.hub_round)) for row in rows for line in lines[row.hub_round.pk]]
    needed = max(row.hub_round.round.meetings_a_year for row in rows)
    bound = [row for row in members if row.is_bound]
    found += [(line, "") for own in own_lines(bound, {user.pk: needed}, now).values() for line in own.lines]
    waiting = [
        one
        for one in found
        if one[0].state in {DutyState.LATE, DutyState.DUE} and one[0].duty != "commitment"
    ]
    waiting.sort(key=lambda one: (one[0].state != DutyState.LATE, one[0].due_on or date.max))
    pages = [(str(row.hub_round), _page("hub_checklist", row.hub_round)) for row in rows]
    return Next(waiting[:most], pages)
