"""What one leader of a hub leaves for the next: where its schools stand, and notes nobody else reads."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied

from hubs.domain import substitutes
from hubs.domain.hand_over import standing, write_note
from hubs.domain.hubs import appoint
from hubs.models import HandOverNote, MentoringEntry
from messaging.domain.conversations import post
from messaging.models import Email
from psqm_portal.core.clock import london_day, now
from psqm_portal.core.machine import Refused
from psqm_portal.core.models import LogEntry
from psqm_portal.core.roles import Role
from psqm_portal.core.seen import OutOfDate, mark_of
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db
SECRET = "Ring the office before ten."


@pytest.fixture
def signed_in(client):
    def sign_in(person):
        client.force_login(person)
        return client

    return sign_in


def path_of(world, rest: str = "") -> str:
    return f"/hubs/{world.hub.slug}/hand-over/{rest}"


def test_the_newest_version_stands_and_nothing_is_overwritten(world):
    first = write_note(world.hub, None, "One", by=world.leader, now=NOW)
    assert write_note(world.hub, None, " One ", by=world.leader, now=NOW) == first
    second = write_note(world.hub, None, "Two", by=world.hq, now=NOW)
    assert (standing(world.hub, None), HandOverNote.objects.count()) == (second, 2)
    with pytest.raises(OutOfDate):
        write_note(world.hub, None, "Three", by=world.leader, now=NOW, opened_with=mark_of({"text": "One"}))
    write_note(world.hub, None, "Three", by=world.leader, now=NOW, opened_with=mark_of({"text": "Two"}))
    assert list(HandOverNote.objects.values_list("text", flat=True)) == ["Three", "Two", "One"]
    assert LogEntry.objects.filter(action="hand_over.written", about=f"hub:{world.hub.pk}").count() == 3


def test_who_may_write(world):
    submission = world.enrol()
    for person in (world.mentor, world.other_leader, factories.hq(Role.HQ_VIEWER)):
        with pytest.raises(PermissionDenied):
            write_note(world.hub, None, "x", by=person, now=NOW)
    factories.member(submission.school, Role.SUBJECT_LEADER, world.leader)
    with pytest.raises(Refused, match="are or were at"):
        write_note(world.hub, submission.school, "x", by=world.leader, now=NOW)
    assert not HandOverNote.objects.exists()


def test_the_page_says_where_each_school_stands(world, signed_in):
    submission = world.enrol()
    school = submission.school
    MentoringEntry.objects.create(
        hub_round=world.hub_round, school=school, by=world.leader, held_on=date(2026, 10, 30), minutes=95,
        how="phone", written_at=NOW,
    )  # fmt: skip
    write_note(world.hub, school, SECRET, by=world.leader, now=NOW)
    write_note(world.hub, None, "Training is in the library.", by=world.leader, now=NOW)
    page = signed_in(world.leader).get(path_of(world)).content.decode()
    for words in (
        *(school.name, "School: Finish the audit", "1 hour 35 minutes", "30 Oct 2026", SECRET),
        "Training is in the library.",
    ):
        assert words in page
    post(
        submission.conversation, by=world.leader, body="Hello", now=NOW, tell=[], about=submission.key,
        url="/", title="t",
    )  # fmt: skip
    assert "3 Nov 2026" in signed_in(world.hq).get(path_of(world)).content.decode()


def test_notes_are_the_leaders_and_hqs_alone(world, signed_in):
    submission = world.enrol()
    head = factories.member(submission.school, Role.HEADTEACHER)
    write_note(world.hub, submission.school, SECRET, by=world.leader, now=NOW)
    paths = [path_of(world), path_of(world, f"schools/{submission.school_id}/"), path_of(world, "hub/")]
    found = {
        name: [signed_in(person).get(path).status_code for path in paths]
        for name, person in {
            "leader": world.leader,
            "admin": world.hq,
            "mentor": world.mentor,
            "viewer": factories.hq(Role.HQ_VIEWER),
            "finance": factories.hq(Role.HQ_FINANCE),
            "other leader": world.other_leader,
            "headteacher": head,
        }.items()
    }
    assert found == {
        "leader": [200] * 3, "admin": [200] * 3, "mentor": [403] * 3, "viewer": [403] * 3,
        "finance": [403] * 3, "other leader": [404] * 3, "headteacher": [404] * 3,
    }  # fmt: skip
    for person in (world.mentor, head):
        for path in (f"/hubs/{world.hub.slug}/", f"/submissions/{submission.pk}/messages/"):
            assert SECRET not in signed_in(person).get(path).content.decode()


def test_a_leaders_own_school_stays_out(world, signed_in):
    own, other = world.enrol(), world.enrol()
    write_note(world.hub, own.school, SECRET, by=world.leader, now=NOW)
    person = factories.member(own.school)
    person.school_memberships.update(ended_at=NOW)
    appoint(world.hub, person, Role.HUB_LEADER, by=world.hq, now=NOW)
    client = signed_in(person)
    page = client.get(path_of(world)).content.decode()
    assert (other.school.name in page, own.school.name in page, SECRET in page) == (True, False, False)
    assert client.get(path_of(world, f"schools/{own.school_id}/")).status_code == 404
    assert client.post(path_of(world, f"schools/{own.school_id}/"), {"text": "x"}).status_code == 404


def test_another_hubs_school_has_no_note_here(world, signed_in):
    elsewhere = factories.submission(cycle=world.round, in_hub=world.other, parts=False)
    assert signed_in(world.hq).get(path_of(world, f"schools/{elsewhere.school_id}/")).status_code == 404


def test_writing_on_the_page_and_on_top_of_somebody_elses_words(world, signed_in):
    school = world.enrol().school
    path = path_of(world, f"schools/{school.pk}/")
    seen = mark_of({"text": ""})
    answer = signed_in(world.leader).post(path, {"text": "First line\r\nand second", "seen": seen})
    assert answer.headers["Location"] == path_of(world)
    clash = signed_in(world.hq).post(path, {"text": "HQ’s own", "seen": seen})
    assert (clash.status_code, "First line" in clash.content.decode()) == (409, True)
    mark = mark_of({"text": "First line\nand second"})
    signed_in(world.hq).post(path, {"text": "HQ’s own", "seen": mark})
    page = signed_in(world.hq).get(path).content.decode()
    assert "Earlier versions" in page
    assert "First line" in page
    signed_in(world.hq).post(path, {"text": "", "seen": mark_of({"text": "HQ’s own"})})
    assert "HQ’s own" not in signed_in(world.hq).get(path_of(world)).content.decode()


def test_s22_a_note_is_escaped(world, signed_in):
    write_note(world.hub, None, "<script>alert(1)</script>", by=world.leader, now=NOW)
    for rest in ("", "hub/"):
        page = signed_in(world.hq).get(path_of(world, rest)).content.decode()
        assert "&lt;script&gt;alert" in page
        assert "<script>alert" not in page


def test_the_new_leader_is_led_to_it_by_mail_and_first_page(world, signed_in):
    person = factories.user("Asha Rao")
    appoint(world.hub, person, Role.HUB_LEADER, by=world.hq, now=NOW)
    mail = Email.objects.get(template="submissions/mail/leads_hub")
    assert path_of(world) in mail.text
    person.hub_memberships.update(started_at=now())
    page = signed_in(person).get("/").content.decode()
    assert f"Read the hand-over of {world.hub}" in page
    assert path_of(world) in page
    person.hub_memberships.update(started_at=now() - timedelta(days=15))
    assert "hand-over" not in signed_in(person).get("/").content.decode()


def test_the_outgoing_leader_is_asked_to_write_it(world, signed_in):
    asha = factories.user("Asha Rao")
    today = london_day(now())
    substitutes.plan(
        world.hub, email=asha.email, name="", first_day=today + timedelta(days=9),
        last_day=today + timedelta(days=30), reason="x", by=world.hq, now=NOW,
    )  # fmt: skip
    page = signed_in(world.leader).get("/").content.decode()
    assert "Write what Asha Rao needs to know" in page
    assert path_of(world) in page
    page = signed_in(asha).get("/").content.decode()
    assert f"You lead {world.hub} from" in page
    assert path_of(world) not in page


def test_hq_reads_whether_notes_exist_before_it_replaces_a_leader(world, signed_in):
    client, path = signed_in(world.hq), f"/hubs/{world.hub.slug}/people/leader/"
    given = {"name": "Oli Other", "email": "oli@other.example"}
    page = client.post(path, given).content.decode()
    assert f"{world.leader} hasn’t written any note there" in page
    assert f"/messages/hub-leaders/{world.leader.pk}/" in page
    write_note(world.hub, None, "Words", by=world.leader, now=NOW)
    assert f"{world.leader} wrote 1 note there" in client.post(path, given).content.decode()


@pytest.mark.parametrize("schools", [2, 10])
def test_r24_the_page_costs_the_same_for_two_schools_and_ten(
    world, signed_in, django_assert_num_queries, schools
):
    for number in range(schools):
        submission = world.enrol()
        write_note(world.hub, submission.school, f"Note {number}", by=world.leader, now=NOW)
    client = signed_in(world.leader)
    with django_assert_num_queries(18):
        page = client.get(path_of(world)).content
    assert page.count(b'scope="row"') == schools
