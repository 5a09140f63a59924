"""What later apps know about hubs' pages: submissions fill the school table, payments the fee."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from django.db.models import CharField, DateField, QuerySet, Value

from hubs.models import HubMembership, HubRound
from rounds.models import Milestone, Round
from schools.models import School

# (request, hub_round) -> (template, its context); the page includes each with that context as ``section``.
HubRoundSection = Callable[[Any, HubRound], tuple[str, dict[str, Any]]]
# (round, school or None) -> what the school would pay in pounds before VAT; None while it isn't set.
FeeOfRound = Callable[[Round, School | None], Decimal | None]

# Schools -> the same, each with ``award_until`` (a day, or None) and ``award_level`` of its last award.
AwardHistory = Callable[[QuerySet[School]], QuerySet[School]]


@dataclass(frozen=True, slots=True)
class FeeTerms:
    """What a school pays, in pounds before VAT, as far as HQ has set it.

    ``amount`` is this school's (without one: most schools'); ``gross`` with VAT, of which ``vat`` says a
    sentence. ``small`` is for schools of up to ``small_pupils``, where they pay another amount.
    """

    amount: Decimal | None = None
    gross: Decimal | None = None
    vat: str = ""
    small: Decimal | None = None
    small_pupils: int = 0
    is_small: bool = False


# (round, school or None) -> the same with what else there is to say of it.
TermsOfRound = Callable[[Round, School | None], FeeTerms]

hub_round_sections: list[HubRoundSection] = []


@dataclass(frozen=True, slots=True)
class SchoolLine:
    """A school of a hub in a round, for who takes the hub over: its stage, and what comes next by whom."""

    school: School
    url: str
    stage: str
    owed: str
    due_on: date | None
    last_message_at: datetime | None


# (request, hub rounds) -> their schools by the hub round's number: those this person may read, by name, in a
# fixed number of queries.
SchoolLines = Callable[[Any, Sequence[HubRound]], Mapping[int, Sequence[SchoolLine]]]

school_lines: list[SchoolLines] = []
fee_of_round: list[FeeOfRound] = []
terms_of_round: list[TermsOfRound] = []
award_history: list[AwardHistory] = []


class DutyState(StrEnum):
    """How a duty of a hub leader stands; it is made from what happened and never ticked by hand."""

    DONE = "done"
    DUE = "due"
    LATE = "late"
    AHEAD = "ahead"
    RECOMMENDED = "recommended"
    AS_NEEDED = "as_needed"

    @property
    def word(self) -> str:
        return _STATES[self][0]

    @property
    def kind(self) -> str:
        """Of its tag: never a colour alone."""
        return _STATES[self][1]


_STATES = {
    DutyState.DONE: ("Done", "done"),
    DutyState.DUE: ("To do", "todo"),
    DutyState.LATE: ("Late", "wrong"),
    DutyState.AHEAD: ("Later", "off"),
    DutyState.RECOMMENDED: ("Recommended", "look"),
    DutyState.AS_NEEDED: ("When needed", "off"),
}


@dataclass(frozen=True, slots=True)
class DutyLine:
    """One line of the checklist. ``done`` of ``of`` is what ``figure`` says in words; ``total`` is minutes.

    ``url`` is where the hub's people do it, ``hq_url`` where HQ (viewers too) looks at it.
    """

    duty: str
    what: str
    state: DutyState
    figure: str = ""
    due_on: date | None = None
    note: str = ""
    url: str = ""
    hq_url: str = ""
    done: float = 0
    of: float = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class Placed:
    """A school on a place, and since when."""

    school_id: int
    name: str
    since: date


@dataclass(frozen=True, slots=True)
class Led:
    """A hub in a round with who leads it now. ``dates`` by (step, audience); ``own_schools`` are those where
    the leader is or was, who is nothing to their work.
    """

    hub_round: HubRound
    leader: HubMembership | None
    dates: Mapping[tuple[str, str], Milestone]
    own_schools: frozenset[int]
    places: int
    placed: Sequence[Placed]


def state_of(*, is_done: bool, due_on: date | None, opens_on: date | None, today: date) -> DutyState:
    if is_done:
        return DutyState.DONE
    if due_on is not None and due_on < today:
        return DutyState.LATE
    return DutyState.AHEAD if opens_on is not None and opens_on > today else DutyState.DUE


# (hubs in rounds, now) -> the lines of each by its hub_round's id, in constant queries.
DutyLines = Callable[[Sequence[Led], datetime], Mapping[int, list[DutyLine]]]

duty_lines: list[DutyLines] = []


@dataclass(frozen=True, slots=True)
class Contact:
    """When somebody of the hub last wrote to a school, and the conversation."""

    at: datetime | None
    url: str


# hub_round -> school's id -> the last contact through the portal.
contacts: list[Callable[[HubRound], Mapping[int, Contact]]] = []


def fee(round_: Round, school: School | None) -> Decimal | None:
    """The first answer there is."""
    for asks in fee_of_round:
        if (amount := asks(round_, school)) is not None:
            return amount
    return None


def fee_terms(round_: Round, school: School | None) -> FeeTerms:
    """Without an app that knows terms, the bare fee."""
    for asks in terms_of_round:
        return asks(round_, school)
    return FeeTerms(amount=fee(round_, school))


def with_awards(rows: QuerySet[School]) -> QuerySet[School]:
    """Without an app that knows awards, no school had one."""
    if not award_history:
        return rows.annotate(
            award_until=Value(None, output_field=DateField()), award_level=Value("", output_field=CharField())
        )
    for adds in award_history:
        rows = adds(rows)
    return rows


class LeaderPay(NamedTuple):
    """What a hub leader earns, in pounds: for a school, a review, a reaccreditation."""

    school: Decimal
    review: Decimal
    reaccreditation: Decimal


leader_pay: list[Callable[[], LeaderPay | None]] = []


def pay_of_leaders() -> LeaderPay | None:
    """The first answer there is; None where nobody knows amounts."""
    return next((pay for asks in leader_pay if (pay := asks()) is not None), None)
