"""What pages show of one school's own dates, and of requests for them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from django.db.models import Exists, OuterRef, QuerySet

from psqm_portal.core.clock import long_day
from psqm_portal.core.roles import HUB, Role
from rounds.models import Audience, Milestone, Step
from submissions.domain.later_date import ANSWERS, ONE_CLICK, STEPS, OwnDate, sending_along
from submissions.domain.machine import submission_machine
from submissions.models import ExtensionRequest, Part, Submission
from submissions.pages.sight import Sight
from submissions.queries import Places, hub_people, school_people

EXTENDS = submission_machine.moves["extend"].sources


class Dated(Protocol):
    @property
    def step(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def due_on(self) -> date: ...


@dataclass(frozen=True, slots=True)
class OneClick:
    """What a hub leader asks for with one click: the next open step, two weeks later."""

    step: Step
    label: str
    until: date


def requests_visible_to(places: Places) -> QuerySet[ExtensionRequest]:
    """All for HQ's admins; a hub's leader and mentors see their schools'."""
    rows = ExtensionRequest.objects.select_related(
        "submission__school", "submission__round", "submission__hub", "asked_by", "answered_by", "extension"
    )
    if Role.HQ_ADMIN in places.hq:
        return rows
    hubs = {hub for hub, role in places.hubs if role in HUB}
    return rows.filter(submission__hub__in=hubs).exclude(submission__school__in=places.known_schools)


def with_request(rows: QuerySet[Submission]) -> QuerySet[Submission]:
    """Annotates ``asks_for_time``: a request of the hub leader waits for HQ."""
    waiting = ExtensionRequest.objects.filter(submission=OuterRef("pk"), answered_at=None)
    return rows.annotate(asks_for_time=Exists(waiting))


def one_click(
    submission: Submission, next_step: str | None, dates: Iterable[Dated], today: date
) -> OneClick | None:
    """None where the step that comes next isn't the school's to take, or the school has submitted.

    An earlier step never goes beyond the day to submit; where it is there already, that day is asked for.
    """
    rows = {row.step: row for row in dates if row.step in STEPS}
    if submission.status not in EXTENDS or next_step not in rows:
        return None
    row, close = rows[next_step], rows.get(Step.SUBMIT)
    until = max(row.due_on, today) + ONE_CLICK
    if close is not None and row is not close:
        if max(row.due_on, today) >= close.due_on:
            row, until = close, max(close.due_on, today) + ONE_CLICK
        else:
            until = min(until, close.due_on)
    return OneClick(Step(row.step), row.label, until)


def next_step_of(dates: Mapping[Step, OwnDate], submission: Submission) -> Step | None:
    """The first step that the school still has to take, as its task list says."""
    order = [step for step in dates if step != Step.IMPLEMENT]
    if submission.status != Submission.Status.ENROLLED:
        return Step.SUBMIT if Step.SUBMIT in dates else None
    plan = submission.parts.filter(kind=Part.Kind.ACTION_PLAN).values_list("status", flat=True).first()
    with_school = {Part.Status.DRAFT, Part.Status.RETURNED}
    done = {
        Step.AUDIT: bool(submission.target_level_id or submission.proposed_level_id),
        Step.ACTION_PLAN: plan not in with_school,
    }
    return next((step for step in order if not done.get(step)), None)


def told(submission: Submission) -> list[str]:
    """Everybody who hears of a new date."""
    people = [
        *school_people(submission, Role.SUBJECT_LEADER, Role.HEADTEACHER),
        *hub_people(submission, Role.HUB_LEADER),
    ]
    return [str(person) for person in dict.fromkeys(people)]


def happens(sight: Sight, own: OwnDate, until: date) -> list[str]:
    """What giving this date does, in sentences."""
    submission = sight.submission
    days = f"{long_day(until)} for “{own.label}”, instead of {long_day(own.due_on)}"
    found = [f"{submission.school} has until the end of {days}."]
    along = sending_along(submission, own.step, until, sight.today)
    if along is not None:
        found.append(f"The day to send for sign-off moves along, to {long_day(along)}.")
    if own.step == Step.SUBMIT:
        found.append("Its work isn’t closed before that day is over.")
    answered_by = [step for step, answers in ANSWERS.items() if answers == own.step]
    moving = Milestone.objects.filter(
        round=submission.round_id, step__in=answered_by, audience=Audience.HUB_LEADER, due_on__lt=until
    )
    found += [f"The hub leader’s day for “{row.label}” moves along for this school." for row in moving]
    found.append("Reminders go by the new date. Those that went already start anew.")
    if until == own.rounds_day:
        found.append("That is the round’s own date: the school has no date of its own for this step then.")
    return found
