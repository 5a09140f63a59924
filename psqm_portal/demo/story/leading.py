"""What hub leaders gave their schools: mentoring in each round, but for one hub that logs none."""

from datetime import time, timedelta

from hubs.domain import meetings
from hubs.domain.mentoring import log_time, may_log
from hubs.models import HubRound, MentoringEntry
from hubs.queries import schools_on_seats
from psqm_portal.core.clock import london_day
from psqm_portal.demo.story.cast import Cast
from psqm_portal.demo.story.times import Calendar
from rounds.models import Audience, Round, Step

How = MentoringEntry.How
# Step of the year, minutes, how, and what it was about.
TALKS = (
    (Step.TRAINING_1, 45, How.PHONE, "Where they stand, and which level to go for."),
    (Step.ACTION_PLAN, 60, How.PORTAL, "The action plan row by row: fewer objectives, clearer measures."),
    (Step.SESSION_3, 90, How.PERSON, "Walked round the school and looked at the working walls."),
    (Step.FINALISE, 60, How.PORTAL, "Read all reflections before the sign-off."),
)


def mentor(cast: Cast, round_: Round, calendar: Calendar) -> None:
    """The last hub of the cast logs nothing until its schools have handed in: HQ sees that in red."""
    today = london_day(cast.now)
    is_over = calendar.milestone(Step.SUBMIT).due_on < today
    for number, hub in enumerate(cast.hubs):
        if number == len(cast.hubs) - 1 and not is_over:
            continue
        hub_round = HubRound.objects.select_related("round", "hub").get(hub=hub.hub, round=round_)
        for place, school in enumerate(schools_on_seats(hub_round)):
            by = hub.mentor if place % 3 == 2 else hub.leader
            if not may_log(by, hub_round, school.pk):
                continue
            for step, minutes, how, note in TALKS:
                row = calendar.milestone(step, Audience.HUB_LEADER)
                day = row.opens_on + timedelta(days=3 + 2 * place)
                # The log takes nothing that is more than a year old.
                if today - timedelta(days=390) < day < today:
                    log_time(
                        hub_round, school, held_on=day, minutes=minutes, how=how, note=note, by=by,
                        now=calendar.on(day),
                    )  # fmt: skip


def train_leaders(cast: Cast) -> None:
    """The initial training of all but the last leader, soon after the portal began."""
    long_ago = cast.now - timedelta(days=1700)
    day = london_day(long_ago)
    held = meetings.set_meeting(
        None, kind="initial", title="Initial training of hub leaders", held_on=day, starts_at=time(10),
        ends_at=time(16), place="Science Learning Centre", by=cast.head_office,
        now=long_ago - timedelta(days=30),
    )  # fmt: skip
    meetings.invite(held, by=cast.head_office, now=long_ago - timedelta(days=29))
    came = {hub.leader.pk: True for hub in cast.hubs[:-1]}
    meetings.save_register(held, came, by=cast.head_office, now=long_ago + timedelta(days=1))
