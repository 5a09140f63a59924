"""HQ's meetings for hub leaders, through the same rules as training."""

from datetime import date, time, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client

from hubs.calendar import of_meetings
from hubs.domain import gatherings, meetings
from hubs.domain.attending import meeting_sheets
from hubs.domain.hubs import stand_down
from hubs.models import HubMembership, LeaderMeeting
from messaging.models import Email
from psqm_portal.core.machine import Refused
from psqm_portal.core.roles import Role
from rounds.domain import ical
from tests import factories
from tests.factories import NOW
from tests.support.queries import own_queries

DAY = date(2026, 11, 20)
LATER = NOW + timedelta(days=20)


def held(world, meeting=None, **fields) -> LeaderMeeting:
    given = {
        "kind": "development", "title": "Quality day", "held_on": DAY, "starts_at": time(10),
        "place": "London", "by": world.hq, "now": NOW,
    }  # fmt: skip
    return meetings.set_meeting(meeting, **{**given, **fields})


def written(template: str) -> list[str]:
    return sorted(Email.objects.filter(template=f"hubs/mail/{template}").values_list("to", flat=True))


@pytest.fixture
def meeting(world):
    made = held(world)
    meetings.invite(made, by=world.hq, now=NOW)
    return made


def test_only_hq_admin_makes_holds_and_calls_off(world, meeting):
    for person in [world.leader, factories.hq(Role.HQ_VIEWER), factories.hq(Role.HQ_FINANCE)]:
        for does in [
            lambda by=person: held(world, by=by),
            lambda by=person: meetings.invite(meeting, by=by, now=NOW),
            lambda by=person: meetings.call_off(meeting, "Strike", by=by, now=NOW),
            lambda by=person: meetings.save_register(meeting, {}, by=by, now=LATER),
        ]:
            with pytest.raises(PermissionDenied):
                does()


def test_r11_each_hub_leader_is_invited_once(world):
    made = held(world)
    assert not Email.objects.exists()
    assert set(meetings.not_yet_invited(made)) == {world.leader, world.other_leader}
    assert len(meetings.invite(made, by=world.hq, now=NOW)) == 2
    new = factories.hub_member(factories.hub())
    assert meetings.invite(made, by=world.hq, now=NOW) == [new]
    assert meetings.not_yet_invited(made) == []
    assert written("meeting_invited") == sorted([world.leader.email, world.other_leader.email, new.email])


def test_the_initial_training_is_for_those_who_havent_had_it(world):
    first = held(world, kind="initial", title="Start", held_on=NOW.date())
    meetings.invite(first, by=world.hq, now=NOW)
    meetings.save_register(first, {world.leader.pk: True}, by=world.hq, now=NOW)
    again = held(world, kind="initial", title="Start again")
    meetings.invite(again, by=world.hq, now=NOW)
    assert list(meetings.invited_to(again)) == [world.other_leader]
    assert set(meetings.meetings_visible_to(world.leader)) == {first}
    assert set(meetings.meetings_visible_to(world.other_leader)) == {first, again}


def test_a_hub_leader_sees_a_meeting_once_somebody_was_invited(world):
    made = held(world)
    assert list(meetings.meetings_visible_to(world.leader)) == []
    meetings.invite(made, by=world.hq, now=NOW)
    assert list(meetings.meetings_visible_to(world.leader)) == [made]
    for person in [world.mentor, factories.hq(Role.HQ_FINANCE), factories.member(factories.school())]:
        assert list(meetings.meetings_visible_to(person)) == []
    HubMembership.objects.filter(user=world.leader).update(ended_at=NOW)
    assert list(meetings.meetings_visible_to(world.leader)) == []


def test_places_go_in_turn_and_who_waits_moves_up(world, meeting):
    held(world, meeting, places=1)
    first = meetings.reply(meeting, is_coming=True, needs="Vegan", by=world.leader, now=NOW)
    second = meetings.reply(meeting, is_coming=True, by=world.other_leader, now=NOW)
    assert (first.answer, second.answer) == ("coming", "waiting")
    kept = meetings.reply(meeting, is_coming=True, by=world.leader, now=LATER - timedelta(days=4))
    assert (kept.answer, kept.replied_at) == ("coming", NOW)
    meetings.reply(meeting, is_coming=False, by=world.leader, now=NOW)
    second.refresh_from_db()
    assert second.answer == "coming"
    assert written("gathering_place") == [world.other_leader.email]
    for person in [world.mentor, world.hq]:
        with pytest.raises(PermissionDenied):
            meetings.reply(meeting, is_coming=True, by=person, now=NOW)
    with pytest.raises(Refused, match="is over"):
        meetings.reply(meeting, is_coming=True, by=world.leader, now=LATER)


def test_a_leader_who_leads_no_hub_any_more_gives_the_place_back(world, meeting):
    held(world, meeting, places=1)
    meetings.reply(meeting, is_coming=True, by=world.leader, now=NOW)
    meetings.reply(meeting, is_coming=True, by=world.other_leader, now=NOW)
    stand_down(HubMembership.objects.get(user=world.leader), by=world.hq, now=NOW)
    answers = dict(meeting.replies.values_list("user", "answer"))
    assert answers == {world.leader.pk: "not_coming", world.other_leader.pk: "coming"}


def test_another_place_and_calling_off_are_told_to_who_comes_or_hasnt_answered(world, meeting):
    meetings.reply(meeting, is_coming=False, by=world.leader, now=NOW)
    for _ in range(2):
        held(world, meeting, place="Leeds")
    assert written("gathering_changed") == [world.other_leader.email]
    assert "Place: Leeds (before: London)" in Email.objects.get(template="hubs/mail/gathering_changed").text
    for _ in range(2):
        meetings.call_off(meeting, "Strike", by=world.hq, now=NOW)
    assert written("gathering_called_off") == [world.other_leader.email]
    (one,) = of_meetings(world.other_leader)
    # Set, set twice more, called off: three changes since it was made.
    assert (one.called_off, one.sequence) == (True, 3)
    file = ical.file(one).decode()
    assert "STATUS:CANCELLED" in file
    assert "SEQUENCE:3" in file


def test_nobody_is_told_of_changes_before_anybody_was_invited(world):
    made = held(world)
    held(world, made, place="Leeds")
    meetings.call_off(made, "Strike", by=world.hq, now=NOW)
    assert not Email.objects.exists()


def test_the_calendar_has_meetings_that_a_person_hasnt_refused(world, meeting):
    assert [one.title for one in of_meetings(world.leader)] == ["Quality day"]
    meetings.reply(meeting, is_coming=False, by=world.leader, now=NOW)
    assert of_meetings(world.leader) == []
    assert [one.title for one in of_meetings(world.hq)] == ["Quality day"]
    assert of_meetings(world.mentor) == []


def test_a_register_keeps_what_each_phone_ticked(world, meeting):
    with pytest.raises(Refused, match="from the day"):
        meetings.save_register(meeting, {world.leader.pk: True}, by=world.hq, now=NOW)
    meetings.reply(meeting, is_coming=True, by=world.other_leader, now=NOW)
    meetings.save_register(meeting, {world.leader.pk: True}, by=world.hq, now=LATER)
    # A second phone, opened before, says only what it ticked.
    meetings.save_register(meeting, {world.other_leader.pk: True}, by=world.hq, now=LATER)
    came = set(meeting.replies.filter(came=True).values_list("user", flat=True))
    assert came == {world.leader.pk, world.other_leader.pk}
    (sheet,) = meeting_sheets(meeting, meeting.replies.filter(user=world.leader))
    assert (sheet.name, sheet.of) == (str(world.leader), "Hub leader, Chilterns")


# Pages


@pytest.fixture
def ahead(world):
    made = held(world, held_on=date(2099, 1, 5), places=1)
    meetings.invite(made, by=world.hq, now=NOW)
    return made


def client_of(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_hq_makes_a_meeting_invites_and_reads_the_answers(world):
    hq = client_of(world.hq)
    day = {"held_on_0": "5", "held_on_1": "1", "held_on_2": "2099", "starts_at": "10am"}
    wrong = hq.post("/meetings/new/", {**day, "kind": "development", "title": ""})
    assert "Enter title" in wrong.content.decode()
    hq.post(
        "/meetings/new/",
        {**day, "kind": "development", "title": "Quality day", "link": "https://meet.example/"},
    )
    made = LeaderMeeting.objects.get()
    assert "Nobody is invited yet" in hq.get("/meetings/").content.decode()
    assert str(world.leader) in hq.get(f"/meetings/{made.pk}/invite/").content.decode()
    hq.post(f"/meetings/{made.pk}/invite/")
    assert Email.objects.count() == 2
    client_of(world.leader).post(f"/meetings/{made.pk}/reply/", {"answer": "yes", "needs": "Vegan"})
    page = hq.get(f"/meetings/{made.pk}/").content.decode()
    assert (str(world.leader) in page, "Vegan" in page) == (True, True)
    viewer = client_of(factories.hq(Role.HQ_VIEWER)).get(f"/meetings/{made.pk}/").content.decode()
    assert (str(world.leader) in viewer, "Vegan" in viewer) == (True, False)


def test_a_hub_leader_sees_their_own_answer_and_nobody_elses(world, ahead):
    client_of(world.leader).post(f"/meetings/{ahead.pk}/reply/", {"answer": "yes"})
    other = client_of(world.other_leader)
    said = other.post(f"/meetings/{ahead.pk}/reply/", {"answer": "yes"}, follow=True).content.decode()
    assert "you’re on the waiting list" in said
    assert str(world.leader) not in said
    assert "On the waiting list" in other.get("/meetings/").content.decode()
    file = other.get(f"/meetings/{ahead.pk}/calendar.ics")
    assert "DTSTART;TZID=Europe/London:20990105T100000" in file.content.decode()


def test_s18_a_meetings_materials_are_for_those_who_see_it(world, ahead):
    link = gatherings.add_material(
        ahead, meetings.face_of(ahead), title="Slides", url="https://www.example.org/", by=world.hq, now=NOW
    )
    assert "Slides" in client_of(world.leader).get(f"/meetings/{ahead.pk}/").content.decode()
    assert client_of(world.mentor).get(f"/meetings/{ahead.pk}/").status_code == 404
    client_of(world.hq).post(f"/meetings/{ahead.pk}/materials/{link.pk}/remove/")
    assert not ahead.materials.exists()


def test_the_register_on_a_phone_ticks_leaders_who_answered_or_not(world):
    made = held(world, held_on=date(2026, 11, 2))
    hq, path = client_of(world.hq), f"/meetings/{made.pk}/register/"
    assert str(world.leader) in hq.get(path).content.decode()
    hq.post(path, {"seen": "", f"person-{world.leader.pk}": "on"})
    assert dict(made.replies.values_list("user", "came")) == {world.leader.pk: True}
    # Opened by another before the tick: it stays.
    hq.post(path, {"seen": "", f"person-{world.other_leader.pk}": "on"})
    assert made.replies.filter(came=True).count() == 2


@pytest.mark.parametrize("leaders", [10, 60])
def test_r24_pages_of_meetings_cost_the_same_for_any_number_of_leaders(world, ahead, leaders):
    for number in range(leaders):
        person = factories.hub_member(factories.hub())
        if number % 2:
            meetings.reply(ahead, is_coming=True, by=person, now=NOW)
        held(world, title=f"Meeting {number}", held_on=date(2026, 11, 2))
    hq = client_of(world.hq)
    past = LeaderMeeting.objects.latest("pk")
    paths = ["/meetings/", f"/meetings/{ahead.pk}/", f"/meetings/{past.pk}/register/"]
    assert [own_queries(hq, path) for path in paths] == [4, 8, 5]
