"""Announcements: who gets one is named before sending, kept with it, told as they chose, and counted."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from messaging import queries, registers
from messaging.domain import announcements as domain
from messaging.domain.notices import choose
from messaging.models import Announcement, AnnouncementReader, Email
from messaging.slots import audience
from psqm_portal.core.files.rights import may_read
from psqm_portal.core.machine import Refused
from psqm_portal.core.models import LogEntry
from psqm_portal.core.roles import Role
from tests import factories
from tests.psqm_portal.core import hostile
from tests.support.queries import own_queries
from tests.support.races import at_once

pytestmark = pytest.mark.django_db
NOW = factories.NOW


class Scheme:
    """A round with two hubs: three schools in one, one in the other, each with a subject leader."""

    def __init__(self):
        self.round = factories.round_()
        self.hub, self.other = factories.hub(), factories.hub()
        self.leader = factories.hub_member(self.hub, person=factories.user("Ana Lee"))
        self.mentor = factories.hub_member(self.hub, Role.MENTOR)
        self.far = factories.hub_member(self.other)
        self.hq = factories.hq()
        self.submissions = [
            factories.submission(cycle=self.round, in_hub=hub, parts=False)
            for hub in (self.hub, self.hub, self.hub, self.other)
        ]
        self.teachers = [factories.member(one.school) for one in self.submissions]
        self.head = factories.member(self.submissions[0].school, Role.HEADTEACHER)
        factories.member(self.submissions[0].school, Role.SCHOOL_FINANCE)
        self.hub_round = factories.hub_round(self.hub, self.round)

    @property
    def to_hub(self):
        return f"hub-round:{self.hub_round.pk}"

    def people(self, key, by):
        return {one.person for one in domain.addressees(audience(by, key), by)}

    def announces(self, key=None, by=None, at=NOW, **more):
        by = by or self.leader
        chosen = audience(by, key or self.to_hub)
        given = {"title": "Day one", "body": "At nine."} | more
        seen = domain.mark_of(domain.addressees(chosen, by))
        return domain.announce(chosen, by=by, seen=seen, now=at, **given)


@pytest.fixture
def scheme():
    return Scheme()


def test_who_gets_it(scheme):
    schools, leaders = {*scheme.teachers, scheme.head}, {scheme.leader, scheme.far}
    own = {*scheme.teachers[:3], scheme.head}
    assert scheme.people(scheme.to_hub, scheme.leader) == own
    assert scheme.people(scheme.to_hub, scheme.mentor) == own
    assert scheme.people(scheme.to_hub, scheme.hq) == own
    pk = scheme.round.pk
    assert scheme.people(f"round:{pk}:schools", scheme.hq) == schools
    factories.hub_round(scheme.other, scheme.round)
    assert scheme.people(f"round:{pk}:leaders", scheme.hq) == leaders
    assert scheme.people(f"round:{pk}:all", scheme.hq) == schools | leaders
    alone = factories.hub_member(factories.hub())
    assert scheme.people("hub-leaders:all", scheme.hq) == leaders | {alone}


def test_nobody_gets_it_who_left_or_withdrew(scheme):
    scheme.teachers[0].school_memberships.update(ended_at=NOW)
    scheme.teachers[1].is_active = False
    scheme.teachers[1].save()
    scheme.submissions[2].status, scheme.submissions[2].seat = "withdrawn", None
    scheme.submissions[2].save()
    assert scheme.people(scheme.to_hub, scheme.leader) == {scheme.head}


@pytest.mark.parametrize("who", ["leader", "mentor", "far", "teacher", "hq"])
def test_s01_who_may_write_to_whom(scheme, who):
    person = scheme.teachers[0] if who == "teacher" else getattr(scheme, who)
    pk = scheme.round.pk
    keys = [scheme.to_hub, f"round:{pk}:all", f"round:{pk}:schools", "hub-leaders:all"]
    strange = [
        "",
        "hub-round:",
        "hub-round:x",
        "round:1",
        f"round:{pk}:nobody",
        "x:1",
        "hub-round:" + "9" * 30,
    ]
    may = {"leader": keys[:1], "mentor": keys[:1], "hq": keys}.get(who, [])
    assert [key for key in keys + strange if audience(person, key) is not None] == may


def test_it_is_sent_once_to_those_who_were_named(scheme):
    made = scheme.announces(title=" Day\r\none ", body="At nine.\r\n")
    assert (made.title, made.body) == ("Day one", "At nine.")
    assert scheme.announces(at=NOW + timedelta(seconds=30)) == made
    assert made.readers.count() == 4
    assert LogEntry.objects.get(action="announcement.send").detail == "4"
    chosen = audience(scheme.leader, scheme.to_hub)
    seen = domain.mark_of(domain.addressees(chosen, scheme.leader))
    factories.member(scheme.submissions[1].school)
    with pytest.raises(Refused, match="the people it goes to have changed"):
        domain.announce(chosen, by=scheme.leader, title="New", body="New", seen=seen, now=NOW)
    with pytest.raises(Refused, match="Write a title"):
        domain.announce(chosen, by=scheme.leader, title=" ", body="New", seen=seen, now=NOW)
    assert Announcement.objects.count() == 1


def test_r11_notices_are_written_once_and_as_people_chose(scheme):
    choose(scheme.teachers[0], "off", now=NOW)
    choose(scheme.teachers[1], "daily", now=NOW)
    made = scheme.announces()
    assert domain.untold() == [made.pk]
    assert domain.tell_readers(made.pk, now=NOW) == 2
    assert domain.tell_readers(made.pk, now=NOW) == 0
    assert domain.untold() == []
    mails = Email.objects.all()
    assert {mail.recipient for mail in mails} == {scheme.teachers[2], scheme.head}
    assert mails[0].subject == "Ana Lee announces: Day one"
    assert f"/announcements/{made.pk}/" in mails[0].text
    assert "At nine" not in mails[0].text


@pytest.mark.parametrize("count", [1, 3, 10])
def test_r24_notices_cost_the_same_for_any_number(scheme, count, django_assert_num_queries):
    for _ in range(count):
        factories.member(scheme.submissions[0].school)
    made = scheme.announces()
    # Of two batches, the last of them empty: begin, readers, end; choices, wordings, known ones, mails, done.
    with django_assert_num_queries(16):
        domain.tell_readers(made.pk, now=NOW)


def test_s04_a_right_ends_with_the_membership(scheme, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    from psqm_portal.core.files.storing import store

    photo = SimpleUploadedFile("map.png", hostile.image("PNG"))
    stored = store(photo, owner="hub-1", by=None, now=NOW)
    made = scheme.announces(attachments=[stored])
    mail = Email(template=domain.NOTICE, recipient=scheme.head, once=f"announcement:{made.pk}:1")
    wanted = registers.still_wanted[domain.NOTICE]
    assert list(queries.announcements_for(scheme.head)) == [made]
    assert may_read(scheme.head, stored)
    assert wanted(mail, NOW)
    assert not may_read(scheme.teachers[3], stored)
    scheme.head.school_memberships.update(ended_at=NOW)
    assert not queries.announcements_for(scheme.head).exists()
    assert queries.unread_of(scheme.head).announcements == 0
    assert not may_read(scheme.head, stored)
    assert not wanted(mail, NOW)
    assert may_read(scheme.leader, stored)
    scheme.leader.hub_memberships.update(ended_at=NOW)
    assert not may_read(scheme.leader, stored)


def test_reading_counts_for_readers_alone(client, scheme):
    made = scheme.announces()
    assert queries.unread_of(scheme.head).announcements == 1
    for person, status in [(scheme.leader, 200), (scheme.far, 404), (scheme.head, 200), (scheme.head, 200)]:
        client.force_login(person)
        page = client.get(f"/announcements/{made.pk}/")
        assert page.status_code == status
        assert ("Read by" in page.content.decode()) == (person == scheme.leader)
    assert list(AnnouncementReader.objects.exclude(read_at=None).values_list("user", flat=True)) == [
        scheme.head.pk
    ]
    assert queries.unread_of(scheme.head).announcements == 0
    client.force_login(scheme.leader)
    page = client.get(f"/announcements/{made.pk}/").content.decode()
    assert "Read by 1 of 4" in page
    assert scheme.teachers[0].name in page
    assert scheme.head.name not in page
    assert scheme.head.name in client.get(f"/announcements/{made.pk}/?show=read").content.decode()
    assert "1 of 4" in client.get("/announcements/?show=sent").content.decode()


def test_the_page_names_and_counts_before_sending(client, scheme):
    choose(scheme.teachers[0], "daily", now=NOW)
    client.force_login(scheme.leader)
    page = client.get("/announcements/new/").content.decode()
    assert "<strong>4 people</strong>" in page
    assert "We tell 3 by mail at once, 1 in their daily mail at 5pm" in page
    assert f'{scheme.head.name} <span class="app-muted">({scheme.submissions[0].school}, headteacher)' in page
    assert "Send it to 4 people" in page
    mark = re.search(r'name="people" value="(\w+)"', page)[1]
    given = {"title": "Day one", "body": "At nine.", "people": mark}
    late = factories.member(scheme.submissions[1].school)
    again = client.post(f"/announcements/new/?to={scheme.to_hub}", given)
    assert again.status_code == 200
    assert late.name in again.content.decode()
    assert "At nine." in again.content.decode()
    mark = re.search(r'name="people" value="(\w+)"', again.content.decode())[1]
    answer = client.post(f"/announcements/new/?to={scheme.to_hub}", {**given, "people": mark}, follow=True)
    assert "Your announcement is sent to 5 people." in answer.content.decode()


def test_hq_chooses_whom(client, scheme):
    client.force_login(scheme.hq)
    page = client.get("/announcements/new/").content.decode()
    assert f"The schools in {scheme.round}" in page
    assert "All hub leaders" in page
    assert client.get("/announcements/new/?to=hub-leaders:all").status_code == 200
    client.force_login(scheme.teachers[0])
    assert client.get("/announcements/new/?to=hub-leaders:all").status_code == 403


@pytest.mark.parametrize("count", [1, 3, 10])
def test_r24_the_lists_cost_the_same_for_any_length(client, scheme, count):
    for number in range(count):
        scheme.announces(title=f"Number {number}")
    client.force_login(scheme.head)
    # Whether they may still be read (two), the received ones and which are new; whether there are sent ones;
    # whom they may write to.
    assert own_queries(client, "/announcements/") == 9
    client.force_login(scheme.leader)
    assert own_queries(client, "/announcements/?show=sent") == 6
    client.force_login(scheme.hq)
    page = client.get("/announcements/?show=sent").content.decode()
    assert page.count("0 of 4") == count


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_r11_two_workers_write_each_notice_once():
    scheme = Scheme()
    made = scheme.announces()
    at_once([lambda: domain.tell_readers(made.pk, now=NOW)] * 4)
    assert Email.objects.filter(template=domain.NOTICE).count() == 4
    assert domain.untold() == []
