"""The desk: whose schools, what waits for whom and since when, in the same number of queries."""

from datetime import date, timedelta

import pytest
from django.test import Client

from hubs.domain.training import record_attendance, set_session
from messaging.domain.conversations import mark_read, post
from psqm_portal.core.roles import Role
from rounds.models import Milestone, Round, Step
from submissions.domain.feedback import comment
from submissions.domain.machine import submission_machine
from submissions.domain.part_machine import part_machine
from submissions.models import Part, Submission
from submissions.pages.desk import oldest_of, on_desk, ordered, rows_of
from submissions.queries import listed_for, places_of, visible_to
from submissions.views import desk as desk_view
from tests import factories as make
from tests.support.queries import own_queries

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def cycle():
    return make.round_()


def desk_of(person, *, now=make.NOW):
    places = places_of(person)
    return ordered(rows_of(on_desk(places), person, places, now=now), "")


def waits(row):
    return [(wait.who, wait.what, wait.days) for wait in row.waits]


def write(made, by, body, at):
    post(made.conversation, by=by, body=body, now=at, tell=[], about=made.key, url="/", title="t")


def names(answer, *schools):
    text = answer.content.decode()
    return [place.name for place in schools if place.name in text]


def test_s03_the_desk_lists_what_one_leads_or_mentors_and_nothing_else(cycle, as_):
    """Against an oracle of each person's schools; the rows are never more than the person may see."""
    mine, theirs = make.submission(cycle=cycle), make.submission(cycle=cycle)
    old = make.submission(cycle=make.round_(status=Round.Status.ARCHIVED), in_hub=mine.hub)
    gone = make.submission(cycle=cycle, in_hub=mine.hub, status="withdrawn")
    own_school = make.submission(cycle=cycle, in_hub=mine.hub)
    leader, mentor = make.hub_member(mine.hub), make.hub_member(mine.hub, Role.MENTOR)
    make.member(own_school.school, person=mentor).school_memberships.update(ended_at=make.NOW)
    former = make.hub_member(mine.hub, Role.MENTOR)
    former.hub_memberships.update(ended_at=make.NOW)
    everything = {mine, theirs, own_school}
    oracle = {
        leader: {mine, own_school},
        mentor: {mine},
        make.hub_member(theirs.hub): {theirs},
        make.hq(): everything,
        make.hq(Role.HQ_VIEWER): everything,
    }
    for person, expected in oracle.items():
        rows = {row.submission for row in desk_of(person)}
        assert rows == expected
        assert rows <= set(listed_for(person))
        opened = {row.submission for row in desk_of(person) if row.listed.opens}
        assert opened == rows & set(visible_to(person))
        page = as_(person).get("/desk/")
        shown = names(page, *(one.school for one in (*everything, old, gone)))
        assert set(shown) == {one.school.name for one in expected}
    outsiders = [former, make.member(mine.school), make.hq(Role.HQ_FINANCE), make.user()]
    outsiders.append(make.member(mine.school, Role.HEADTEACHER))
    for person in outsiders:
        assert as_(person).get("/desk/").status_code == 403


def test_a_viewer_reads_the_desk_and_finds_no_way_into_a_schools_work(cycle, as_):
    made = make.submission(cycle=cycle, status="with_hub")
    make.member(made.school)
    comment(made.parts.first(), "How?", by=make.hub_member(made.hub), now=make.NOW)
    text = as_(make.hq(Role.HQ_VIEWER)).get("/desk/").content.decode()
    assert "1 open" in text
    assert f"/submissions/{made.pk}/" not in text


def test_what_waits_for_whom_and_since_when(cycle):
    made = make.submission(cycle=cycle, place=make.school(name="Ash"))
    school, leader, mentor = (
        make.member(made.school),
        make.hub_member(made.hub),
        make.hub_member(made.hub, Role.MENTOR),
    )
    head = make.member(made.school, Role.HEADTEACHER)
    start = make.NOW

    def row(person, days):
        (only,) = desk_of(person, now=start + days * DAY)
        return waits(only)

    assert row(leader, 2) == [("School", "Finish the audit and propose a level", 2)]
    make.rate_audit(made)
    level = made.round.framework.levels.first()
    submission_machine.perform(made, "propose_level", by=school, now=start + 3 * DAY, level=level)
    assert row(leader, 5) == [("You", "Confirm Bronze", 2)]
    assert row(mentor, 5) == [("Hub leader", "Confirm Bronze", 2)]
    submission_machine.perform(made, "confirm_level", by=leader, now=start + 5 * DAY)
    assert row(leader, 6) == [("School", "Write the action plan", 1)]
    plan = made.parts.get(code="action-plan")
    make.fill_part(plan)
    part_machine.perform(plan, "send", by=school, now=start + 6 * DAY)
    write(made, head, "Is it enough?", start + 7 * DAY)
    write(made, school, "And when?", start + 8 * DAY)
    assert row(leader, 9) == [("You", "Answer Action plan", 3), ("You", "Answer a message", 2)]
    assert row(mentor, 9) == [("You", "Answer a message", 2), ("Hub leader", "Answer Action plan", 3)]
    write(made, mentor, "It is.", start + 9 * DAY)
    assert row(mentor, 9) == [("Hub leader", "Answer Action plan", 3)]
    part_machine.perform(plan, "return", by=leader, now=start + 10 * DAY, reason="Say who.")
    assert row(leader, 14) == [("School", "Change Action plan", 4)]
    Submission.objects.filter(pk=made.pk).update(status="with_hub", sent_for_sign_off_at=start + 20 * DAY)
    assert row(leader, 21) == [("You", "Sign off, or return", 1)]


def test_a_talk_that_ends_with_the_school_asks_for_a_fortnight_or_until_it_is_read(cycle):
    made = make.submission(cycle=cycle)
    school, leader, other = (
        make.member(made.school),
        make.hub_member(made.hub),
        make.hub_member(made.hub, Role.MENTOR),
    )
    write(made, leader, "Well done.", make.NOW)
    write(made, school, "Thank you.", make.NOW + DAY)
    made.conversation.refresh_from_db()
    mark_read(made.conversation, by=leader, now=make.NOW + 2 * DAY)
    answer = ("You", "Answer a message", 15)
    assert answer not in waits(desk_of(leader, now=make.NOW + 16 * DAY)[0])
    assert answer in waits(desk_of(other, now=make.NOW + 16 * DAY)[0])
    assert ("You", "Answer a message", 14) in waits(desk_of(leader, now=make.NOW + 15 * DAY)[0])


@pytest.mark.parametrize("status", ["reviewed", "decided"])
def test_an_outcome_shows_by_no_word_and_no_date(cycle, status):
    made = make.submission(cycle=cycle, status=status)
    (row,) = desk_of(make.hub_member(made.hub), now=make.NOW + 9 * DAY)
    assert row.listed.status == "in_review"
    assert waits(row) == [("Reviewers", "Review it", 9)]
    (row,) = desk_of(make.hq(), now=make.NOW + 9 * DAY)
    assert waits(row)[0][0] == "You"


def test_the_way_to_what_has_waited_longest(cycle, as_):
    hub = make.hub()
    leader, mentor = make.hub_member(hub), make.hub_member(hub, Role.MENTOR)
    newer, older = (make.submission(cycle=cycle, in_hub=hub) for _ in range(2))
    for made, days in ((newer, 1), (older, 5)):
        part = made.parts.get(code="a1")
        Part.objects.filter(pk=part.pk).update(status="sent", sent_at=make.NOW - days * DAY)
    write(newer, make.member(newer.school), "Hello", make.NOW - 2 * DAY)
    row, wait = oldest_of(desk_of(leader))
    assert (row.submission, wait.days) == (older, 5)
    assert [row.submission for row in desk_of(leader)] == [older, newer]
    page = as_(leader).get("/desk/").content.decode()
    assert f'href="{older.parts.get(code="a1").get_absolute_url()}"' in page.split("waited longest")[0]
    row, wait = oldest_of(desk_of(mentor))
    assert (row.submission, wait.what) == (newer, "Answer a message")
    assert "waited longest" not in as_(make.hq(Role.HQ_VIEWER)).get("/desk/").content.decode()


def test_training_unread_and_open_feedback_stand_in_the_row(cycle, as_):
    made = make.submission(cycle=cycle)
    leader, school = make.hub_member(made.hub), make.member(made.school)
    hub_round = made.seat.hub_round
    session = set_session(hub_round, "training_1", held_on=date(2026, 10, 1), by=leader, now=make.NOW)
    record_attendance(session, {made.school_id: 2}, by=leader, now=make.NOW)
    write(made, school, "Hello", make.NOW)
    write(made, school, "Anybody?", make.NOW)
    comment(made.parts.first(), "How?", by=leader, now=make.NOW)
    text = as_(leader).get("/desk/").content.decode()
    assert 'data-label="Training">1 of 2<' in text
    assert ">2 messages<" in text
    assert ">1 open<" in text


def test_filters_narrow_and_sorts_order(cycle, as_):
    hub, other = make.hub(), make.hub()
    leader = make.hub_member(hub)
    make.hub_member(other, person=leader)
    a = make.submission(cycle=cycle, in_hub=hub, place=make.school(name="Ash"), status="with_hub")
    b = make.submission(cycle=cycle, in_hub=other, place=make.school(name="Birch"))
    late = make.round_()
    Milestone.objects.filter(round=late, step=Step.AUDIT).update(
        opens_on=date(2026, 9, 1), due_on=date(2026, 10, 1)
    )
    Milestone.objects.filter(round=cycle, step=Step.AUDIT).update(due_on=date(2026, 12, 1))
    c = make.submission(cycle=late, in_hub=hub, place=make.school(name="Cedar"))
    client = as_(leader)

    def shown(query):
        text = client.get(f"/desk/?{query}").content.decode()
        found = [
            (text.index(f'/submissions/{one.pk}/">{one.school.name}<'), one.school.name)
            for one in (a, b, c)
            if f">{one.school.name}</a>" in text
        ]
        return [name for _, name in sorted(found)]

    assert shown("") == ["Ash", "Birch", "Cedar"]
    assert shown("show=mine") == ["Ash"]
    assert shown("show=late") == ["Cedar"]
    assert shown("stage=enrolled") == ["Birch", "Cedar"]
    assert shown(f"hub={other.pk}") == ["Birch"]
    assert shown(f"round={late.pk}&hub={hub.pk}") == ["Cedar"]
    assert shown("stage=nonsense&hub=999999&sort=nonsense&page=x") == ["Ash", "Birch", "Cedar"]
    assert shown("sort=-school") == ["Cedar", "Birch", "Ash"]
    assert shown("sort=deadline")[0] == "Cedar"
    assert shown("sort=-stage")[0] == "Ash"


def _filled(cycle, number):
    hub = make.hub()
    make.hub_round(hub, cycle, seats=number)
    school = make.user()
    for _ in range(number):
        made = make.submission(cycle=cycle, in_hub=hub, parts=False)
        make.member(made.school, person=school)
        for kind, status in (("action_plan", "sent"), ("reflection", "returned")):
            criterion = (
                made.round.framework.strands.first().criteria.first() if kind == "reflection" else None
            )
            Part.objects.create(
                submission=made, kind=kind, criterion=criterion, title=kind, code=kind.replace("_", "-"),
                position=1, status=status, sent_at=make.NOW,
            )  # fmt: skip
        write(made, school, "Hello", make.NOW)
    return hub


@pytest.mark.parametrize("role", ["leader", "hq"])
@pytest.mark.parametrize("number", [1, 200])
def test_r24_the_desk_costs_the_same_for_one_school_and_for_two_hundred(number, role, client: Client):
    hub = _filled(make.round_(framework=make.framework(criteria=1, documents=0)), number)
    client.force_login(make.hub_member(hub) if role == "leader" else make.hq())
    assert client.get("/desk/").content.decode().count('data-label="Stage"') == number
    assert own_queries(client, "/desk/") == {"leader": 8, "hq": 7}[role]


def test_a_hubs_page_shows_the_same_rows(cycle, as_):
    made = make.submission(cycle=cycle, status="with_hub")
    text = as_(make.hub_member(made.hub)).get(f"/hubs/{made.hub.slug}/{cycle.slug}/").content.decode()
    assert "<strong>You:</strong>" in text
    assert "Sign off, or return" in text
    assert 'href="/desk/"' in text


def test_two_hundred_schools_a_page(cycle, as_, monkeypatch):
    assert desk_view.PER_PAGE == 200
    monkeypatch.setattr(desk_view, "PER_PAGE", 2)
    for _ in range(3):
        make.submission(cycle=cycle)
    client = as_(make.hq())
    pages = [client.get(f"/desk/?page={number}").content.decode() for number in (1, 2)]
    assert [page.count('data-label="Stage"') for page in pages] == [2, 1]
    assert all("3 schools in running rounds." in page for page in pages)
