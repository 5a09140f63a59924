"""What stands on a person's home page and on HQ's board, read across the apps."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum
from django.urls import reverse

from accounts.models import User
from awards.models import Review
from hubs.models import HubMembership
from payments.models import Invoice
from psqm_portal.core.clock import london_day
from psqm_portal.core.registers import Owed, duties
from psqm_portal.core.roles import SCHOOL, Role
from rounds.models import Audience, Milestone, Round
from schools.models import SchoolMembership
from submissions.duties import DUTIES, owing_rows
from submissions.models import LIVE, Part, Submission
from submissions.models.submission import Status
from submissions.pages.parts import counted_open
from submissions.queries import Places, listed_for, visible_to


def _audiences(roles: frozenset[Role]) -> list[Audience]:
    wanted = [
        (Audience.SCHOOL, Role.SUBJECT_LEADER),
        (Audience.HUB_LEADER, Role.HUB_LEADER),
        (Audience.HQ, Role.HQ_ADMIN),
    ]
    return [audience for audience, role in wanted if role in roles]


def milestones_of(user: User, roles: frozenset[Role]) -> list[Milestone]:
    """The milestones of the running rounds that concern a person, the next due first."""
    rows = Milestone.objects.filter(
        audience__in=_audiences(roles), round__status__in=[Round.Status.OPEN, Round.Status.CLOSED]
    )
    if Role.HQ_ADMIN not in roles:
        school = Exists(visible_to(user).filter(round=OuterRef("round_id"), status__in=LIVE))
        hub = Exists(
            HubMembership.objects.current().filter(user=user, hub__hub_rounds__round=OuterRef("round_id"))
        )
        rows = rows.filter(Q(school) | Q(hub))
    return list(rows.select_related("round").order_by("due_on", "opens_on", "id"))


def owed_by(user: User, milestones: list[Milestone], now: datetime) -> list[Owed]:
    """What a person owes now, at steps that have opened; the longest due first."""
    today = london_day(now)
    owed: list[Owed] = []
    for milestone in milestones:
        asks = duties.get((milestone.step, milestone.audience))
        if asks is not None and milestone.opens_on <= today:
            owed += asks(milestone, now, user)
    return sorted(owed, key=lambda step: (step.due_on, step.title))


def parts_waiting(user: User, roles: frozenset[Role]) -> QuerySet[Part]:
    """Parts whose turn is this person's: returned ones for the school, sent ones for the hub leader.

    The action plan is left out: its milestone says it already.
    """
    mine = Q(pk__in=[])
    if Role.SUBJECT_LEADER in roles:
        at_school = SchoolMembership.objects.current().filter(
            user=user, role=Role.SUBJECT_LEADER.value, school_id=OuterRef("submission__school_id")
        )
        mine |= Q(Exists(at_school), status=Part.Status.RETURNED, submission__status=Status.ENROLLED)
    if Role.HUB_LEADER in roles:
        leads = HubMembership.objects.current().filter(
            user=user, role=Role.HUB_LEADER.value, hub_id=OuterRef("submission__hub_id")
        )
        mine |= Q(
            Exists(leads),
            status=Part.Status.SENT,
            submission__status__in=[Status.ENROLLED, Status.WITH_HUB],
            submission__in=visible_to(user).values("pk"),
        )
    return (
        Part.objects.filter(mine)
        .exclude(kind=Part.Kind.ACTION_PLAN)
        .select_related("submission__school")
        .order_by("sent_at", "position")
    )


def own_submissions(user: User) -> QuerySet[Submission]:
    """A school person's submissions, newest first, with the parts that are done and open comments counted.

    Show a row's stage by ``shown_status``: a school mustn't see that an outcome is reached.
    """
    at_school = SchoolMembership.objects.current().filter(
        user=user, school_id=OuterRef("school_id"), role__in=[role.value for role in SCHOOL]
    )
    required = Q(parts__is_required=True)
    return (
        Submission.objects.filter(Exists(at_school))
        .select_related("school", "round", "hub", "target_level")
        .annotate(
            parts_all=Count("parts", filter=required),
            parts_done=Count("parts", filter=required & Q(parts__status=Part.Status.SIGNED_OFF)),
            asked=counted_open(submission=OuterRef("pk")),
        )
        .order_by("-enrolled_at", "-id")
    )


@dataclass(frozen=True, slots=True)
class HubCard:
    """A hub in a running round as its leader or mentor sees it at a glance."""

    title: str
    url: str
    schools: int
    with_hub: int


def hub_cards(user: User) -> list[HubCard]:
    rows = (
        visible_to(user)
        .filter(
            Exists(HubMembership.objects.current().filter(user=user, hub_id=OuterRef("hub_id"))),
            round__status__in=[Round.Status.OPEN, Round.Status.CLOSED],
            status__in=[*LIVE, Status.NOT_SUBMITTED],
        )
        .values("hub__name", "hub__slug", "round__name", "round__slug")
        .annotate(schools=Count("pk"), with_hub=Count("pk", filter=Q(status=Status.WITH_HUB)))
        .order_by("hub__name", "-round__year", "round__season")
    )
    return [
        HubCard(
            title=f"{row['hub__name']}, {row['round__name']}",
            url=reverse("hub_round", args=[row["hub__slug"], row["round__slug"]]),
            schools=row["schools"],
            with_hub=row["with_hub"],
        )
        for row in rows
    ]


# The stages of the board, in the order of the year.
STAGES = [
    Status.ENROLLED,
    Status.WITH_HUB,
    Status.SIGNED_OFF,
    Status.SUBMITTED,
    Status.IN_REVIEW,
    Status.REVIEWED,
    Status.DECIDED,
    Status.NOTIFIED,
    Status.NOT_SUBMITTED,
    Status.WITHDRAWN,
    Status.DEFERRED,
]


@dataclass(slots=True)
class HubRow:
    """One hub's numbers, one per stage."""

    name: str
    slug: str
    pk: int
    counts: list[int]

    @property
    def total(self) -> int:
        return sum(self.counts)


def stages_by_hub(round_: Round, who: User | Places) -> list[HubRow]:
    """Hubs as rows, stages as columns: one query."""
    rows: dict[int, HubRow] = {}
    column = {status.value: index for index, status in enumerate(STAGES)}
    counted = (
        listed_for(who)
        .filter(round=round_)
        .values("hub_id", "hub__name", "hub__slug", "status")
        .annotate(schools=Count("pk"))
        .order_by("hub__name")
    )
    for row in counted:
        hub = rows.setdefault(
            row["hub_id"], HubRow(row["hub__name"], row["hub__slug"], row["hub_id"], [0] * len(STAGES))
        )
        hub.counts[column[row["status"]]] = row["schools"]
    return list(rows.values())


@dataclass(frozen=True, slots=True)
class Late:
    """How many submissions owe a step whose day is over, and whose turn it is."""

    label: str
    whose: str
    number: int


def late_steps(round_: Round, today: date) -> list[Late]:
    """Each submission by its own date, an extension counted: one query, and one for the milestones."""
    passed = {
        (row.step, row.audience): row for row in Milestone.objects.filter(round=round_, due_on__lt=today)
    }
    late = [duty for duty in DUTIES if (duty.step, duty.audience) in passed]
    if not late:
        return []
    rows = Submission.objects.filter(round=round_)
    counts = rows.aggregate(
        **{
            f"late{number}": Count(
                "pk",
                filter=Q(
                    pk__in=owing_rows(duty, rows)
                    .filter(Q(own_date=None) | Q(own_date__lt=today))
                    .values("pk")
                ),
            )
            for number, duty in enumerate(late)
        }
    )
    return [
        Late(passed[duty.step, duty.audience].label, Audience(duty.audience).label, counts[f"late{number}"])
        for number, duty in enumerate(late)
        if counts[f"late{number}"]
    ]


def reviews_outstanding(round_: Round) -> int:
    return Review.objects.filter(standing__submission__round=round_, status=Review.Status.ASSIGNED).count()


def money_outstanding(round_: Round) -> dict[str, Any]:
    """What schools still owe for a round: amount and number of invoices."""
    sums = Invoice.objects.filter(submission__round=round_, status=Invoice.Status.ISSUED).aggregate(
        amount=Sum(F("total") - F("paid")), invoices=Count("pk")
    )
    return {"amount": sums["amount"] or Decimal(0), "invoices": sums["invoices"]}
