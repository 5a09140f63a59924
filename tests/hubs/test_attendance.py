"""Training that took place: the register, catching up, materials and certificates."""

from datetime import date, timedelta
from io import BytesIO

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from hubs.domain import gatherings
from hubs.domain.attending import certificates, session_sheets
from hubs.domain.training import (
    Marks,
    catch_up,
    face_of,
    forget_catch_up,
    record_attendance,
    save_register,
)
from hubs.duties import school_training
from hubs.models import Attendance, SessionReply
from psqm_portal.core.files.types import BadFile
from psqm_portal.core.machine import Refused
from psqm_portal.core.roles import Role
from tests import factories
from tests.factories import NOW
from tests.support.queries import own_queries

TODAY = date(2026, 11, 3)


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
    row = world.round.milestones.get(step="training_1", audience="school")
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
