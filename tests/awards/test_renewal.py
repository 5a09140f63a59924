"""Three years on: who is told that an award ends, HQ's list, and how a school goes on."""

from datetime import date, datetime, timedelta

import pytest

from awards.domain import renewal
from awards.domain.awarding import years_after
from awards.models import Award
from hubs.domain.recruitment import opt_out
from hubs.domain.registrations import register
from hubs.models import Registration
from messaging.models import Email
from psqm_portal.core import clock
from psqm_portal.core.clock import LONDON, london_day
from psqm_portal.core.machine import Refused
from psqm_portal.core.roles import Role
from rounds.models import Audience, Level, Milestone, Step
from submissions.domain.machine import submission_machine
from tests import factories
from tests.awards import helpers
from tests.factories import NOW
from tests.support.queries import own_queries

pytestmark = pytest.mark.django_db

UNTIL = date(2027, 3, 31)


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 9, tzinfo=LONDON)


def award(until: date = UNTIL, *, people=(Role.HEADTEACHER,), rank: int = 1, place=None, **fields) -> Award:
    """Held by a school with these people."""
    place = place or factories.school()
    for role in people:
        factories.member(place, role)
    made = factories.submission(place=place, status="notified", parts=False)
    level = Level.objects.get(framework=made.round.framework, rank=rank)
    return Award.objects.create(
        school=place, submission=made, number=f"PSQM-{made.pk}", school_name=place.name, level=level,
        awarded_on=years_after(until, -3), valid_until=until, **fields,
    )  # fmt: skip


def told() -> list[tuple[str, str]]:
    rows = Email.objects.filter(template=renewal.TEMPLATE).order_by("pk")
    return [(row.to, row.once.split(":")[3]) for row in rows]


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 3, 31), 12, date(2027, 3, 31)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2023, 11, 30), 3, date(2024, 2, 29)),
        (date(2026, 12, 31), 12, date(2027, 12, 31)),
    ],
)
def test_months_are_a_calendars(day, months, later):
    assert renewal.months_after(day, months) == later


def test_a_headteacher_is_told_at_each_mark_once():
    held = award()
    head = held.school.memberships.get().user.email
    days = [date(2026, 3, 30) + timedelta(days=number) for number in range(380)]
    first_of = {}
    for day in days:
        if renewal.remind(at(day)):
            first_of[told()[-1][1]] = day
    assert told() == [(head, "12"), (head, "6"), (head, "3")]
    assert first_of == {"12": date(2026, 3, 31), "6": date(2026, 10, 1), "3": date(2026, 12, 31)}
    mail = Email.objects.filter(template=renewal.TEMPLATE)[0]
    assert (
        mail.subject
        == f"{held.school_name}: your Primary Science Quality Mark ends on Wednesday 31 March 2027"
    )
    assert f"/certificates/{held.number}/renew/" in mail.text


def test_an_award_that_came_late_has_one_mail():
    award()
    renewal.remind(at(date(2027, 2, 1)))
    renewal.remind(at(date(2027, 2, 2)))
    assert [mark for _, mark in told()] == ["3"]


def test_subject_leaders_are_told_where_no_headteacher_is_known():
    held = award(people=(Role.SUBJECT_LEADER,))
    award(people=())
    renewal.remind(at(date(2027, 1, 31)))
    assert told() == [(held.school.memberships.get().user.email, "3")]


def test_who_goes_on_or_wants_nothing_is_left_alone():
    day = date(2027, 1, 31)
    works, registers, refuses, closed, renewed, lost = (award() for _ in range(6))
    factories.submission(place=works.school)
    factories.registration(registers.school, None, factories.round_())
    opt_out(refuses.school, reason="", by=None, now=NOW)
    closed.school.is_open = False
    closed.school.save()
    newer = award(UNTIL + timedelta(days=400), place=renewed.school, people=())
    Award.objects.filter(pk=lost.pk).update(status="revoked")
    assert renewal.remind(at(day)) == 0
    assert newer in renewal.standing_awards(day)
    assert renewed not in renewal.standing_awards(day)


@pytest.mark.parametrize("awards", [3, 30])
def test_r24_telling_costs_the_same_for_any_number(awards, django_assert_num_queries):
    for _ in range(awards):
        award()
    with django_assert_num_queries(10):
        assert renewal.remind(at(date(2027, 1, 31))) == awards


# HQ's list


def test_hqs_list_says_how_each_school_stands(client):
    client.force_login(factories.hq(Role.HQ_VIEWER))
    soon = london_day(clock.now()) + timedelta(days=60)
    assert "No award ends within a year" in client.get("/schools/awards-that-end/").content.decode()
    goes_on, told_one, nobody = award(soon), award(soon), award(soon, people=())
    award(soon + timedelta(days=400))
    factories.submission(place=goes_on.school)
    renewal.remind(clock.now())
    page = client.get("/schools/awards-that-end/").content.decode()
    for held, stands in ((goes_on, "Takes part"), (told_one, "Told"), (nobody, "Nobody to write to")):
        row = page.split(held.number)[1].split("</tr>")[0]
        assert stands in row
    for state, left in (("nobody", nobody), ("goes_on", goes_on), ("open", told_one)):
        shown = client.get(f"/schools/awards-that-end/?state={state}").content.decode()
        assert left.number in shown
        assert (goes_on.number in shown) is (state == "goes_on")
    lines = client.get("/schools/awards-that-end/list.csv?state=nobody").getvalue().decode().splitlines()
    assert len(lines) == 2
    assert "Nobody to write to" in lines[1]


@pytest.mark.parametrize("awards", [10, 60])
def test_r24_the_list_costs_the_same(client, awards):
    client.force_login(factories.hq())
    soon = london_day(clock.now()) + timedelta(days=60)
    for _ in range(awards):
        award(soon)
    assert own_queries(client, "/schools/awards-that-end/") == 5


# The school goes on


@pytest.fixture
def cycle():
    """Takes registrations for a long time."""
    made = factories.round_()
    Milestone.objects.create(
        round=made, step=Step.RECRUIT, audience=Audience.HUB_LEADER, label="Recruit",
        opens_on=date(2026, 1, 1), due_on=date(2099, 1, 1),
    )  # fmt: skip
    return made


def test_the_link_begins_a_registration_with_the_school_found(client, cycle):
    held = award(date(2098, 1, 1))
    page = client.get(f"/certificates/{held.number}/renew/").content.decode()
    assert held.school_name in page
    assert f"Join {cycle}" in page
    assert client.post(f"/certificates/{held.number}/renew/", {"round": "none"}).status_code == 200
    answer = client.post(f"/certificates/{held.number}/renew/", {"round": cycle.slug})
    assert answer["Location"] == "/register/people/"
    assert held.school.name in client.get("/register/people/").content.decode()


def test_a_revoked_award_isnt_renewed(client):
    held = award(status="revoked")
    assert client.get(f"/certificates/{held.number}/renew/")["Location"] == held.get_absolute_url()


def test_an_online_renewal_is_for_schools_that_had_an_award(client):
    online = factories.round_(kind="reaccreditation")
    details = {
        "registrant": "headteacher", "headteacher_name": "Hana Head", "headteacher_email": "hana@oak.example",
        "subject_leader_name": "Sam", "subject_leader_email": "sam@oak.example", "payer": "school",
    }  # fmt: skip
    never = factories.school()
    with pytest.raises(Refused, match="is for schools that hold the award"):
        register(online, never, details, by=None, now=NOW)
    assert not Registration.objects.exists()
    register(online, never, details, by=factories.hq(), now=NOW)
    register(online, award(people=()).school, details, by=None, now=NOW)
    assert Registration.objects.count() == 2


def test_a_new_award_replaces_what_the_school_holds_at_its_level_or_below():
    hq, cycle, far = factories.hq(), factories.round_(), date(2099, 1, 1)
    silver = cycle.framework.levels.get(rank=2)
    made = helpers.decided(hq, cycle=cycle, target_level=silver)
    bronze, equal, gold = (award(far, place=made.school, people=(), rank=rank) for rank in (1, 2, 3))
    over = award(date(2020, 1, 1), place=made.school, people=())
    elsewhere = award(far)
    submission_machine.perform(made, "release", by=hq, now=helpers.RELEASE_DAY)
    standing = dict(Award.objects.values_list("pk", "status"))
    assert [standing[one.pk] for one in (bronze, equal)] == ["superseded", "superseded"]
    assert [standing[one.pk] for one in (gold, over, elsewhere)] == ["current"] * 3
    assert Award.objects.get(submission=made).status == "current"
