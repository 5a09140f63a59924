from datetime import date, time, timedelta
from io import BytesIO

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from hubs.calendar import of_hubs
from hubs.domain import gatherings
from hubs.domain.attending import certificates, session_sheets
from hubs.domain.training import (
    Marks,
    call_off,
    catch_up,
    face_of,
    forget_catch_up,
    name_of,
    record_attendance,
    save_register,
    set_session,
)
from hubs.duties import hub_training, recruit, school_training
from hubs.models import Attendance, SessionReply
from messaging.models import Email
from psqm_portal.core.files.types import BadFile
from psqm_portal.core.machine import Refused
from psqm_portal.core.roles import Role
from rounds.domain import ical
from rounds.models import Round
from tests import factories
from tests.factories import NOW
from tests.support.queries import own_queries

TODAY = date(2026, 11, 3)


@pytest.fixture
def session(world):
    return set_session(world.hub_round, "training_1", held_on=TODAY, place="Hall", by=world.leader, now=NOW)


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


# The register


def replied(session, school, name: str, **fields) -> SessionReply:
    return SessionReply.objects.create(
        session=session, school=school, name=name, answer="coming", replied_at=NOW, **fields
    )


def test_two_phones_at_one_register_add_up(world, session, told):
    came = told("training.attended")
    first, second = world.enrol().school, world.enrol().school
    ana, bo = replied(session, first, "Ana"), replied(session, second, "Bo")
    save_register(session, Marks(replies={ana.pk: True}), by=world.leader, now=NOW)
    # The mentor's page was opened before that, and says nothing of Ana.
    save_register(session, Marks(replies={bo.pk: True}, names={second.pk: ["Cat"]}), by=world.mentor, now=NOW)
    assert dict(Attendance.objects.values_list("school", "people")) == {first.pk: 1, second.pk: 2}
    assert {row.school for row, _ in came} == {first, second}
    save_register(session, Marks(replies={ana.pk: False}), by=world.leader, now=NOW)
    assert dict(Attendance.objects.values_list("school", "people")) == {second.pk: 2}


def test_the_register_knows_people_without_a_name_until_they_have_one(world, session):
    school = world.enrol().school
    record_attendance(session, {school.pk: 2}, by=world.leader, now=NOW)
    save_register(session, Marks(names={school.pk: ["Ana", "ana"]}), by=world.leader, now=NOW)
    assert Attendance.objects.get().people == 2
    save_register(session, Marks(names={school.pk: ["Bo", "Cat"]}), by=world.leader, now=NOW)
    assert Attendance.objects.get().people == 3
    save_register(session, Marks(unnamed={school.pk: True}), by=world.leader, now=NOW)
    assert Attendance.objects.get().people == 4


def test_a_register_page_says_only_what_was_ticked_on_it(world, session, client):
    school = world.enrol().school
    member = factories.member(school)
    ana = replied(session, school, "Ana", came=True)
    path = f"/hubs/{world.hub.slug}/{world.round.slug}/sessions/training_1/register/"
    client.force_login(world.leader)
    page = client.get(path).content.decode()
    assert f'name="seen" value="reply-{ana.pk}"' in page
    # Opened before Ana was ticked; the subject leader, who hadn't answered, is ticked now.
    client.post(path, {"seen": "", f"member-{school.pk}-{member.pk}": "on"})
    assert dict(session.replies.values_list("name", "came")) == {"Ana": True, str(member): True}
    assert session.replies.get(user=member).answer == "coming"
    assert Attendance.objects.get().people == 2


def test_a_leader_keeps_no_register_of_a_school_they_were_at(world, session, client):
    school, other = world.enrol().school, world.enrol().school
    factories.member(school, Role.SUBJECT_LEADER, world.leader)
    replied(session, school, "Ana", needs="Step-free access")
    client.force_login(world.leader)
    page = client.get(
        f"/hubs/{world.hub.slug}/{world.round.slug}/sessions/training_1/register/"
    ).content.decode()
    assert (school.name in page, other.name in page) == (False, True)
    with pytest.raises(Refused, match="isn't in this hub"):
        record_attendance(session, {school.pk: 1}, by=world.leader, now=NOW)
    record_attendance(session, {school.pk: 1}, by=world.mentor, now=NOW)
    record_attendance(session, {other.pk: 1}, by=world.leader, now=NOW)
    assert set(Attendance.objects.values_list("school", flat=True)) == {school.pk, other.pk}


def test_a_register_goes_by_the_session_as_it_stands(world, session):
    school = world.enrol().school
    type(session).objects.filter(pk=session.pk).update(called_off_at=NOW)
    with pytest.raises(Refused, match="was called off"):
        record_attendance(session, {school.pk: 1}, by=world.leader, now=NOW)


# Catching up


def test_a_school_that_caught_up_owes_the_session_no_more_but_isnt_on_the_register(world, session, told):
    school, came = world.enrol().school, world.enrol().school
    record_attendance(session, {came.pk: 1}, by=world.leader, now=NOW)
    later, attended = NOW + timedelta(days=3), told("training.attended")
    day = TODAY + timedelta(days=2)
    given = {"how": "By video, an hour", "by": world.leader}
    with pytest.raises(Refused, match="once the session is over"):
        catch_up(session, school, held_on=day, now=NOW, **given)
    with pytest.raises(Refused, match="on the register"):
        catch_up(session, came, held_on=day, now=later, **given)
    for wrong in [TODAY - timedelta(days=1), TODAY + timedelta(days=4)]:
        with pytest.raises(Refused, match="look at the date"):
            catch_up(session, school, held_on=wrong, now=later, **given)
    with pytest.raises(PermissionDenied):
        catch_up(session, school, held_on=day, how="x", by=world.other_leader, now=later)
    row = milestone(world, "training_1", "school")
    assert len(school_training(row, later, None)) == 1
    made = catch_up(session, school, held_on=day, now=later, **given)
    assert school_training(row, later, None) == []
    assert (attended, Attendance.objects.count()) == ([], 1)
    forget_catch_up(made, by=world.mentor, now=later)
    assert len(school_training(row, later, None)) == 1


def test_the_hubs_page_says_what_is_missing_and_who_has_to_catch_up(world, session, client):
    here, missing = (
        world.enrol(place=factories.school(name="Ash")),
        world.enrol(place=factories.school(name="Birch")),
    )
    record_attendance(session, {here.school_id: 2}, by=world.leader, now=NOW)
    client.force_login(world.leader)
    page = " ".join(
        client.get(f"/hubs/{world.hub.slug}/{world.round.slug}/training/").content.decode().split()
    )
    assert "has held 0.5 of 2 so far" in page
    assert "No date yet: Session 2, Session 3 and Session 4" in page
    assert "Birch: <strong>has to catch up</strong>" in page
    path = f"/training/{session.pk}/catch-up/{missing.school_id}/"
    day = {"held_on_0": "4", "held_on_1": "11", "held_on_2": "2026", "how": "Slides by phone"}
    client.post(path, day)
    assert "caught up on Wednesday 4 November 2026" in client.get(f"/training/{session.pk}/").content.decode()
    client.post(path, {"forget": "1"})
    assert not session.catch_ups.exists()


def test_the_hubs_page_says_nothing_of_a_school_that_its_reader_was_at(world, session, client):
    here, own = world.enrol(), world.enrol(place=factories.school(name="Birch"))
    factories.member(own.school, Role.SUBJECT_LEADER, world.mentor)
    record_attendance(session, {here.school_id: 2}, by=world.leader, now=NOW)
    for person, reads in ((world.leader, True), (world.mentor, False)):
        client.force_login(person)
        page = client.get(f"/hubs/{world.hub.slug}/{world.round.slug}/training/").content.decode()
        assert ("Birch" in page) is reads


# Materials and certificates


def test_s18_materials_are_files_or_links_and_a_zip_is_refused(world, session):
    face, school = face_of(session), world.enrol().school
    add = {"by": world.leader, "now": NOW, "title": ""}
    with pytest.raises(BadFile):
        gatherings.add_material(
            session, face, upload=SimpleUploadedFile("all.zip", b"PK\x03\x04" + b"0" * 40), **add
        )
    with pytest.raises(Refused, match="one of the two"):
        gatherings.add_material(session, face, **add)
    photo = SimpleUploadedFile("slides.jpg", picture())
    kept = gatherings.add_material(session, face, upload=photo, **add)
    path = reverse("open_file", args=[kept.file_id, kept.file.name])
    readers = [world.leader, world.mentor, world.hq, factories.member(school)]
    for person in [
        *readers,
        world.other_leader,
        factories.member(factories.school()),
        factories.hq(Role.HQ_FINANCE),
    ]:
        client = Client()
        client.force_login(person)
        assert client.get(path).status_code == (302 if person in readers else 404), person
    school.submissions.update(seat=None, status="withdrawn")
    client.force_login(readers[-1])
    assert client.get(path).status_code == 404
    gatherings.remove_material(kept)
    assert not session.materials.exists()


def picture() -> bytes:
    made = BytesIO()
    Image.new("RGB", (40, 40), "purple").save(made, "JPEG")
    return made.getvalue()


def test_a_certificate_is_for_each_person_who_came_of_the_schools_one_may_see(
    world, session, client, monkeypatch
):
    ours, theirs = world.enrol().school, world.enrol().school
    ana, bo = replied(session, ours, "Ana Lee", came=True), replied(session, theirs, "Bo Dunn", came=True)
    gone = replied(session, ours, "Cat Hill", came=False)
    made: list[list[str]] = []
    monkeypatch.setattr(
        "hubs.views.gatherings.certificates",
        lambda sheets: made.append([one.name for one in sheets]) or b"%PDF",
    )
    page, head = f"/training/{session.pk}/certificates", factories.member(ours, Role.HEADTEACHER)
    client.force_login(head)
    assert client.get(f"{page}.pdf").status_code == 200
    assert client.get(f"{page}/{ana.pk}.pdf")["Content-Disposition"] == (
        'attachment; filename="Certificate Session 1 Ana Lee.pdf"'
    )
    assert [client.get(f"{page}/{one.pk}.pdf").status_code for one in (bo, gone)] == [404, 404]
    client.force_login(world.mentor)
    client.get(f"{page}.pdf")
    assert made == [["Ana Lee"], ["Ana Lee"], ["Ana Lee", "Bo Dunn"]]


def test_the_certificate_says_who_came_to_what_and_who_led(world, session):
    ana = replied(
        session, world.enrol(place=factories.school(name="Ash School")).school, "Ana Lee", came=True
    )
    (sheet,) = session_sheets(session, [ana])
    assert (sheet.name, sheet.of, sheet.place) == ("Ana Lee", "Ash School", "Hall")
    assert sheet.what == "Session 1, Autumn 2026, with the hub Chilterns"
    assert sheet.signed == (str(world.leader), "Hub leader, Chilterns")
    assert certificates([sheet]).startswith(b"%PDF-")


@pytest.mark.parametrize("schools", [10, 60])
def test_r24_training_pages_cost_the_same_for_any_number_of_schools(world, session, client, schools):
    factories.hub_round(world.hub, world.round, seats=schools)
    for number in range(schools):
        school = world.enrol().school
        member = factories.member(school)
        replied(session, school, f"Guest {number}", user=member, came=bool(number % 2))
    client.force_login(world.leader)
    base = f"/hubs/{world.hub.slug}/{world.round.slug}"
    costs = [
        own_queries(client, path)
        for path in [
            f"{base}/training/",
            f"/training/{session.pk}/",
            f"{base}/sessions/training_1/register/",
        ]
    ]
    assert costs == [8, 9, 8]
