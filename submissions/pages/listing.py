"""The list of submissions: one row per school, ready to print, in constant queries."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from accounts.models import User
from hubs.models import HubMembership
from psqm_portal.core.roles import Role
from schools.models import SchoolMembership
from submissions.models import AuditEntry, Part, Submission
from submissions.models.submission import Status
from submissions.pages.dates import Calendar, Deadline, Facts
from submissions.pages.sight import SIDE_NAMES, TURN
from submissions.queries import visible_to


def _stages(hidden: frozenset[Status]) -> Case:
    """The year's order; hidden stages stand with "in review", so that an order doesn't tell them apart."""
    order = list(Status)
    at = {one: order.index(Status.IN_REVIEW if one in hidden else one) for one in order}
    return Case(
        *(When(status=status, then=Value(number)) for status, number in at.items()),
        default=Value(99),
        output_field=IntegerField(),
    )


# What ?sort= may name, and the columns it orders by.
SORTS: dict[str, list[Any]] = {
    "school": ["school__name"],
    "hub": ["hub__name", "school__name"],
    "round": ["round__year", "round__season", "school__name"],
    "level": ["target_level__rank", "school__name"],
    "parts": ["parts_signed", "school__name"],
}
HIDDEN = frozenset({Status.REVIEWED, Status.DECIDED})


@dataclass(frozen=True, slots=True)
class Row:
    submission: Any
    status: str
    deadline: Deadline | None
    turn: str
    opens: bool
    is_late: bool


def with_facts(rows: QuerySet[Submission], person: User) -> QuerySet[Submission]:
    """Annotates what a row shows: parts signed off and in all, the plan's status, what waits with whom."""
    required = (
        Part.objects.filter(submission=OuterRef("pk"), is_required=True).order_by().values("submission")
    )
    plan = Part.objects.filter(submission=OuterRef("pk"), kind=Part.Kind.ACTION_PLAN)
    mine = SchoolMembership.objects.filter(user=person, school_id=OuterRef("school_id"))
    led = HubMembership.objects.current().filter(
        user=person, hub_id=OuterRef("hub_id"), role=Role.HUB_LEADER.value
    )
    return rows.annotate(
        parts_required=Coalesce(Subquery(required.annotate(n=Count("pk")).values("n")), 0),
        parts_signed=Coalesce(
            Subquery(required.filter(status=Part.Status.SIGNED_OFF).annotate(n=Count("pk")).values("n")), 0
        ),
        plan_status=Subquery(plan.values("status")[:1]),
        audit_open=Exists(AuditEntry.objects.filter(submission=OuterRef("pk"), rating=None)),
        has_sent=Exists(Part.objects.filter(submission=OuterRef("pk"), status=Part.Status.SENT)),
        is_mine=Exists(mine.filter(ended_at=None, role=Role.SUBJECT_LEADER.value)),
        is_led=Exists(led) & ~Exists(mine),
        is_open_to_person=Exists(visible_to(person).filter(pk=OuterRef("pk"))),
    )


def order(rows: QuerySet[Submission], sort: str, *, knows: bool) -> QuerySet[Submission]:
    stages = {"status": [_stages(frozenset() if knows else HIDDEN), "school__name"]}
    columns = (SORTS | stages).get(sort.removeprefix("-"))
    if columns is None:
        return rows.order_by("-round__year", "round__season", "school__name", "pk")
    first, *rest = [F(column) if isinstance(column, str) else column for column in columns]
    down = sort.startswith("-")
    return rows.order_by(first.desc(nulls_last=True) if down else first.asc(nulls_last=True), *rest, "pk")


def with_status(rows: QuerySet[Submission], status: str, *, knows: bool) -> QuerySet[Submission]:
    """Who doesn't know before release finds reviewed and decided ones under "in review"."""
    if status == Status.IN_REVIEW and not knows:
        return rows.filter(status__in=[Status.IN_REVIEW, Status.REVIEWED, Status.DECIDED])
    return rows.filter(status=status) if status else rows


def search(rows: QuerySet[Submission], words: str) -> QuerySet[Submission]:
    for word in words.split():
        rows = rows.filter(
            Q(school__name__icontains=word) | Q(school__town__icontains=word) | Q(school__urn=word)
        )
    return rows


def rows_for(page: Iterable[Any], *, knows: bool, today: date) -> list[Row]:
    """Rows of submissions that came ``with_facts``; ``knows``: sees reviewed and decided. Two queries."""
    submissions = list(page)
    calendar = Calendar(submissions)
    rows = []
    for one in submissions:
        hidden = not knows and one.status in HIDDEN
        status = Status.IN_REVIEW.value if hidden else one.status
        facts = Facts(
            status=status,
            audit_complete=not one.audit_open,
            has_level=bool(one.target_level_id or one.proposed_level_id),
            plan_status=one.plan_status,
        )
        deadline = calendar.next(one, facts)
        late = deadline is not None and deadline.due_on < today
        rows.append(Row(one, status, deadline, turn_of(one, status), one.is_open_to_person, late))
    return rows


def turn_of(one: Any, status: str) -> str:
    side = TURN.get(Status(status), "")
    hub = "You" if one.is_led else "Hub leader"
    school = "You" if one.is_mine else "School"
    if status == Status.ENROLLED and (one.proposed_level_id or one.has_sent):
        return "You" if "You" in {hub, school} else f"{school} and {hub.lower()}"
    words = {"school": school, "hub": hub}
    return words.get(
        side, SIDE_NAMES.get(side, "").removeprefix("The ").capitalize() if side != "hq" else "HQ"
    )
