"""One school's later date for a step: which steps can have one, and when a date can't be.

The school's newest extension of a step counts; a step's own date is never before the round's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from psqm_portal.core.clock import london_day, long_day
from psqm_portal.core.machine import Occasion
from rounds.models import Audience, Milestone, Step
from submissions.models import Extension, Submission

# What a school itself owes on a day (``submissions.duties``), in the year's order.
STEPS = (Step.AUDIT, Step.ACTION_PLAN, Step.IMPLEMENT, Step.SEND_FOR_SIGN_OFF, Step.SUBMIT)
# A hub leader's step -> the school's that it answers, whose later date moves it along.
ANSWERS = {Step.LEVELS: Step.AUDIT, Step.ACTION_PLAN: Step.ACTION_PLAN, Step.FINALISE: Step.SUBMIT}
# What a hub leader asks for with one click.
ONE_CLICK = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class OwnDate:
    """A step of the round as it stands for one school."""

    step: Step
    label: str
    rounds_day: date
    extension: Extension | None

    @property
    def due_on(self) -> date:
        return self.extension.until if self.extension else self.rounds_day

    @property
    def is_own(self) -> bool:
        return self.due_on != self.rounds_day


def dates_of(submission: Submission) -> dict[Step, OwnDate]:
    """The steps that can have a date of the school's own, in the year's order: two queries."""
    own = {one.step: one for one in submission.extensions.select_related("granted_by").order_by("id")}
    rows = {
        row.step: row
        for row in Milestone.objects.filter(
            round=submission.round_id, audience=Audience.SCHOOL, step__in=STEPS
        )
    }
    return {
        step: OwnDate(step, rows[step].label, rows[step].due_on, own.get(step))
        for step in STEPS
        if step in rows
    }


def why_not(dates: Mapping[Step, OwnDate], step: Step, until: date, *, today: date) -> str | None:
    """Why the step can't be due on that day for this school, or None."""
    if (own := dates.get(step)) is None:
        return "Choose a step that schools have a date for in this round."
    if until < today:
        return "Choose a date from today on."
    if until < own.rounds_day:
        return f"The round's own date is {long_day(own.rounds_day)}; a school's own can't be before it."
    if until == own.due_on:
        return f"{long_day(until)} is the date already."
    close = dates.get(Step.SUBMIT)
    if close is not None and step != Step.SUBMIT and until > close.due_on:
        return (
            f"The school submits its work by {long_day(close.due_on)}, so this step can't be later."
            " Give more time to submit first."
        )
    return None


def why_not_given(submission: Submission, occasion: Occasion) -> str | None:
    step, until = occasion.given.get("step"), occasion.given.get("until")
    if step is None or until is None:
        return None
    return why_not(dates_of(submission), step, until, today=london_day(occasion.now))


def sending_along(submission: Submission, step: Step, until: date, today: date) -> date | None:
    """The day to send for sign-off moves with the day to submit, as far before it as in the round.

    None where nothing moves: it is sent already, or that day would be over or no later than it is.
    """
    if step != Step.SUBMIT or submission.status != Submission.Status.ENROLLED:
        return None
    dates = dates_of(submission)
    submit, send = dates.get(Step.SUBMIT), dates.get(Step.SEND_FOR_SIGN_OFF)
    if submit is None or send is None:
        return None
    day = until - (submit.rounds_day - send.rounds_day)
    return day if day >= today and day > send.due_on else None


def warnings(submission: Submission, step: Step, until: date) -> list[str]:
    """What HQ should know before it gives this date."""
    if step != Step.SUBMIT:
        return []
    names = {Step.ASSIGN_REVIEWERS: "reviewers are assigned", Step.REVIEW: "reviewing starts"}
    rows = Milestone.objects.filter(round=submission.round_id, step__in=names).exclude(
        audience=Audience.SCHOOL
    )
    found = [
        f"In this round {names[Step(row.step)]} from {long_day(row.opens_on)}; this work may not be in then."
        for row in rows.order_by("opens_on")
        if until >= row.opens_on
    ]
    told = Milestone.objects.filter(round=submission.round_id, step=Step.NOTIFY, audience=Audience.SCHOOL)
    if (day := told.values_list("opens_on", flat=True).first()) is not None and until >= day:
        found.append(f"Outcomes of this round are told from {long_day(day)}.")
    return found
