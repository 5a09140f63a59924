"""Hub leaders' and mentors' dates, and one training session as a calendar file."""

from datetime import date, time, timedelta

from django.test import Client

from hubs.calendar import of_hubs
from hubs.domain.training import set_session
from hubs.models import HubMembership
from psqm_portal.core.roles import Role
from rounds.domain.calendar import dates_of
from rounds.models import Round
from tests import factories
from tests.factories import NOW


def held(world, step="training_1", day=date(2026, 11, 20), **fields):
    return set_session(world.hub_round, step, held_on=day, by=world.leader, now=NOW, **fields)


def titles(person) -> dict[str, str]:
    return {one.title: f"{one.day}" for one in of_hubs(person)}


def test_a_hub_leader_has_the_rounds_steps_and_the_hubs_sessions(world):
    held(world, starts_at=time(9, 30), ends_at=time(15), place="Hall")
    assert titles(world.leader) == {
        "Contact subject leaders and invite them to the first training": "2026-09-30",
        "Session 1": "2026-11-20",
        "Assign levels": "2026-10-31",
        "Review action plans": "2026-11-30",
        "Session 2 has to be held, no date is set yet": "2026-11-30",
        "Session 3 has to be held, no date is set yet": "2027-03-31",
        "Session 4 has to be held, no date is set yet": "2027-05-31",
        "Sign off submissions": "2027-06-30",
        "Review submissions": "2027-08-31",
        "Award notification": "2027-09-30",
        "Award ceremony": "2027-11-30",
    }
    (session,) = [one for one in of_hubs(world.leader) if one.title == "Session 1"]
    assert (session.about, session.place) == (("Chilterns",), "Hall")
    assert session.file_url == "/hubs/" + world.hub.slug + "/autumn-2026/sessions/training_1/calendar.ics"


def test_a_mentor_has_no_step_that_is_the_leaders_alone(world):
    missing = set(titles(world.leader)) - set(titles(world.mentor))
    assert missing == {
        "Contact subject leaders and invite them to the first training",
        "Assign levels",
        "Sign off submissions",
        "Review submissions",
    }


def test_two_hubs_have_the_rounds_steps_once_and_each_its_training(world):
    HubMembership.objects.filter(hub=world.other).update(user=world.leader)
    dates = dates_of(world.leader, today=date(2026, 11, 3))
    assert [one.about for one in dates if one.title == "Assign levels"] == [("Chilterns", "Downs")]
    names = [one.title.split(" has")[0] for one in dates if "has to be held" in one.title]
    assert sorted(names) == [
        "Session 1", "Session 2", "Session 3", "Session 4", "Training day 1", "Training day 2",
    ]  # fmt: skip


def test_s04_dates_go_with_the_hub_and_with_the_round(world):
    held(world)
    assert len(of_hubs(world.leader)) == 11
    Round.objects.update(status="archived")
    assert of_hubs(world.leader) == []
    Round.objects.update(status="closed")
    HubMembership.objects.filter(user=world.leader).update(ended_at=NOW + timedelta(days=1))
    assert of_hubs(world.leader) == []
    assert of_hubs(factories.user()) == []


def test_the_file_of_a_session_is_for_who_holds_it_and_who_comes(world):
    held(world, starts_at=time(9, 30), ends_at=time(15), place="Hall, 1 High Street")
    (one,) = [one for one in of_hubs(world.leader) if one.title == "Session 1"]
    ours = world.enrol(place=factories.school(name="Ashbrook"))
    elsewhere = factories.submission(cycle=world.round, in_hub=world.other, parts=False)
    allowed = [
        world.leader,
        world.mentor,
        world.hq,
        factories.hq(Role.HQ_VIEWER),
        factories.member(ours.school),
        factories.member(ours.school, Role.HEADTEACHER),
    ]
    refused = [
        world.other_leader,
        factories.member(elsewhere.school),
        factories.member(ours.school, Role.SCHOOL_FINANCE),
        factories.hq(Role.HQ_FINANCE),
        factories.user(),
    ]
    for person in allowed + refused:
        client = Client()
        client.force_login(person)
        assert client.get(one.file_url).status_code == (200 if person in allowed else 404), person
    client = Client()
    client.force_login(world.leader)
    answer = client.get(one.file_url)
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="Session 1 Chilterns.ics"'
    lines = answer.content.decode().replace("\r\n ", "").split("\r\n")
    # The same name as in the feed, so that a calendar that has both shows it once.
    assert f"UID:{one.key}@localhost" in lines
    assert "DTSTART;TZID=Europe/London:20261120T093000" in lines
    assert client.get(one.file_url.replace("training_1", "session_2")).status_code == 404


def test_the_pages_of_hub_and_calendar_lead_to_the_file(world):
    held(world, day=date(2030, 11, 20))
    client = Client()
    client.force_login(world.leader)
    for page in [f"/hubs/{world.hub.slug}/autumn-2026/training/", "/calendar/"]:
        assert "sessions/training_1/calendar.ics" in client.get(page).content.decode()
