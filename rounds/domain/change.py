"""What HQ changes about a round after it was made: its settings and its dates."""

from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.models import User
from accounts.queries import hq_roles
from psqm_portal.core import events
from psqm_portal.core.clock import london_day
from psqm_portal.core.machine import Occasion, Refused
from psqm_portal.core.models import HistoryEntry
from psqm_portal.core.roles import Role
from psqm_portal.core.templatetags.portal import long_date, short_date
from rounds.models import Audience, Milestone, Round, Step

SETTINGS = frozenset(
    {
        "hub_capacity",
        "reviews_per_submission",
        "minimum_reviews",
        "award_years",
        "evidence_files",
        "evidence_megabytes",
        "names_reviewers",
        "needs_ase_membership",
    }
)
# (what it is called, the largest number)
MOST = {
    "hub_capacity": ("Places in a hub", 50),
    "reviews_per_submission": ("Reviews for each submission", 5),
    "minimum_reviews": ("Fewest reviews of a reviewer", 50),
    "award_years": ("Years an award is valid", 10),
    "evidence_files": ("Most files of a school", 2_000),
    "evidence_megabytes": ("Most megabytes of a school", 15_000),
}

AUDIENCES = {Audience.SCHOOL: "schools", Audience.HUB_LEADER: "hub leaders", Audience.HQ: "HQ"}

# The first step is due before the second; (first, second, may fall due on the same day).
ORDER: tuple[tuple[Step, Step, bool], ...] = (
    (Step.SEND_FOR_SIGN_OFF, Step.SUBMIT, True),
    (Step.AUDIT, Step.SUBMIT, False),
    (Step.ACTION_PLAN, Step.SUBMIT, False),
    (Step.SUBMIT, Step.ASSIGN_REVIEWERS, False),
    (Step.SUBMIT, Step.REVIEW, False),
    (Step.SUBMIT, Step.NOTIFY, False),
    (Step.FINALISE, Step.REVIEW, False),
    (Step.ASSIGN_REVIEWERS, Step.REVIEW, True),
    (Step.REVIEW, Step.DECIDE, False),
    (Step.REVIEW, Step.NOTIFY, False),
    (Step.DECIDE, Step.NOTIFY, True),
    (Step.NOTIFY, Step.CEREMONY, False),
)


def _require_admin(by: User | None) -> None:
    if by is not None and Role.HQ_ADMIN not in hq_roles(by):
        raise PermissionDenied


@transaction.atomic
def change_settings(round_: Round, *, by: User | None, now: datetime, **values: Any) -> Round:
    """Tells "round.changed" with ``given["changed"]`` = {field: (before, after)}. Raises Refused."""
    _require_admin(by)
    if unknown := set(values) - SETTINGS:
        raise ValueError(f"Not a setting of a round: {sorted(unknown)}")
    round_ = Round.objects.select_for_update().get(pk=round_.pk)
    if round_.status == Round.Status.ARCHIVED:
        raise Refused("This round is archived, so it stays as it is.")
    for name, (label, most) in MOST.items():
        if name in values and not 1 <= values[name] <= most:
            raise Refused(f"{label}: choose a number between 1 and {most:,}.")
    changed = {
        name: (getattr(round_, name), value)
        for name, value in values.items()
        if getattr(round_, name) != value
    }
    if changed:
        for name, (_, value) in changed.items():
            setattr(round_, name, value)
        round_.save(update_fields=list(changed))
        said = "; ".join(f"{name}: {before} to {after}" for name, (before, after) in sorted(changed.items()))
        _remember("round", round_.pk, "change_settings", round_.status, said, by=by, now=now)
        events.publish("round.changed", round_, Occasion(by=by, now=now, given={"changed": changed}))
    return round_


@transaction.atomic
def move_milestone(
    milestone: Milestone, *, opens_on: date, due_on: date, by: User | None, now: datetime
) -> Milestone:
    """Gives a milestone other dates; tells "milestone.moved". Raises Refused where they can't be.

    The round's row is locked, so that two changes at once can't pass each other's check.
    """
    _require_admin(by)
    round_ = Round.objects.select_for_update().get(pk=milestone.round_id)
    milestone = Milestone.objects.get(pk=milestone.pk)
    if (opens_on, due_on) == (milestone.opens_on, milestone.due_on):
        return milestone
    if (sentence := why_not(round_, milestone, opens_on, due_on, today=london_day(now))) is not None:
        raise Refused(sentence)
    said = f"due {short_date(milestone.due_on)} to {short_date(due_on)}"
    milestone.opens_on, milestone.due_on = opens_on, due_on
    milestone.save(update_fields=["opens_on", "due_on"])
    _remember("milestone", milestone.pk, "move", milestone.step, said, by=by, now=now)
    events.publish("milestone.moved", milestone, Occasion(by=by, now=now))
    return milestone


def why_not(round_: Round, milestone: Milestone, opens_on: date, due_on: date, *, today: date) -> str | None:
    """The reason why a milestone can't have these dates, or None."""
    if round_.status == Round.Status.ARCHIVED:
        return "This round is archived, so its dates stay as they are."
    if due_on < opens_on:
        return "The due day can't be before the day on which it opens."
    if round_.status == Round.Status.OPEN and due_on < today and due_on != milestone.due_on:
        return (
            f"{long_date(due_on)} has passed, and this round is open: everybody would be late at once. "
            "Choose today or a later day."
        )
    others = list(round_.milestones.exclude(pk=milestone.pk))
    for first, second, same_day in ORDER:
        for other in others:
            if milestone.step == first and other.step == second:
                fits = due_on < other.due_on or (same_day and due_on == other.due_on)
                word = "on or before" if same_day else "before"
            elif milestone.step == second and other.step == first:
                fits = other.due_on < due_on or (same_day and due_on == other.due_on)
                word = "on or after" if same_day else "after"
            else:
                continue
            if not fits:
                return (
                    f"“{milestone.label}” has to be due {word} “{other.label}” "
                    f"({AUDIENCES[Audience(other.audience)]}), which is {long_date(other.due_on)}."
                )
    return None


def _remember(
    machine: str, subject_id: int, action: str, target: str, reason: str, *, by: User | None, now: datetime
) -> None:
    HistoryEntry.objects.create(
        machine=machine, subject_id=subject_id, action=action, target=target, reason=reason, by=by, at=now
    )
