"""Who comes to training: answers, a waiting list, names on registers, what was missed; and HQ's meetings."""

from datetime import date, datetime, time, timedelta

from accounts.models import User
from hubs.domain import gatherings, meetings, training
from hubs.domain.training import Guest, Marks
from hubs.models import LeaderMeeting, TrainingSession
from hubs.queries import schools_on_seats
from psqm_portal.core.clock import london_day
from psqm_portal.demo.story.cast import Cast, HubPeople
from schools.models import School

SLIDES = "https://www.example.org/slides"
PLACES = 5


def gather(cast: Cast) -> None:
    """At the first hub, whose people are among the accounts of the sign-in page."""
    hub, today = cast.hubs[0], london_day(cast.now)
    sessions = TrainingSession.objects.filter(hub_round__hub=hub.hub, called_off_at=None).select_related(
        "hub_round__hub", "hub_round__round"
    )
    if (ahead := sessions.filter(held_on__gt=today).order_by("held_on").first()) is not None:
        _answer(cast, hub, ahead)
    if (held := sessions.filter(held_on__lt=today).order_by("-held_on").first()) is not None:
        _name(cast, hub, held, today)
    _meet(cast, today)


def _names(school: School) -> list[str]:
    people = training.school_leaders([school.pk]).get(school.pk, [])
    return [str(people[0]), f"{school.town} Teaching Assistant"] if people else ["Robin Wells"]


def _answer(cast: Cast, hub: HubPeople, session: TrainingSession) -> None:
    """More would like to come than there are places."""
    given = {name: getattr(session, name) for name in ("held_on", "starts_at", "ends_at", "place", "note")}
    training.set_session(
        session.hub_round, session.step, **given, places=PLACES, by=hub.leader,
        now=cast.now - timedelta(days=9),
    )  # fmt: skip
    schools = list(schools_on_seats(session.hub_round))
    for number, school in enumerate(schools[:-1] if len(schools) > 3 else schools):
        guests = [Guest(name) for name in _names(school)]
        guests[0] = Guest(guests[0].name, needs="Vegetarian" if number == 1 else "")
        training.answer(
            session, school, guests, by=hub.leader, now=cast.now - timedelta(days=8, minutes=-number)
        )
    gatherings.add_material(
        session, training.face_of(session), title="Slides to look at before", url=SLIDES, by=hub.leader,
        now=cast.now - timedelta(days=7),
    )  # fmt: skip


def _name(cast: Cast, hub: HubPeople, session: TrainingSession, today: date) -> None:
    """The people of the schools that were there, and how one that wasn't caught up."""
    there = set(session.attendances.values_list("school_id", flat=True))
    schools = list(schools_on_seats(session.hub_round))
    names = {one.pk: _names(one)[:1] for one in schools if one.pk in there}
    training.save_register(session, Marks(names=names), by=hub.leader, now=cast.now - timedelta(days=1))
    missed = [one for one in schools if one.pk not in there]
    if missed:
        training.catch_up(
            session, missed[0], held_on=today, how="Went through the slides together by video, an hour.",
            by=hub.leader, now=cast.now,
        )  # fmt: skip


def _meet(cast: Cast, today: date) -> None:
    """A quality day that is over, and the yearly conference with one place too few."""
    long_ago = cast.now - timedelta(days=60)
    past = meetings.set_meeting(
        None, kind="development", title="Development and quality day", held_on=today - timedelta(days=20),
        starts_at=time(10), ends_at=time(15), place="Science Learning Centre", by=cast.head_office,
        now=long_ago,
    )  # fmt: skip
    meetings.invite(past, by=cast.head_office, now=long_ago)
    leaders = [hub.leader for hub in cast.hubs]
    _reply(past, leaders, long_ago + timedelta(days=5))
    came = {leader.pk: True for leader in leaders[:-1]}
    meetings.save_register(past, came, by=cast.head_office, now=cast.now - timedelta(days=19))
    ahead = meetings.set_meeting(
        None, kind="conference", title="Hub leaders’ conference", held_on=today + timedelta(days=45),
        starts_at=time(9, 30), ends_at=time(16), place="University of Hertfordshire", places=2,
        note="Bring a poster of one school’s work.", by=cast.head_office, now=long_ago,
    )  # fmt: skip
    meetings.invite(ahead, by=cast.head_office, now=cast.now - timedelta(days=10))
    _reply(ahead, leaders[1:], cast.now - timedelta(days=8))
    gatherings.add_material(
        ahead, meetings.face_of(ahead), title="Programme", url="https://www.example.org/programme",
        by=cast.head_office, now=cast.now - timedelta(days=8),
    )  # fmt: skip


def _reply(meeting: LeaderMeeting, leaders: list[User], at: datetime) -> None:
    for number, leader in enumerate(leaders):
        meetings.reply(meeting, is_coming=True, by=leader, now=at + timedelta(hours=number))
