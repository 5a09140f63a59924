"""A school's dates: its own where it has an extension, its hub's for training; and for its hub's people."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from django.urls import reverse

from accounts.models import User
from hubs.calendar import of_session, session_history
from hubs.domain.training import name_of
from hubs.models import HubRound, TrainingSession
from psqm_portal.core.calendars import Dated, Sort, calendar_source
from psqm_portal.core.roles import SCHOOL
from rounds.domain.calendar import RUNNING, History, milestone_history, of_milestone, sort_of
from rounds.models import Audience, Milestone, Step
from submissions.models import LIVE, Extension, Status, Submission
from submissions.pages.dates import LEFT_OUT
from submissions.queries import places_of

TRAINING = frozenset({Step.TRAINING_1, Step.SESSION_2, Step.SESSION_3, Step.TRAINING_2})
# Where each step is done; every other one is on the submission's own page.
PAGES = {
    Step.AUDIT: "submission_audit",
    Step.ACTION_PLAN: "action_plan",
    Step.IMPLEMENT: "evidence",
    Step.SEND_FOR_SIGN_OFF: "sign_off",
    Step.SUBMIT: "submit",
    Step.NOTIFY: "award",
}
# An outcome has no page before it is told.
_ONCE_TOLD = frozenset({Step.NOTIFY})
# What a hub's people have for themselves (``hubs.calendar``) stands there once, not again for their schools.
_ON_THEIR_OWN_LIST = TRAINING | {Step.NOTIFY, Step.CEREMONY}


@dataclass(frozen=True, slots=True)
class _Own:
    """A school's own date for a step: the newest extension, and how many there were."""

    row: Extension
    times: int


@dataclass(frozen=True, slots=True)
class _Known:
    milestones: Mapping[int, list[Milestone]]
    own: Mapping[tuple[int, str], _Own]
    sessions: Mapping[tuple[int, str], TrainingSession]
    history: History
    session_history: History


@calendar_source
def of_schools(user: User) -> list[Dated]:
    """All that a person works on, for the school or for its hub."""
    places = places_of(user)
    if not places.schools and not places.hubs:
        return []
    rows = list(
        Submission.objects.filter(
            places.work(), status__in=[*LIVE, Status.NOTIFIED], round__status__in=RUNNING
        ).select_related("school", "round", "seat__hub_round")
    )
    own_schools = {school for school, role in places.schools if role in SCHOOL}
    known = _read(rows)
    dates: list[Dated] = []
    for row in rows:
        ask = _of_own_school if row.school_id in own_schools else _of_hubs_school
        dates += ask(row, known)
    return dates


def _read(rows: list[Submission]) -> _Known:
    milestones = list(
        Milestone.objects.filter(
            round__in={row.round_id for row in rows}, audience=Audience.SCHOOL
        ).select_related("round")
    )
    sessions = list(
        TrainingSession.objects.filter(
            hub_round__in={row.seat.hub_round_id for row in rows if row.seat}
        ).select_related("hub_round__hub", "hub_round__round")
    )
    own: dict[tuple[int, str], _Own] = {}
    for extension in Extension.objects.filter(submission__in=rows).order_by("id"):
        key = extension.submission_id, extension.step
        own[key] = _Own(extension, own[key].times + 1 if key in own else 1)
    by_round: dict[int, list[Milestone]] = {}
    for milestone in milestones:
        by_round.setdefault(milestone.round_id, []).append(milestone)
    return _Known(
        milestones=by_round,
        own=own,
        sessions={(row.hub_round_id, row.step): row for row in sessions},
        history=milestone_history(milestones),
        session_history=session_history(sessions),
    )


def _of_own_school(row: Submission, known: _Known) -> Iterable[Dated]:
    hub_round = row.seat.hub_round if row.seat else None
    left_out = LEFT_OUT[HubRound.Training(hub_round.training)] if hub_round else TRAINING
    for milestone in known.milestones.get(row.round_id, []):
        if milestone.step in left_out:
            continue
        session = known.sessions.get((hub_round.pk, milestone.step)) if hub_round else None
        if session is not None:
            page = reverse("session_page", args=[session.pk])
            yield of_session(session, url=page, history=known.session_history, about=row.school.name)
            if session.called_off_at is None:
                continue
        one = _step(row, milestone, known, own=True)
        if hub_round is not None and milestone.step in TRAINING:
            name = name_of(hub_round.training, milestone.step)
            one = replace(one, title=name, sort=Sort.WINDOW, note="Your hub leader hasn’t set the date yet.")
        yield one


def _of_hubs_school(row: Submission, known: _Known) -> Iterable[Dated]:
    """The round's dates once for all of them, and each school's own ones."""
    for milestone in known.milestones.get(row.round_id, []):
        if milestone.step in _ON_THEIR_OWN_LIST:
            continue
        yield of_milestone(milestone, url=reverse("desk"), history=known.history, own=False)
        if (row.pk, milestone.step) in known.own:
            yield _step(row, milestone, known, own=False)


def _step(row: Submission, milestone: Milestone, known: _Known, *, own: bool) -> Dated:
    changes = known.history.of(milestone.pk)
    extension = known.own.get((row.pk, milestone.step))
    changed_at: datetime = max(changes.at, extension.row.granted_at) if extension else changes.at
    return Dated(
        key=f"submission-{row.pk}-{milestone.step}",
        title=milestone.label,
        day=extension.row.until if extension else milestone.due_on,
        url=_url(row, milestone.step),
        changed_at=changed_at,
        sequence=changes.times + (extension.times if extension else 0),
        sort=sort_of(milestone),
        round=row.round.name,
        about=(row.school.name,),
        own=own,
        opens_on=milestone.opens_on,
        extended=extension is not None and extension.row.until != milestone.due_on,
    )


def _url(row: Submission, step: str) -> str:
    if step in PAGES and (step not in _ONCE_TOLD or row.status == Status.NOTIFIED):
        return reverse(PAGES[Step(step)], args=[row.pk])
    return row.get_absolute_url()
