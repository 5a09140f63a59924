"""The list of submissions: one row per school, ready to print, in constant queries.

Finding and ordering go over ids; what a row shows is asked for the rows of one page.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Case, Count, F, IntegerField, Max, OuterRef, Q, QuerySet, Subquery, Value, When

from psqm_portal.core.roles import Role
from submissions.models import AuditEntry, Part, Submission
from submissions.models.submission import Status
from submissions.pages.dates import Calendar, Deadline, Facts
from submissions.pages.sight import SIDE_NAMES, TURN
from submissions.queries import READERS, Places


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
_SIGNED = Count("pk", filter=Q(is_required=True, status=Part.Status.SIGNED_OFF))
# What a row shows of the tables around it.
_SHOWN = ["school__name", "round__name", "hub__name", "target_level__name", "proposed_level__name"]


@dataclass(frozen=True, slots=True)
class Row:
    submission: Submission
    status: str
    facts: Facts
    signed_off: str
    deadline: Deadline | None
    turn: str
    opens: bool
    is_late: bool


def order(rows: QuerySet[Submission], sort: str, *, knows: bool) -> QuerySet[Submission]:
    stages = {"status": [_stages(frozenset() if knows else HIDDEN), "school__name"]}
    if sort.removeprefix("-") == "parts":
        parts = Part.objects.filter(submission=OuterRef("pk")).order_by().values("submission")
        rows = rows.annotate(parts_signed=Subquery(parts.annotate(n=_SIGNED).values("n")))
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


def load(pks: Sequence[int]) -> list[Submission]:
    """What one page shows, in this order: to find the order, the database goes through rows of ids alone."""
    rows = Submission.objects.select_related("school", "round", "hub", "target_level", "proposed_level")
    found = rows.only("status", *_SHOWN).in_bulk(pks)
    return [found[pk] for pk in pks]


def rows_for(submissions: Sequence[Submission], places: Places, *, knows: bool, today: date) -> list[Row]:
    """``knows``: sees reviewed and decided. Four queries, however many rows."""
    pks = [one.pk for one in submissions]
    calendar, parts, open_audits = Calendar(submissions), _parts_of(pks), _open_audits(pks)
    rows = []
    for one in submissions:
        hidden = not knows and one.status in HIDDEN
        status = Status.IN_REVIEW.value if hidden else one.status
        its = parts[one.pk]
        facts = Facts(
            status=status,
            audit_complete=one.pk not in open_audits,
            has_level=bool(one.target_level_id or one.proposed_level_id),
            plan_status=its["plan"],
        )
        roles = places.towards(one.school_id, one.hub_id)
        deadline = calendar.next(one, facts)
        rows.append(
            Row(
                submission=one,
                status=status,
                facts=facts,
                signed_off=f"{its['signed']} of {its['required']}",
                deadline=deadline,
                turn=_turn(status, roles, waits_for_hub=bool(one.proposed_level_id or its["sent"])),
                opens=bool(roles & READERS),
                is_late=deadline is not None and deadline.due_on < today,
            )
        )
    return rows


def _parts_of(pks: Iterable[int]) -> dict[int, dict[str, Any]]:
    """By submission: how many parts are required, signed off and sent, and the plan's status."""
    rows = Part.objects.filter(submission__in=pks).order_by().values("submission")
    counted = rows.annotate(
        required=Count("pk", filter=Q(is_required=True)),
        signed=_SIGNED,
        sent=Count("pk", filter=Q(status=Part.Status.SENT)),
        plan=Max("status", filter=Q(kind=Part.Kind.ACTION_PLAN)),
    )
    nothing: dict[str, Any] = {"required": 0, "signed": 0, "sent": 0, "plan": None}
    return dict.fromkeys(pks, nothing) | {row["submission"]: dict(row) for row in counted}


def _open_audits(pks: Iterable[int]) -> set[int]:
    unrated = AuditEntry.objects.filter(submission__in=pks, rating=None).order_by()
    return set(unrated.values_list("submission_id", flat=True))


def _turn(status: str, roles: frozenset[Role], *, waits_for_hub: bool) -> str:
    side = TURN.get(Status(status), "")
    hub = "You" if Role.HUB_LEADER in roles else "Hub leader"
    school = "You" if Role.SUBJECT_LEADER in roles else "School"
    if status == Status.ENROLLED and waits_for_hub:
        return "You" if "You" in {hub, school} else f"{school} and {hub.lower()}"
    words = {"school": school, "hub": hub}
    return words.get(
        side, SIDE_NAMES.get(side, "").removeprefix("The ").capitalize() if side != "hq" else "HQ"
    )
