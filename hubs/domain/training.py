"""Training sessions of a hub in a round: when they are, and which schools came."""

from collections.abc import Mapping
from datetime import date, datetime, time

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.models import User
from hubs.models import SESSION_ORDER, Attendance, HubRound, TrainingSession
from hubs.queries import roles_towards, schools_on_seats
from psqm_portal.core import events
from psqm_portal.core.clock import london_day
from psqm_portal.core.machine import Occasion, Refused
from psqm_portal.core.models import HistoryEntry
from psqm_portal.core.roles import HUB, Role
from rounds.models import Round, Step

Training = HubRound.Training

STEPS: Mapping[str, tuple[Step, ...]] = {
    Training.DAYS: (Step.TRAINING_1, Step.TRAINING_2),
    Training.SESSIONS: (Step.TRAINING_1, Step.SESSION_2, Step.SESSION_3, Step.TRAINING_2),
    Training.ONLINE: (),
}
MOST_PEOPLE = 20


def name_of(training: str, step: str) -> str:
    """What a hub calls a step: "Training day 2" or "Session 4"."""
    steps = STEPS[training]
    number = steps.index(Step(step)) + 1 if step in steps else 0
    return f"Training day {number}" if training == Training.DAYS else f"Session {number}"


def _require_trainer(hub_round: HubRound, by: User | None) -> None:
    if by is not None and not roles_towards(by, hub_round.hub) & (HUB | {Role.HQ_ADMIN}):
        raise PermissionDenied


@transaction.atomic
def set_session(  # noqa: PLR0913 - a session is all of these
    hub_round: HubRound,
    step: str,
    *,
    held_on: date,
    starts_at: time | None = None,
    ends_at: time | None = None,
    place: str = "",
    note: str = "",
    by: User | None,
    now: datetime,
) -> TrainingSession:
    """Sets or moves a session; reminders of training go by its date. Raises Refused."""
    _require_trainer(hub_round, by)
    if ends_at is not None and (starts_at is None or ends_at <= starts_at):
        raise Refused(SESSION_ORDER)
    HubRound.objects.select_for_update().get(pk=hub_round.pk)
    if step not in STEPS[hub_round.training]:
        raise Refused("This hub doesn't have that session.")
    if hub_round.round.status in {Round.Status.CLOSED, Round.Status.ARCHIVED}:
        raise Refused(f"{hub_round.round} is closed, so its sessions stay as they are.")
    session = TrainingSession.objects.filter(hub_round=hub_round, step=step).first()
    if session is not None and held_on > london_day(now) and session.attendances.exists():
        raise Refused("You have recorded who came, so the session can't be in the future.")
    session = session or TrainingSession(hub_round=hub_round, step=step)
    session.held_on, session.starts_at, session.ends_at = held_on, starts_at, ends_at
    session.place, session.note = place.strip(), note.strip()
    session.save()
    HistoryEntry.objects.create(
        machine="training_session",
        subject_id=session.pk,
        action="set",
        target=step,
        reason=f"{held_on}",
        by=by,
        at=now,
    )
    return session


@transaction.atomic
def record_attendance(
    session: TrainingSession, present: Mapping[int, int], *, by: User | None, now: datetime
) -> list[Attendance]:
    """The register: a school's id → how many came from it. Schools left out weren't there.

    Tells "training.attended" for each school that is new on it, "training.not_attended" for each taken
    off. Returns the new ones. Raises Refused.
    """
    _require_trainer(session.hub_round, by)
    HubRound.objects.select_for_update().get(pk=session.hub_round_id)
    if session.held_on > london_day(now):
        raise Refused("You can record who came from the day of the session on.")
    schools = {school.pk: school for school in schools_on_seats(session.hub_round)}
    if set(present) - set(schools):
        raise Refused("One of these schools isn't in this hub any more. Look at the list again.")
    if any(not 1 <= people <= MOST_PEOPLE for people in present.values()):
        raise Refused(f"From one school come between 1 and {MOST_PEOPLE} people.")
    known = {row.school_id: row for row in session.attendances.filter(school__in=schools)}
    occasion, new = Occasion(by=by, now=now), []
    for school_id, people in present.items():
        if (row := known.get(school_id)) is not None:
            if row.people != people:
                row.people = people
                row.save(update_fields=["people"])
            continue
        row = Attendance.objects.create(session=session, school=schools[school_id], people=people)
        new.append(row)
        events.publish("training.attended", row, occasion)
    for school_id, row in known.items():
        if school_id not in present:
            events.publish("training.not_attended", row, occasion)
            row.delete()
    HistoryEntry.objects.create(
        machine="training_session",
        subject_id=session.pk,
        action="register",
        target=f"{len(present)} schools",
        by=by,
        at=now,
    )
    return new
