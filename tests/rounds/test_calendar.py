"""The calendar's page: whose dates stand in it, how it is narrowed, what it costs; the address's pages."""

from datetime import date, timedelta

import pytest
import time_machine

from psqm_portal.core.roles import Role
from rounds.domain.calendar import dates_of
from rounds.domain.make import make_round
from rounds.models import CalendarFeed, Round
from tests import factories as make
from tests.factories import NOW
from tests.support.queries import own_queries

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 3)


@pytest.fixture(autouse=True)
def _stopped():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def signed_in(client):
    def sign_in(person):
        client.force_login(person)
        return client

    return sign_in


def page_of(client, query: str = "") -> str:
    answer = client.get(f"/calendar/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def listed(client, query: str = "") -> list[tuple[str, str]]:
    """What the list shows, as its view hands it on: day and title."""
    by_month = client.get(f"/calendar/{query}").context["by_month"]
    return [(f"{one.day}", one.title) for _, dates in by_month for one in dates]


@pytest.fixture
def leader():
    person = make.member(school := make.school(name="Ashbrook"))
    make.submission(place=school, parts=False, cycle=make.round_(name="Autumn 2026"))
    return person


def test_what_comes_stands_by_month_and_what_is_over_is_folded(signed_in, leader):
    client = signed_in(leader)
    assert listed(client) == [
        ("2026-11-30", "Action plan"),
        ("2027-06-15", "Send for sign-off"),
        ("2027-06-29", "Submit reflections with evidence"),
        ("2027-10-02", "Award notification"),
    ]
    page = page_of(client)
    assert "What is over (1 date)" in page
    assert page.index("November 2026") < page.index("June 2027") < page.index("October 2027")
    assert "in 27 days" in page
    assert listed(client, "?show=past") == [
        ("2026-10-31", "Audit against the criteria and decide on a level")
    ]


def test_the_grid_shows_a_month_and_turns(signed_in, leader):
    client = signed_in(leader)
    grid = client.get("/calendar/").context["grid"]
    assert (grid["month"], grid["before"], grid["after"]) == (date(2026, 11, 1), "2026-10", "2026-12")
    squares = {square.day: square for week in grid["weeks"] for square in week}
    assert (min(squares), max(squares)) == (date(2026, 10, 26), date(2026, 12, 6))
    assert [one.title for one in squares[date(2026, 11, 30)].dates] == ["Action plan"]
    assert squares[date(2026, 10, 31)].dates is None
    assert [day for day, square in squares.items() if square.is_today] == [TODAY]
    assert client.get("/calendar/?month=2027-06").context["grid"]["month"] == date(2027, 6, 1)
    for wrong in ["2026-13", "x", "", "99999-1", "0-1", "2026-11-03", "9999-12"]:
        assert client.get("/calendar/", {"month": wrong}).context["grid"]["month"] == date(2026, 11, 1)


def test_it_is_narrowed_to_a_round_a_school_or_ones_own(signed_in, leader):
    second = make.school(name="Brookside")
    make.member(second, Role.HEADTEACHER, leader)
    make.submission(place=second, parts=False, cycle=make.round_(name="Spring 2027", opens=date(2027, 1, 1)))
    client = signed_in(leader)
    assert len(listed(client)) == 4 + 5
    only = listed(client, "?round=Spring+2027")
    assert {title for _, title in only} == {title for _, title in listed(client, "?about=Brookside")}
    assert len(only) == 5
    assert listed(client, "?round=Spring+2027&about=Ashbrook") == []
    assert "No dates like these" in page_of(client, "?round=Spring+2027&about=Ashbrook")
    # An old link's words narrow nothing; "whose" isn't offered to who has only own dates.
    assert len(listed(client, "?round=Autumn+1999&whose=others")) == 9
    assert "Whose dates" not in page_of(client)


def test_hq_sees_every_round_that_is_planned_or_running(template, signed_in):
    planned = make_round(template(), 2026, by=None, now=NOW)
    admin, viewer, finance = make.hq(), make.hq(Role.HQ_VIEWER), make.hq(Role.HQ_FINANCE)
    dates = dates_of(admin, today=TODAY)
    # The four trainings but one, the notification and the ceremony fall on the same days for both.
    assert len(dates) == planned.milestones.count() - 5
    assert [(one.title, one.own) for one in dates if one.day == date(2027, 9, 30)] == [
        ("Release the outcomes", True),
        ("Schools and hub leaders: Award notification", False),
    ]
    assert {one.own for one in dates_of(viewer, today=TODAY)} == {False}
    client = signed_in(admin)
    assert len(listed(client, "?whose=own")) == 3
    assert "Whose dates" in page_of(client)
    assert listed(signed_in(finance))
    Round.objects.update(status="archived")
    assert dates_of(admin, today=TODAY) == []


def test_what_is_long_over_leaves(leader):
    assert len(dates_of(leader, today=date(2027, 12, 5))) == 5
    assert len(dates_of(leader, today=date(2027, 12, 6))) == 4


def test_somebody_without_a_role_reads_what_will_be_here(signed_in):
    page = page_of(signed_in(make.user()))
    assert "No dates yet" in page
    assert "/calendar/address/" not in page


def test_the_menu_leads_there(signed_in, leader):
    page = signed_in(leader).get("/").content.decode()
    assert 'href="/calendar/"' in page
    assert 'href="/calendar/"' not in signed_in(make.user()).get("/").content.decode()


def test_fifty_dates_a_page(template, signed_in):
    for year in (2026, 2027, 2028):
        make_round(template(), year, by=None, now=NOW)
    client = signed_in(make.hq())
    assert [len(listed(client, f"?page={number}")) for number in (1, 2)] == [50, 6]
    assert "1 to 50 of 56" in page_of(client)


def test_the_address_is_made_shown_renewed_and_stopped(signed_in, leader):
    client = signed_in(leader)
    assert "Make my address" in client.get("/calendar/address/").content.decode()
    assert client.get("/calendar/address/renew/").status_code == 302
    assert client.get("/calendar/address/stop/").status_code == 302
    assert client.post("/calendar/address/stop/").status_code == 302
    client.post("/calendar/address/")
    first = client.get("/calendar/address/").context["url"]
    assert first.startswith("http://localhost/calendar/")
    page = client.get("/calendar/address/").content.decode()
    assert f'value="{first}"' in page
    assert f'href="webcal{first.removeprefix("http")}"' in page
    assert "Not yet" in page
    # Reading the page that asks changes nothing.
    for path in ("renew", "stop"):
        assert "What will happen" in client.get(f"/calendar/address/{path}/").content.decode()
    assert client.get("/calendar/address/").context["url"] == first
    client.post("/calendar/address/renew/")
    assert client.get("/calendar/address/").context["url"] != first
    client.post("/calendar/address/stop/")
    assert not CalendarFeed.objects.exists()


def test_nobody_reads_anothers_address(signed_in, leader):
    other = make.user()
    signed_in(leader).post("/calendar/address/")
    assert signed_in(other).get("/calendar/address/").context["feed"] is None


def test_r05_today_is_londons_day(signed_in, leader):
    """Half past midnight in London is still yesterday in UTC, in summer; a due day lasts to its end."""
    milestone = Round.objects.get().milestones.get(step="audit", audience="school")
    milestone.due_on = date(2027, 3, 28)
    milestone.save()
    for instant, day in [
        ("2027-03-28T22:59:59+00:00", date(2027, 3, 28)),
        ("2027-03-28T23:00:00+00:00", date(2027, 6, 15)),
    ]:
        with time_machine.travel(instant, tick=False):
            assert signed_in(leader).get("/calendar/").context["page"].object_list[0].day == day
    with time_machine.travel("2026-10-31T23:59:59+00:00", tick=False):
        grid = signed_in(leader).get("/calendar/?month=2026-10").context["grid"]
        days = [square.day for week in grid["weeks"] for square in week if square.is_today]
        assert days == [date(2026, 10, 31)]


@pytest.mark.parametrize("schools", [1, 3, 10])
def test_r24_the_page_costs_the_same_for_any_number_of_schools(client, schools):
    cycle, hub = make.round_(), make.hub()
    leader = make.hub_member(hub)
    for number in range(schools):
        one = make.submission(cycle=cycle, in_hub=hub, parts=False)
        one.extensions.create(
            step="audit", until=TODAY + timedelta(days=number), granted_at=NOW, reason="Ill"
        )
    client.force_login(leader)
    assert own_queries(client, "/calendar/") == 17
