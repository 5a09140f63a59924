"""Training of each hub in a round: held sessions with their registers, and the next ones on the calendar."""

from datetime import time, timedelta

from hubs.domain.training import STEPS, record_attendance, set_session
from hubs.models import HubRound
from hubs.queries import schools_on_seats
from psqm_portal.core.clock import london_day
from psqm_portal.demo.story.cast import Cast, HubPeople
from psqm_portal.demo.story.times import Calendar
from rounds.models import Audience, Round, Step

# Sessions further away than this have no date yet.
AHEAD = timedelta(days=120)


def hold(cast: Cast, round_: Round, calendar: Calendar) -> None:
    for hub in cast.hubs:
        hub_round = HubRound.objects.select_related("round", "hub").get(hub=hub.hub, round=round_)
        for step in STEPS[hub_round.training]:
            _hold(cast, hub_round, hub, step, calendar)


def _hold(cast: Cast, hub_round: HubRound, hub: HubPeople, step: Step, calendar: Calendar) -> None:
    row = calendar.milestone(step, Audience.HUB_LEADER)
    today = london_day(cast.now)
    day = row.opens_on + (row.due_on - row.opens_on) * 2 // 5
    day -= timedelta(days=max(0, day.weekday() - 4))
    if day > today + AHEAD:
        return
    set_at = min(calendar.on(min(day, today) - timedelta(days=60)), cast.now)
    session = set_session(
        hub_round, step, held_on=day, starts_at=time(9, 30) if step != Step.SESSION_2 else time(15, 45),
        ends_at=time(15, 30) if step != Step.SESSION_2 else time(17, 15),
        place="Online, link by message" if step == Step.SESSION_3 else f"{hub.hub.place}, Learning Centre",
        note="Bring your audit, even if it isn't finished." if step == Step.TRAINING_1 else "",
        by=hub.leader, now=set_at,
    )  # fmt: skip
    # Who missed a session of a round that is over has long made up for it.
    over = [] if calendar.milestone(Step.SUBMIT).due_on > today else schools_on_seats(hub_round)
    present = {
        school.pk: cast.random.choice([1, 1, 2])
        for school in schools_on_seats(hub_round)
        if cast.random.random() < 0.96 or school in over
    }
    if day < today and present:
        record_attendance(session, present, by=hub.leader, now=calendar.on(day + timedelta(days=1)))
