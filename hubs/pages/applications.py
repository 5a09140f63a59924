"""What the pages of an application show: the applicant's task list, HQ's list and one for HQ."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Prefetch, Q, QuerySet

from accounts.models import User
from accounts.queries import hq_roles
from hubs.domain.application_machine import Judgement, Missing, Status, application_machine, criteria_for
from hubs.domain.applications import may_write
from hubs.models import (
    ApplicationAnswer,
    ApplicationFile,
    CommitmentPoint,
    Hub,
    LeaderApplication,
    LeaderCriterion,
)
from psqm_portal.core.models import HistoryEntry
from psqm_portal.core.roles import Role
from schools.distance import Point, miles_between

NEAREST = 3
# How the history names a move.
DONE = {
    "begin": "Begun",
    "send": "Sent",
    "judge": "Judged {number}: {judgement}",
    "ask_more": "HQ asked for more",
    "answer": "Sent again",
    "accept": "Accepted",
    "decline": "Declined",
    "withdraw": "Withdrawn",
}


def visible_to(user: User) -> QuerySet[LeaderApplication]:
    """For HQ admin, once they were sent: what somebody only begins is theirs alone."""
    rows = LeaderApplication.objects.filter(sent_at__isnull=False)
    return rows if Role.HQ_ADMIN in hq_roles(user) else rows.none()


@dataclass(frozen=True, slots=True)
class Said:
    """One criterion with what the applicant says to it."""

    criterion: LeaderCriterion
    answer: ApplicationAnswer | None
    points: list[CommitmentPoint]
    gaps: list[str]
    is_open: bool

    @property
    def ticked(self) -> set[int]:
        return {point.pk for point in self.answer.ticked.all()} if self.answer and self.points else set()

    @property
    def files(self) -> list[Any]:
        return list(self.answer.files.all()) if self.answer else []

    @property
    def is_begun(self) -> bool:
        answer = self.answer
        return bool(answer and (answer.text or answer.award_level or self.files or self.ticked))

    @property
    def was_asked(self) -> bool:
        """HQ wants more here, or wanted it and it was changed since."""
        return bool(
            self.answer and self.answer.judgement_note and self.answer.judgement in {"", Judgement.MORE}
        )

    @property
    def tag(self) -> tuple[str, str]:
        """The kind and words of a status tag."""
        judgement = self.answer.judgement if self.answer else ""
        if judgement == Judgement.MORE:
            return "look", "We ask for more"
        if judgement == Judgement.MET and not self.is_open:
            return "done", "Nothing to do"
        if not self.gaps:
            return "done", "Done"
        return ("going", "Begun") if self.is_begun else ("todo", "Not begun")


def answers_of(application: LeaderApplication, missing: Iterable[Missing] = ()) -> list[Said]:
    """Every criterion that this person answers; five queries."""
    files = Prefetch("files", ApplicationFile.objects.select_related("file"))
    rows = application.answers.select_related("criterion", "judged_by").prefetch_related("ticked", files)
    answers = {row.criterion_id: row for row in rows}
    points = list(CommitmentPoint.objects.all())
    gaps: dict[int, list[str]] = {}
    for gap in missing:
        if gap.criterion is not None:
            gaps.setdefault(gap.criterion.pk, []).append(gap.says)
    return [
        Said(
            one,
            answers.get(one.pk),
            points if one.has_commitments else [],
            gaps.get(one.pk, []),
            may_write(application, answers.get(one.pk)),
        )
        for one in criteria_for(application)
    ]


def listed(user: User) -> QuerySet[LeaderApplication]:
    return (
        visible_to(user)
        .select_related("school", "hub")
        .annotate(met=Count("answers", filter=Q(answers__judgement=Judgement.MET)))
        .order_by("sent_at", "pk")
    )


def counts_of(user: User) -> dict[str, int]:
    rows = visible_to(user).order_by().values("status").annotate(number=Count("pk"))
    return {row["status"]: row["number"] for row in rows}


def waiting_for(user: User) -> int:
    """How many HQ has to read."""
    return visible_to(user).filter(status=Status.SENT).count()


def matching(rows: QuerySet[LeaderApplication], status: str, words: str) -> QuerySet[LeaderApplication]:
    if status:
        rows = rows.filter(status=status)
    for word in words.split()[:8]:
        rows = rows.filter(
            Q(name__icontains=word)
            | Q(place__icontains=word)
            | Q(postcode__icontains=word)
            | Q(employer__icontains=word)
        )
    return rows


@dataclass(frozen=True, slots=True)
class Near:
    hub: Hub
    miles: float


def nearest_hubs(applications: Collection[LeaderApplication]) -> dict[int, list[Near]]:
    """The nearest hubs that take part, with miles, by application; one query for all."""
    hubs = list(Hub.objects.filter(is_active=True, easting__isnull=False))
    near = {}
    for one in applications:
        if one.easting is None or one.northing is None:
            continue
        here = Point(one.easting, one.northing)
        away = [
            Near(hub, miles_between(here, Point(hub.easting, hub.northing)))  # type: ignore[arg-type]  # asked for
            for hub in hubs
            if hub.pk != one.hub_id
        ]
        near[one.pk] = sorted(away, key=lambda found: found.miles)[:NEAREST]
    return near


def history_of(application: LeaderApplication) -> list[dict[str, Any]]:
    rows = HistoryEntry.objects.filter(machine=application_machine.name, subject_id=application.pk)
    return [
        {
            "label": DONE[row.action].format(number=row.source, judgement=row.target.lower()),
            "at": row.at,
            "by": row.by,
            "reason": row.reason,
        }
        for row in rows.select_related("by")
    ]
