"""Who comes to a session: places, the waiting list in its order, and the race for the last place."""

import threading
from datetime import date, timedelta
from unittest.mock import patch

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client

from hubs.domain import gatherings
from hubs.domain.training import Guest, answer, leave, set_session, standing
from hubs.models import SessionReply, TrainingSession
from messaging.models import Email
from psqm_portal.core.machine import Refused
from psqm_portal.core.roles import Role
from psqm_portal.core.seen import OutOfDate, mark_of
from submissions.domain.machine import submission_machine
from submissions.models import Submission
from tests import factories
from tests.factories import NOW
from tests.support.races import PATIENCE, at_once

DAY = date(2026, 11, 20)
THREADS = 8


@pytest.fixture
def session(world):
    return set_session(world.hub_round, "training_1", held_on=DAY, places=2, by=world.leader, now=NOW)


def joined(world, name: str = "", person: str = ""):
    """A school of the hub and its subject leader."""
    school = world.enrol(**({"place": factories.school(name=name)} if name else {})).school
    return school, factories.member(school, person=factories.user(person) if person else None)


def say(session, school, by, *names: str | Guest, minutes: int = 0, **more):
    guests = [Guest(name) if isinstance(name, str) else name for name in names]
    return answer(session, school, guests, by=by, now=NOW + timedelta(minutes=minutes), **more)


def leaves_its_seat(school) -> None:
    Submission.objects.filter(school=school).update(seat=None, status="withdrawn")


def answers(session) -> dict[str, str]:
    return {one.name: one.answer for one in session.replies.all()}


def test_two_people_come_and_a_third_waits(world, session):
    (ash, ana), (birch, bo) = joined(world, "Ash"), joined(world, "Birch")
    say(session, ash, ana, "Ana Lee", "Cat Hill")
    say(session, birch, bo, "Bo Dunn", minutes=1)
    assert answers(session) == {"Ana Lee": "coming", "Cat Hill": "coming", "Bo Dunn": "waiting"}


def test_who_waits_longest_moves_up_by_themselves_and_is_told(world, session):
    (ash, ana), (birch, bo), (cedar, cy) = (
        joined(world, "Ash"),
        joined(world, "Birch"),
        joined(world, "Cedar"),
    )
    first, _ = say(session, ash, ana, "Ana Lee", "Cat Hill")
    say(session, birch, bo, "Bo Dunn", minutes=1)
    say(session, cedar, cy, "Cy Moss", minutes=2)
    Email.objects.all().delete()
    say(session, ash, ana, Guest("Ana Lee", pk=first.pk), minutes=3)
    assert answers(session) == {
        "Ana Lee": "coming",
        "Cat Hill": "not_coming",
        "Bo Dunn": "coming",
        "Cy Moss": "waiting",
    }
    mail = Email.objects.get()
    assert (mail.to, mail.subject) == (bo.email, "A place has come free: Session 1, Chilterns, Autumn 2026")
    assert "has come free for Bo Dunn" in mail.text
    # Who gave a place back and wants it again waits behind the others.
    say(session, ash, ana, Guest("Ana Lee", pk=first.pk), "Cat Hill", minutes=4)
    waiting = session.replies.filter(answer="waiting").values_list("name", flat=True)
    assert list(waiting) == ["Cy Moss", "Cat Hill"]


def test_fewer_places_throw_nobody_out_and_more_let_people_in(world, session):
    ash, ana = joined(world)
    say(session, ash, ana, "One", "Two", "Three", "Four")
    given = {"held_on": DAY, "by": world.leader, "now": NOW}
    set_session(world.hub_round, "training_1", places=1, **given)
    assert list(answers(session).values()) == ["coming", "coming", "waiting", "waiting"]
    set_session(world.hub_round, "training_1", places=3, **given)
    assert list(answers(session).values()) == ["coming", "coming", "coming", "waiting"]
    set_session(world.hub_round, "training_1", places=None, **given)
    assert set(answers(session).values()) == {"coming"}


def test_a_place_stays_with_the_school_when_a_colleague_comes_instead(world, session):
    (ash, ana), (birch, bo) = joined(world), joined(world)
    one, _ = say(session, ash, ana, "Ana Lee", "Cat Hill")
    say(session, birch, bo, "Bo Dunn", minutes=1)
    say(session, ash, ana, Guest("Dee Fox", pk=one.pk), "Cat Hill", minutes=2)
    assert answers(session) == {"Dee Fox": "coming", "Cat Hill": "coming", "Bo Dunn": "waiting"}
    # Names may even be swapped.
    two = session.replies.get(name="Cat Hill")
    say(session, ash, ana, Guest("Cat Hill", pk=one.pk), Guest("Dee Fox", pk=two.pk), minutes=3)
    assert answers(session)["Cat Hill"] == answers(session)["Dee Fox"] == "coming"


def test_names_of_members_are_theirs_and_others_keep_their_address(world, session):
    ash, ana = joined(world, person="Ana Lee")
    member, guest = say(session, ash, ana, "ana lee", Guest("Cat Hill", "cat@else.example", "Vegetarian"))
    assert (member.user, member.email) == (ana, "")
    assert (guest.user, guest.email, guest.needs) == (None, "cat@else.example", "Vegetarian")


def test_nobody_can_come(world, session):
    ash, ana = joined(world, person="Ana Lee")
    say(session, ash, ana)
    assert answers(session) == {"Ana Lee": "not_coming"}
    say(session, ash, ana, "Ana Lee", minutes=1)
    assert answers(session) == {"Ana Lee": "coming"}


def test_s04_only_the_schools_people_and_its_hub_answer_for_it(world, session):
    (ash, ana), (_, bo) = joined(world), joined(world)
    for person in [factories.member(ash, Role.HEADTEACHER), world.leader, world.mentor, world.hq]:
        say(session, ash, person, "Ana Lee")
    at_school = factories.hub_member(world.hub, Role.MENTOR)
    factories.member(ash, Role.SCHOOL_FINANCE, at_school)
    refused = [bo, world.other_leader, at_school, factories.hq(Role.HQ_VIEWER), factories.user()]
    for person in [*refused, factories.member(ash, Role.SCHOOL_FINANCE)]:
        with pytest.raises(PermissionDenied):
            say(session, ash, person, "Ana Lee")
    leaves_its_seat(ash)
    with pytest.raises(PermissionDenied):
        say(session, ash, ana, "Ana Lee")


def test_answers_end_with_the_day_and_with_calling_off(world, session):
    ash, ana = joined(world)
    with pytest.raises(Refused, match="is over"):
        say(session, ash, ana, "Ana Lee", minutes=60 * 24 * 18)
    with pytest.raises(Refused, match="same name"):
        say(session, ash, ana, "Ana Lee", "ana lee ")
    with pytest.raises(Refused, match="up to 20"):
        say(session, ash, ana, *[f"Guest {number}" for number in range(21)])
    TrainingSession.objects.update(called_off_at=NOW)
    with pytest.raises(Refused, match="called off"):
        say(session, ash, ana, "Ana Lee")


def test_r03_two_of_a_school_dont_overwrite_each_other(world, session):
    ash, ana = joined(world)
    seen = mark_of(standing([]))
    say(session, ash, ana, "Ana Lee", seen=seen)
    with pytest.raises(OutOfDate):
        say(session, ash, ana, "Cat Hill", seen=seen)
    assert answers(session) == {"Ana Lee": "coming"}


def test_a_school_that_leaves_the_hub_gives_its_places_back(world, session):
    (ash, ana), (birch, bo) = joined(world), joined(world)
    say(session, ash, ana, "Ana Lee", "Cat Hill")
    say(session, birch, bo, "Bo Dunn", minutes=1)
    leave(ash.pk, world.round.pk, now=NOW)
    assert answers(session)["Bo Dunn"] == "waiting"
    leaves_its_seat(ash)
    leave(ash.pk, world.round.pk, now=NOW)
    assert answers(session) == {"Ana Lee": "not_coming", "Cat Hill": "not_coming", "Bo Dunn": "coming"}


def test_withdrawing_takes_the_session_out_of_sight_and_frees_the_places(world, session, client):
    (ash, ana), (birch, bo) = joined(world), joined(world)
    say(session, ash, ana, "Ana Lee", "Cat Hill")
    say(session, birch, bo, "Bo Dunn", minutes=1)
    client.force_login(ana)
    assert client.get(f"/training/{session.pk}/").status_code == 200
    submission_machine.perform(
        Submission.objects.get(school=ash), "withdraw", by=world.hq, now=NOW, reason="Closed"
    )
    assert client.get(f"/training/{session.pk}/").status_code == 404
    assert answers(session)["Bo Dunn"] == "coming"


# Pages


def page_of(person, path: str) -> str:
    client = Client()
    client.force_login(person)
    return client.get(path).content.decode()


def test_a_school_sees_its_own_answers_and_no_other_schools(world, session):
    (ash, ana), (birch, bo) = joined(world, "Ash"), joined(world, "Birch")
    say(session, ash, ana, Guest("Ana Lee", needs="Step-free"))
    say(session, birch, bo, Guest("Bo Dunn", needs="Vegan"))
    path = f"/training/{session.pk}/"
    page = page_of(ana, path)
    assert ("Ana Lee" in page, "Bo Dunn" in page, "Birch" in page, "Vegan" in page) == (
        True,
        False,
        False,
        False,
    )
    page = page_of(world.leader, path)
    assert ("Ana Lee" in page, "Bo Dunn" in page, "Vegan" in page) == (True, True, True)
    page = page_of(factories.hq(Role.HQ_VIEWER), path)
    assert ("Bo Dunn" in page, "Vegan" in page, "Step-free" in page) == (True, False, False)
    # A mentor who was at a school is nothing to it.
    factories.member(birch, Role.SCHOOL_FINANCE, world.mentor)
    page = page_of(world.mentor, path)
    assert ("Ana Lee" in page, "Bo Dunn" in page, "Birch" in page) == (True, False, False)


def test_the_page_takes_names_keeps_what_was_typed_and_says_who_waits(world, session, client):
    ash, ana = joined(world, "Ash", person="Ana Lee")
    TrainingSession.objects.update(held_on=date(2099, 1, 5))
    path = f"/training/{session.pk}/schools/{ash.pk}/"
    client.force_login(ana)
    page = client.get(path)
    assert 'value="Ana Lee"' in page.content.decode()
    seen = page.context["form"]["seen"].initial
    wrong = client.post(
        path, {"seen": seen, "name_0": "Ana Lee", "name_1": "", "email_1": "cat@else.example"}
    )
    assert "Enter the name of this person" in wrong.content.decode()
    assert 'value="cat@else.example"' in wrong.content.decode()
    assert "Leave web addresses out" in client.post(path, {"name_0": "www.spam.example"}).content.decode()
    assert "Enter who comes, or say that nobody can" in client.post(path, {"name_0": ""}).content.decode()
    three = {"seen": seen, "name_0": "Ana Lee", "name_1": "Cat Hill", "name_2": "Dee Fox"}
    said = client.post(path, three, follow=True).content.decode()
    assert "Places: 2, on the waiting list: 1" in said
    stale = client.post(path, {"seen": seen, "name_0": "Eve"}).content.decode()
    assert "Coming now: Ana Lee, Cat Hill, Dee Fox" in stale
    assert 'value="Eve"' in stale
    client.post(path, {"nobody": "1", "seen": client.get(path).context["form"]["seen"].initial})
    assert set(answers(session).values()) == {"not_coming"}


# The last place


@pytest.fixture
def last_place(transactional_db):
    hub, cycle = factories.hub(), factories.round_()
    leader = factories.hub_member(hub)
    made = [factories.submission(cycle=cycle, in_hub=hub, parts=False) for _ in range(THREADS)]
    people = [(one.school, factories.member(one.school)) for one in made]
    session = set_session(made[0].seat.hub_round, "training_1", held_on=DAY, places=1, by=leader, now=NOW)
    return [lambda school=school, by=by: say(session, school, by, "Guest") for school, by in people]


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_r01_the_last_place_goes_to_one_of_eight(last_place):
    ends = at_once(last_place)
    assert [end for end in ends if isinstance(end, Exception)] == []
    got = list(SessionReply.objects.order_by("answer").values_list("answer", flat=True))
    assert got == ["coming"] + ["waiting"] * (THREADS - 1)


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_more_than_one_gets_it(last_place):
    together, ask = threading.Barrier(THREADS), gatherings.answer_now

    def ask_together(session):
        given = ask(session)
        together.wait(PATIENCE)
        return given

    without_lock = patch.object(gatherings, "locked", lambda row: type(row).objects.get(pk=row.pk))
    with without_lock, patch.object(gatherings, "answer_now", ask_together):
        ends = at_once(last_place)
    assert [end for end in ends if isinstance(end, Exception)] == []
    assert set(SessionReply.objects.values_list("answer", flat=True)) == {"coming"}


def test_who_came_is_not_renamed(world, session):
    ash, ana = joined(world, "Ash School", "Ana Lee")
    (came,) = say(session, ash, ana, "Ana Lee")
    SessionReply.objects.filter(pk=came.pk).update(came=True)
    say(session, ash, ana, Guest("Cat Hill", pk=came.pk), minutes=1)
    assert sorted(session.replies.values_list("name", "came")) == [("Ana Lee", True), ("Cat Hill", None)]
