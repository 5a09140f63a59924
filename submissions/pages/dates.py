"""A round's dates for one school: which step comes next, and the year as a line with "you are here"."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import OuterRef, Subquery
from django.urls import reverse

from hubs.models import HubRound, TrainingSession
from rounds.models import Audience, Milestone, Step
from submissions.models import Extension, Part, Submission
from submissions.models.submission import Status

OVER = frozenset({Status.WITHDRAWN, Status.DEFERRED, Status.NOT_SUBMITTED})
AFTER_SUBMIT = frozenset(
    {Status.SUBMITTED, Status.IN_REVIEW, Status.REVIEWED, Status.DECIDED, Status.NOTIFIED}
)
WITH_SCHOOL_PLAN = frozenset({Part.Status.DRAFT, Part.Status.RETURNED})


@dataclass(frozen=True, slots=True)
class Facts:
    """What a school's progress along the year rests on."""

    status: str
    audit_complete: bool
    has_level: bool
    plan_status: str

    def done(self, step: str) -> bool | None:
        """Whether the school has done a step; None for steps that only the calendar knows."""
        sent = self.status != Status.ENROLLED
        match step:
            case Step.AUDIT:
                return sent or (self.audit_complete and self.has_level)
            case Step.ACTION_PLAN:
                return sent or self.plan_status not in WITH_SCHOOL_PLAN
            case Step.SEND_FOR_SIGN_OFF:
                return sent
            case Step.SUBMIT:
                return self.status in AFTER_SUBMIT
            case Step.NOTIFY:
                return self.status == Status.NOTIFIED
        return None

    def next_step(self) -> str | None:
        """The first step that somebody still has to take for this school."""
        if self.status in OVER or self.status == Status.NOTIFIED:
            return None
        order = [Step.AUDIT, Step.ACTION_PLAN, Step.SEND_FOR_SIGN_OFF, Step.SUBMIT, Step.NOTIFY]
        return next((step for step in order if not self.done(step)), None)


@dataclass(frozen=True, slots=True)
class Deadline:
    step: str
    label: str
    due_on: date
    extended: bool
    opens_on: date
    # Why the school has a date of its own.
    reason: str = ""
    # The hub's training session that is this step.
    session: int | None = None


class Calendar:
    """School milestones of some rounds, with the submissions' own dates laid over them: two queries."""

    def __init__(self, submissions: Iterable[Submission]) -> None:
        submissions = list(submissions)
        rounds = {submission.round_id for submission in submissions}
        milestones = Milestone.objects.filter(round_id__in=rounds, audience=Audience.SCHOOL).order_by()
        self._milestones = {
            (round_id, step): (label, due_on, opens_on)
            for round_id, step, label, due_on, opens_on in milestones.values_list(
                "round_id", "step", "label", "due_on", "opens_on"
            )
        }
        own = Extension.objects.filter(submission__in=[one.pk for one in submissions]).order_by("id")
        self._own = {
            (submission_id, step): until
            for submission_id, step, until in own.values_list("submission_id", "step", "until")
        }

    def next(self, submission: Submission, facts: Facts) -> Deadline | None:
        step = facts.next_step()
        if step is None or (milestone := self._milestones.get((submission.round_id, step))) is None:
            return None
        label, due_on, opens_on = milestone
        own = self._own.get((submission.pk, step))
        return Deadline(
            step, label, due_on=own or due_on, extended=own not in {None, due_on}, opens_on=opens_on
        )


SESSIONS_ONLY = frozenset({Step.SESSION_2, Step.SESSION_3})
LEFT_OUT = {
    HubRound.Training.DAYS: SESSIONS_ONLY,
    HubRound.Training.SESSIONS: frozenset(),
    HubRound.Training.ONLINE: SESSIONS_ONLY | {Step.TRAINING_1, Step.TRAINING_2},
}


def deadlines_of(submission: Submission) -> list[Deadline]:
    """One school's year in one query: its own dates, and the training that its hub holds, on its days."""
    mine = HubRound.objects.filter(hub=submission.hub_id, round=submission.round_id)
    held = TrainingSession.objects.filter(hub_round__in=mine, step=OuterRef("step"), called_off_at=None)
    own = Extension.objects.filter(submission=submission.pk, step=OuterRef("step")).order_by("-id")
    rows = Milestone.objects.filter(round=submission.round_id, audience=Audience.SCHOOL).annotate(
        own_date=Subquery(own.values("until")[:1]),
        own_reason=Subquery(own.values("reason")[:1]),
        held_on=Subquery(held.values("held_on")[:1]),
        session=Subquery(held.values("pk")[:1]),
        training=Subquery(mine.values("training")[:1]),
    )
    deadlines = [
        Deadline(
            step=row.step,
            label=row.label,
            due_on=row.own_date or row.held_on or row.due_on,
            extended=row.own_date not in {None, row.due_on},
            opens_on=row.opens_on,
            reason=row.own_reason or "",
            session=row.session,
        )
        for row in rows
        if row.step not in LEFT_OUT.get(row.training, frozenset())
    ]
    return sorted(deadlines, key=lambda row: row.due_on)


def year_line(
    deadlines: Iterable[Deadline], facts: Facts, *, today: date, submission_id: int
) -> list[dict[str, Any]]:
    """Steps for ``<c-year-line>``: done, late, now (the first that is neither), next."""
    steps: list[dict[str, Any]] = []
    here = facts.status in OVER
    for row in deadlines:
        passed = row.due_on < today
        done = facts.done(row.step)
        if done or (done is None and passed):
            state = "done"
        elif passed and facts.status not in OVER:
            state = "late"
        elif not here:
            state, here = "now", True
        else:
            state = "next"
        steps.append(
            {
                "label": row.label + (" (your own date)" if row.extended else ""),
                "date": row.due_on,
                "state": state,
                "url": _page(row, submission_id),
            }
        )
    return steps


def _page(row: Deadline, submission_id: int) -> str:
    links = {
        Step.AUDIT: "submission_audit",
        Step.ACTION_PLAN: "action_plan",
        Step.SEND_FOR_SIGN_OFF: "sign_off",
        Step.SUBMIT: "submit",
    }
    if row.session is not None:
        return reverse("session_page", args=[row.session])
    return reverse(links[Step(row.step)], args=[submission_id]) if row.step in links else ""
