from datetime import date, time, timedelta

import pytest
from django.core.exceptions import PermissionDenied

from hubs.calendar import of_hubs
from hubs.domain.training import (
    call_off,
    name_of,
    record_attendance,
    set_session,
)
from hubs.duties import hub_training, recruit, school_training
from hubs.models import Attendance, SessionReply
from messaging.models import Email
from psqm_portal.core.machine import Refused
from psqm_portal.core.roles import Role
from rounds.domain import ical
from rounds.models import Round
from tests import factories
from tests.factories import NOW

TODAY = date(2026, 11, 3)


def milestone(world, step: str, audience: str):
    return world.round.milestones.get(step=step, audience=audience)


@pytest.mark.parametrize(
    ("training", "step", "name"),
    [
        ("days", "training_1", "Training day 1"),
        ("days", "training_2", "Training day 2"),
        ("sessions", "training_1", "Session 1"),
        ("sessions", "session_3", "Session 3"),
        ("sessions", "training_2", "Session 4"),
    ],
)
def test_a_hub_has_its_own_name_for_a_step(training, step, name):
    assert name_of(training, step) == name


def test_leader_and_mentor_set_a_session(world):
    made = set_session(
        world.hub_round,
        "session_2",
        held_on=date(2026, 11, 20),
        starts_at=time(9, 30),
        place=" Hall ",
        by=world.mentor,
        now=NOW,
    )
    assert (made.held_on, made.place) == (date(2026, 11, 20), "Hall")
    moved = set_session(world.hub_round, "session_2", held_on=date(2026, 11, 27), by=world.leader, now=NOW)
    assert (moved.pk, moved.held_on) == (made.pk, date(2026, 11, 27))
    for person in [world.other_leader, factories.hq(Role.HQ_VIEWER), factories.user()]:
        with pytest.raises(PermissionDenied):
            set_session(world.hub_round, "session_2", held_on=TODAY, by=person, now=NOW)


@pytest.mark.parametrize("starts_at", [None, time(15), time(16)])
def test_a_session_ends_after_it_starts(world, client, starts_at):
    with pytest.raises(Refused, match="ends after it starts"):
        set_session(
            world.hub_round, "session_2", held_on=TODAY, starts_at=starts_at, ends_at=time(15),
            by=world.leader, now=NOW,
        )  # fmt: skip
    client.force_login(world.leader)
    page = f"/hubs/{world.hub.slug}/{world.round.slug}/sessions/session_2/"
    typed = {"held_on_0": "3", "held_on_1": "11", "held_on_2": "2026", "ends_at": "3pm", "place": "Hall"}
    answer = client.post(page, typed | ({"starts_at": f"{starts_at:%H:%M}"} if starts_at else {}))
    assert "A session ends after it starts" in answer.content.decode()
    assert not world.hub_round.sessions.exists()


def test_a_two_day_hub_has_no_session_2(world):
    days = world.other.hub_rounds.get()
    with pytest.raises(Refused, match="doesn't have that session"):
        set_session(days, "session_2", held_on=TODAY, by=world.other_leader, now=NOW)


def test_a_closed_rounds_sessions_stay(world):
    Round.objects.update(status="closed")
    world.hub_round.refresh_from_db()
    with pytest.raises(Refused, match="closed"):
        set_session(world.hub_round, "training_1", held_on=TODAY, by=world.leader, now=NOW)


def test_the_register_tells_who_came_once(world, session, told):
    came, gone = told("training.attended"), told("training.not_attended")
    first, second = world.enrol().school, world.enrol().school
    record_attendance(session, {first.pk: 2, second.pk: 1}, by=world.mentor, now=NOW)
    assert {row.school for row, _ in came} == {first, second}
    record_attendance(session, {first.pk: 1}, by=world.mentor, now=NOW)
    assert (len(came), [row.school for row, _ in gone]) == (2, [second])
    assert list(Attendance.objects.values_list("school", "people")) == [(first.pk, 1)]


def test_the_register_holds_only_the_hubs_schools_and_only_afterwards(world, session):
    with pytest.raises(Refused, match="isn't in this hub any more"):
        record_attendance(session, {factories.school().pk: 1}, by=world.leader, now=NOW)
    with pytest.raises(PermissionDenied):
        record_attendance(session, {}, by=world.other_leader, now=NOW)
    with pytest.raises(Refused, match="between 1 and 20 people"):
        record_attendance(session, {world.enrol().school_id: 21}, by=world.leader, now=NOW)
    with pytest.raises(Refused, match="from the day of the session on"):
        record_attendance(session, {}, by=world.leader, now=NOW - timedelta(days=1))


def test_a_session_with_a_register_cant_be_in_the_future(world, session):
    record_attendance(session, {world.enrol().school_id: 1}, by=world.leader, now=NOW)
    with pytest.raises(Refused, match="can't be in the future"):
        set_session(
            world.hub_round, "training_1", held_on=TODAY + timedelta(days=1), by=world.leader, now=NOW
        )


def test_a_school_owes_a_session_until_it_is_on_the_register(world, session):
    submission = world.enrol()
    leader = factories.member(submission.school)
    factories.member(submission.school, Role.HEADTEACHER)
    row = milestone(world, "training_1", "school")
    (owed,) = school_training(row, NOW, None)
    assert (owed.subject, owed.title) == (f"submission:{submission.pk}", submission.school.name)
    assert (owed.what, owed.due_on, owed.since) == ("come to session 1 (Hall)", TODAY, TODAY)
    assert (owed.recipients, owed.copied) == ((leader,), (world.leader,))
    (late,) = school_training(row, NOW + timedelta(days=1), None)
    assert late.what == "make up for session 1 with your hub leader"
    assert len(school_training(row, NOW, leader)) == 1
    assert school_training(row, NOW, world.leader) == []
    record_attendance(session, {submission.school_id: 1}, by=world.leader, now=NOW)
    assert school_training(row, NOW, None) == []


def test_without_a_date_the_rounds_counts(world):
    world.enrol()
    (owed,) = school_training(milestone(world, "session_3", "school"), NOW, None)
    assert owed.due_on == date(2027, 3, 31)


@pytest.mark.parametrize("status", ["submitted", "withdrawn", "not_submitted", "notified"])
def test_a_school_that_is_done_owes_no_training(world, status):
    world.enrol(status=status)
    assert school_training(milestone(world, "training_1", "school"), NOW, None) == []


def test_sessions_2_and_3_are_owed_only_in_four_session_hubs(world):
    factories.submission(cycle=world.round, in_hub=world.other, parts=False)
    assert school_training(milestone(world, "session_2", "school"), NOW, None) == []
    owed = hub_training(milestone(world, "session_2", "hub_leader"), NOW, None)
    assert [one.recipients for one in owed] == [(world.leader,)]


def test_a_hub_leader_owes_a_date_then_a_register(world, session):
    submission = world.enrol()
    row = milestone(world, "training_1", "hub_leader")
    owed = {one.title: (one.what, one.due_on) for one in hub_training(row, NOW, None)}
    assert owed == {
        "Chilterns": ("lead session 1 and record who came", TODAY),
        "Downs": ("set the date of training day 1", date(2026, 9, 30)),
    }
    record_attendance(session, {submission.school_id: 1}, by=world.leader, now=NOW)
    assert hub_training(row, NOW, world.leader) == []


def test_a_leader_who_was_at_the_school_isnt_copied(world):
    submission = world.enrol()
    factories.member(submission.school, person=world.leader)
    (owed,) = school_training(milestone(world, "training_1", "school"), NOW, None)
    assert owed.copied == ()


def test_a_hub_leader_recruits_until_a_school_is_there(world):
    row = milestone(world, "recruit", "hub_leader")
    assert {one.title for one in recruit(row, NOW, None)} == {"Chilterns", "Downs"}
    world.enrol()
    assert [one.title for one in recruit(row, NOW, None)] == ["Downs"]
    assert recruit(row, NOW, world.leader) == []


@pytest.mark.parametrize("schools", [1, 3, 10])
def test_r24_duties_cost_the_same_for_any_number_of_schools(world, django_assert_num_queries, schools):
    for _ in range(schools):
        factories.member(world.enrol().school)
    row = milestone(world, "training_1", "school")
    with django_assert_num_queries(5):
        assert len(school_training(row, NOW, None)) == schools
    row = milestone(world, "training_1", "hub_leader")
    with django_assert_num_queries(3):
        hub_training(row, NOW, None)


# Notices


def mails(template: str) -> list[tuple[str, str]]:
    return list(
        Email.objects.filter(template=f"hubs/mail/{template}").order_by("to").values_list("to", "subject")
    )


AHEAD = date(2026, 11, 20)


def test_the_first_date_invites_subject_leaders_once(world):
    ours, quiet = world.enrol().school, world.enrol().school
    subject_leader, head = factories.member(ours), factories.member(quiet, Role.HEADTEACHER)
    factories.member(ours, Role.HEADTEACHER)
    factories.member(ours, Role.SCHOOL_FINANCE)
    factories.member(factories.school())
    for place in ["Hall", "Hall"]:
        set_session(world.hub_round, "session_2", held_on=AHEAD, place=place, by=world.leader, now=NOW)
    subject = "Session 2: Friday 20 November 2026"
    expected = sorted([(subject_leader.email, subject), (head.email, subject)])
    assert mails("session_invited") == expected
    assert mails("gathering_changed") == []
    text = Email.objects.get(to=subject_leader.email).text
    assert "Chilterns, Autumn 2026 has set the date of Session 2" in text
    assert "Join online" not in text


def test_a_session_in_the_past_is_entered_and_nobody_is_invited(world):
    factories.member(world.enrol().school)
    set_session(world.hub_round, "session_2", held_on=date(2026, 10, 1), by=world.leader, now=NOW)
    assert not Email.objects.exists()


def test_another_time_or_place_is_told_to_whom_it_concerns_with_what_is_different(world):
    coming, silent, refusing = (world.enrol().school for _ in range(3))
    people = [factories.member(school) for school in (coming, silent, refusing)]
    given = {"held_on": AHEAD, "starts_at": time(9, 30), "by": world.leader, "now": NOW}
    session = set_session(world.hub_round, "session_2", place="Hall", **given)
    rows = {
        "Guest": (coming, "guest@else.example", "coming"),
        "Nobody": (refusing, "", "not_coming"),
    }
    for name, (school, email, answer) in rows.items():
        SessionReply.objects.create(
            session=session, school=school, name=name, email=email, answer=answer, replied_at=NOW
        )
    Email.objects.all().delete()
    changed = {**given, "starts_at": time(10)}
    for _ in range(2):
        set_session(world.hub_round, "session_2", place="Library", link="https://meet.example/1", **changed)
    assert [to for to, _ in mails("gathering_changed")] == sorted(["guest@else.example", people[1].email])
    text = Email.objects.get(to=people[1].email).text
    assert "When: Friday 20 November 2026, 10am (before: Friday 20 November 2026, 9.30am)" in text
    assert "Place: Library (before: Hall)" in text
    assert "Online link: https://meet.example/1" in text
    assert f"/training/{session.pk}/" in text
    assert f"/hubs/{world.hub.slug}/autumn-2026/sessions/session_2/calendar.ics" in text
    # Who has no account can't open a page.
    assert "/training/" not in Email.objects.get(to="guest@else.example").text
    session.refresh_from_db()
    assert session.changed_at == NOW
    Email.objects.all().delete()
    set_session(
        world.hub_round, "session_2", place="Library", link="https://meet.example/1", note="New", **changed
    )
    assert not Email.objects.exists()


def test_a_session_is_called_off_once_and_can_get_another_date(world):
    school = world.enrol().school
    leader = factories.member(school)
    session = set_session(world.hub_round, "session_2", held_on=AHEAD, by=world.leader, now=NOW)
    with pytest.raises(Refused, match="Say why"):
        call_off(session, " ", by=world.leader, now=NOW)
    for _ in range(2):
        call_off(session, "The hall is flooded.", by=world.mentor, now=NOW)
    assert mails("gathering_called_off") == [(leader.email, "Called off: Session 2, Chilterns, Autumn 2026")]
    (held,) = [one for one in of_hubs(world.leader) if one.title == "Session 2"]
    assert (held.called_off, held.sequence) == (True, 1)
    assert b"STATUS:CANCELLED" in ical.file(held)
    # Both owe as if no date had been set.
    (owed,) = hub_training(milestone(world, "session_2", "hub_leader"), NOW, world.leader)
    assert owed.what == "set the date of session 2"
    (owed,) = school_training(milestone(world, "session_2", "school"), NOW, None)
    assert owed.due_on == milestone(world, "session_2", "school").due_on
    with pytest.raises(Refused, match="Give it another date"):
        set_session(world.hub_round, "session_2", held_on=AHEAD, by=world.leader, now=NOW)
    set_session(world.hub_round, "session_2", held_on=AHEAD + timedelta(days=7), by=world.leader, now=NOW)
    session.refresh_from_db()
    assert session.called_off_at is None
    assert len(mails("gathering_changed")) == 1


def test_what_took_place_isnt_called_off(world, session):
    record_attendance(session, {world.enrol().school_id: 1}, by=world.leader, now=NOW)
    with pytest.raises(Refused, match="it took place"):
        call_off(session, "Rain", by=world.leader, now=NOW)
    for person in [world.other_leader, factories.hq(Role.HQ_VIEWER)]:
        with pytest.raises(PermissionDenied):
            call_off(session, "Rain", by=person, now=NOW)
