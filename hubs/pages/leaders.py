"""HQ's page of all hub leaders: who leads now, how far each is, and what is missing."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse

from accounts.models import User
from hubs.domain.commitments import bound_leaders
from hubs.models import HubMembership, HubRound, Substitution
from hubs.models.training import time_words
from hubs.pages.checklist import DUTIES, Own, led, lines_of, own_lines
from hubs.slots import DutyLine, DutyState
from psqm_portal.core.clock import london_day
from psqm_portal.core.roles import Role
from psqm_portal.core.templatetags.portal import long_date
from rounds.domain.calendar import RUNNING
from rounds.models import Round

# Where no round of theirs says how many.
MEETINGS = 2


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure of a leader's row, and where the lines are that it is made from."""

    label: str
    words: str
    is_late: bool
    url: str


@dataclass(frozen=True, slots=True)
class OfHub:
    """A hub in a running round, with its lines."""

    hub_round: HubRound
    lines: list[DutyLine]
    is_first: bool

    @property
    def title(self) -> str:
        return str(self.hub_round)

    @property
    def anchor(self) -> str:
        """Addresses lead to a duty's first line; the others have names of their own."""
        return "" if self.is_first else f"{self.hub_round.pk}-"


@dataclass(frozen=True, slots=True)
class Leader:
    user: User
    hubs: list[Any]
    rounds: list[OfHub]
    own: Own | None
    stands_in: str

    @property
    def url(self) -> str:
        return reverse("hub_leader", args=[self.user.pk])

    @property
    def lines(self) -> list[DutyLine]:
        return [*(line for one in self.rounds for line in one.lines), *(self.own.lines if self.own else [])]

    @property
    def late(self) -> list[DutyLine]:
        return [line for line in self.lines if line.state == DutyState.LATE]

    @property
    def late_names(self) -> list[str]:
        return list(dict.fromkeys(DUTIES[line.duty] for line in self.late))

    def of(self, duty: str) -> list[DutyLine]:
        """The lines of a duty; one that a leader has once in a round (reviews) stands there once."""
        if duty != "reviews":
            return [line for line in self.lines if line.duty == duty]
        by_round = {
            one.hub_round.round_id: line for one in self.rounds for line in one.lines if line.duty == duty
        }
        return list(by_round.values())

    def _cell(self, duty: str, words: Callable[[Sequence[DutyLine]], str]) -> Cell:
        lines = self.of(duty)
        pages = {line.hq_url for line in lines}
        return Cell(
            label=COLUMNS[duty],
            words=words(lines) if lines else "",
            is_late=any(line.state == DutyState.LATE for line in lines),
            url=pages.pop() if len(pages) == 1 else f"{self.url}#{duty}",
        )

    @property
    def cells(self) -> list[Cell]:
        return [self._cell(duty, _words(duty)) for duty in COLUMNS]

    @property
    def until(self) -> date | None:
        return self.own.until if self.own else None


COLUMNS = {
    "schools": "Schools",
    "training": "Days led",
    "meetings": "Meetings",
    "reviews": "Reviews",
    "mentoring": "Mentoring",
}


def _number(value: float) -> str:
    return f"{value:g}".replace(".5", "½").replace("0½", "½")


def _words(duty: str) -> Callable[[Sequence[DutyLine]], str]:
    def of(lines: Sequence[DutyLine]) -> str:
        return f"{_number(sum(line.done for line in lines))} of {_number(sum(line.of for line in lines))}"

    def average(lines: Sequence[DutyLine]) -> str:
        schools = sum(line.of for line in lines)
        return f"{time_words(round(sum(line.total for line in lines) / schools))} a school" if schools else ""

    return average if duty == "mentoring" else of


def current() -> QuerySet[HubMembership]:
    """Who leads a hub now; ``is_bound`` unless they stand in for somebody."""
    return (
        HubMembership.objects.current()
        .filter(role=Role.HUB_LEADER.value)
        .annotate(is_bound=Q(Exists(bound_leaders().filter(pk=OuterRef("pk")))))
        .select_related("user", "hub")
        .order_by("user__name", "user_id", "hub__name")
    )


def leaders(members: Iterable[HubMembership], now: datetime, round_: Round | None = None) -> list[Leader]:
    """``members``: of ``current()``; ``round_``: their work in that round alone.

    The same number of queries for one leader and for eighty.
    """
    rows = list(members)
    hub_rounds = HubRound.objects.filter(hub__in=[row.hub_id for row in rows], round__status__in=RUNNING)
    if round_ is not None:
        hub_rounds = hub_rounds.filter(round=round_)
    leds = led(hub_rounds.select_related("hub", "round").order_by("-round__year", "round__season"), rows)
    lines = lines_of(leds, now)
    by_user: dict[int, list[HubMembership]] = defaultdict(list)
    for row in rows:
        by_user[row.user_id].append(row)
    needed = dict.fromkeys(by_user, 0)
    of_hub: dict[int, list[OfHub]] = defaultdict(list)
    for one in leds:
        of_hub[one.hub_round.hub_id].append(OfHub(one.hub_round, lines[one.hub_round.pk], is_first=False))
        if one.leader:
            user = one.leader.user_id
            needed[user] = max(needed[user], one.hub_round.round.meetings_a_year)
    bound = [row for row in rows if row.is_bound]  # type: ignore[attr-defined]  # annotated
    own = own_lines(bound, {user: need or MEETINGS for user, need in needed.items()}, now)
    stands_in = _substitutes([row.hub_id for row in rows])
    return [
        Leader(
            user=its[0].user,
            hubs=[row.hub for row in its],
            rounds=_first_marked([one for row in its for one in of_hub[row.hub_id]]),
            own=own.get(user),
            stands_in="; ".join(words for row in its if (words := stands_in.get(row.hub_id))),
        )
        for user, its in by_user.items()
    ]


def _first_marked(rows: list[OfHub]) -> list[OfHub]:
    return [replace(one, is_first=number == 0) for number, one in enumerate(rows)]


def _substitutes(hubs: Sequence[int]) -> dict[int, str]:
    rows = Substitution.objects.filter(hub__in=hubs, ended_at=None).select_related(
        "leader", "substitute", "invitation"
    )
    found = {}
    for row in rows:
        who = row.substitute or (row.invitation.name if row.invitation else "Somebody")
        found[row.hub_id] = (
            f"Stands in for {row.leader} until {long_date(row.last_day)}"
            if row.began_at
            else f"{who} stands in from {long_date(row.first_day)} to {long_date(row.last_day)}"
        )
    return found


# Narrowing and ordering -----------------------------------------------------------------------------------


def _key(duty: str, one: Leader) -> float:
    lines = one.of(duty)
    if duty == "mentoring":
        schools = sum(line.of for line in lines)
        return sum(line.total for line in lines) / schools if schools else -1
    return sum(line.done for line in lines)


SORTS: dict[str, Callable[[Leader], Any]] = {
    "name": lambda one: one.user.name.casefold(),
    "late": lambda one: len(one.late),
    "until": lambda one: one.until or date.min,
    **{duty: partial(_key, duty) for duty in COLUMNS},
}


def narrowed(rows: Iterable[Leader], chosen: Mapping[str, Any]) -> list[Leader]:
    """``chosen``: q (words), duty (only who is late with it), missing (late with anything), round (in it)."""
    duty = chosen.get("duty")
    words = (chosen.get("q") or "").casefold().split()

    def fits(one: Leader) -> bool:
        late = [line.duty for line in one.late]
        text = " ".join([one.user.name, *(hub.name for hub in one.hubs)]).casefold()
        return (
            (not chosen.get("missing") or bool(late))
            and (not duty or duty in late)
            and (not chosen.get("round") or bool(one.rounds))
            and all(word in text for word in words)
        )

    return [one for one in rows if fits(one)]


def ordered(rows: Iterable[Leader], sort: str) -> list[Leader]:
    """As asked; else who misses most first."""
    by_name = sorted(rows, key=SORTS["name"])
    key = SORTS.get(sort.removeprefix("-"))
    if key is None:
        return sorted(by_name, key=SORTS["late"], reverse=True)
    return sorted(by_name, key=key, reverse=sort.startswith("-"))


# One leader -----------------------------------------------------------------------------------------------


def years_before(user: User) -> list[HubRound]:
    """Rounds that are over of hubs which the person led in that time, the newest first. Two queries."""
    held = [
        (row.hub_id, london_day(row.started_at), london_day(row.ended_at) if row.ended_at else date.max)
        for row in HubMembership.objects.filter(user=user, role=Role.HUB_LEADER.value)
    ]
    rows = (
        HubRound.objects.filter(hub__in={hub for hub, _, _ in held})
        .exclude(round__status="planned")
        .select_related("hub", "round")
        .prefetch_related("round__milestones")
        .order_by("-round__year", "round__season", "hub__name")
    )
    return [row for row in rows if _led_in(row, held)]


def _led_in(row: HubRound, held: Iterable[tuple[int, date, date]]) -> bool:
    days = [day for one in row.round.milestones.all() for day in (one.opens_on, one.due_on)]
    if not days:
        return False
    return any(hub == row.hub_id and began <= max(days) and ended >= min(days) for hub, began, ended in held)
