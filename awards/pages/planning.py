"""What HQ's page of a plan shows: what it gives whom, and what stands in its way, in words."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from accounts.models import User
from awards.domain.plans import Check
from awards.domain.staffing import Person
from awards.models import AssignmentPlan, PlannedReview
from psqm_portal.core.templatetags.portal import and_list
from rounds.models import Round
from submissions.models import Submission

# Of a long list the first ones are enough to see what is wrong.
MOST_SHOWN = 20
MOST_NAMED = 8
MOST_NAMED = 8


@dataclass(slots=True)
class SubmissionRow:
    submission: Submission
    planned: Sequence[PlannedReview]
    live: Sequence[User]
    missing: int


@dataclass(slots=True)
class PersonRow:
    person: Person
    planned: int
    load: int
    note: str


@dataclass(slots=True)
class Obstacles:
    """Sentences; ``missing``: how many places for reviews are missing in all."""

    missing: int
    tight: str
    short: list[tuple[Submission, str]]
    more: int


def submission_rows(found: Check) -> list[SubmissionRow]:
    """Those without all their reviewers first."""
    people = found.staff.people
    rows = [
        SubmissionRow(
            submission,
            found.planned.get(pk, []),
            [people[user].user for user in found.staff.live.get(pk, []) if user in people],
            found.short.get(pk, 0),
        )
        for pk, submission in found.staff.submissions.items()
        if found.staff.needs[pk]
    ]
    return sorted(rows, key=lambda row: not row.missing)


def person_rows(found: Check, round_: Round) -> list[PersonRow]:
    planned = Counter(row.user_id for rows in found.planned.values() for row in rows)
    return [
        PersonRow(person, planned[pk], found.load[pk], _note(found.load[pk], person.agreed, round_))
        for pk, person in found.staff.people.items()
    ]


def _note(load: int, agreed: int, round_: Round) -> str:
    if load > agreed:
        return f"{load - agreed} over the agreed number"
    if load < round_.minimum_reviews:
        return f"Under the minimum of {round_.minimum_reviews}"
    return ""


def obstacles(plan: AssignmentPlan, found: Check) -> Obstacles:
    pks = sorted(found.short, key=lambda pk: found.staff.submissions[pk].school.name)
    return Obstacles(
        missing=sum(found.short.values()),
        tight=_tight(plan, found) if found.short else "",
        short=[(found.staff.submissions[pk], why_short(found, pk)) for pk in pks[:MOST_SHOWN]],
        more=max(len(pks) - MOST_SHOWN, 0),
    )


def why_short(found: Check, pk: int) -> str:
    """ "2 of 5 hub leaders have a conflict of interest, 3 have all the reviews they agreed to." """
    people = found.staff.people
    if not people:
        return "Nobody leads a hub now."
    taken = {row.user_id for row in found.planned.get(pk, [])}
    reasons = Counter(
        PLANNED
        if user in taken
        else _kind(found.staff.refusal(pk, user), full=found.load[user] >= person.agreed)
        for user, person in people.items()
    )
    words = [f"{number} {reason if number > 1 else _ONE[reason]}" for reason, number in reasons.most_common()]
    of = "hub leader" if len(people) == 1 else "hub leaders"
    return f"Of {len(people)} {of}: {', '.join(words)}."


CONFLICT, DECLINED, BUSY = "have a conflict of interest", "declined", "review it already"
PLANNED, FULL, FREE = "are planned", "have all the reviews they agreed to", "are free since"
_ONE = {
    CONFLICT: "has a conflict of interest",
    DECLINED: "declined",
    BUSY: "reviews it already",
    PLANNED: "is planned",
    FULL: "has all the reviews they agreed to",
    FREE: "is free since",
}


def _kind(refusal: str, *, full: bool) -> str:
    if refusal.startswith("Conflict"):
        return CONFLICT
    if refusal.startswith("Declined"):
        return DECLINED
    if refusal:
        return BUSY
    return FULL if full else FREE


def _tight(plan: AssignmentPlan, found: Check) -> str:
    tight = plan.obstacles.get("tight")
    if not tight:
        return ""
    people = found.staff.people
    names = [people[pk].user.name for pk in tight["readers"] if pk in people]
    shown = names[:MOST_NAMED] + ([f"{len(names) - MOST_NAMED} more"] if len(names) > MOST_NAMED else [])
    need = "One submission needs" if tight["works"] == 1 else f"{tight['works']} submissions need"
    beside = f", and {_count(tight['beside'], 'review')} others can do" if tight["beside"] else ""
    return (
        f"{need} {_count(tight['needed'], 'more review')}. Those who could take them, {and_list(shown)}, have"
        f" {_count(tight['places'], 'free place')} by the agreed numbers{beside}:"
        f" {_count(tight['missing'], 'place')} missing. Agree more reviews with some hub leaders, or find"
        " more."
    )


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"
