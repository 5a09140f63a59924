"""The public directory: who stands in it and how a school is found; embargo, figures, spreadsheet."""

import csv
import io
from datetime import date

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from awards.models import Award, Unlisted
from awards.views import directory as view
from psqm_portal.core import pace
from tests import factories
from tests.awards import helpers, holding
from tests.factories import NOW

pytestmark = pytest.mark.django_db
URL = "/schools-with-an-award/"


@pytest.fixture(autouse=True)
def _on_a_day_of_2026():
    with time_machine.travel(NOW, tick=False):
        yield


def listed(**asked: str | int) -> list[tuple[str, str]]:
    """Names and levels on the first page, in its order."""
    response = Client().get(URL, asked)
    assert response.status_code == 200
    return [(one.school.name, one.award.level.name) for one in response.context["holders"]]


def spreadsheet(**asked: str | int) -> list[list[str]]:
    response = Client().get(reverse("directory_csv"), asked)
    assert response.status_code == 200
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def test_only_schools_that_hold_one_today():
    *_, gold = holding.levels()
    holding.award(factories.school(name="Ash"), gold)
    holding.award(factories.school(name="Birch"), gold, valid_until=date(2026, 11, 3))
    holding.award(factories.school(name="Cedar"), gold, valid_until=date(2026, 11, 2))
    holding.award(factories.school(name="Dogwood"), gold, status=Award.Status.REVOKED)
    holding.award(factories.school(name="Elm"), gold, status=Award.Status.SUPERSEDED)
    holding.award(factories.school(name="Fir", is_open=False), gold)
    hidden = holding.award(factories.school(name="Gorse"), gold)
    Unlisted.objects.create(school=hidden.school, by=factories.user(), at=NOW)
    assert listed() == [("Ash", "Gold"), ("Birch", "Gold")]
    assert [row[0] for row in spreadsheet()] == ["School", "Ash", "Birch"]


def test_a_school_with_two_stands_there_once_with_the_newer_one():
    bronze, silver, _ = holding.levels()
    place = factories.school(name="Ash")
    holding.award(place, bronze, awarded_on=date(2024, 1, 8))
    newer = holding.award(place, silver, awarded_on=date(2026, 1, 8))
    assert listed() == [("Ash", "Silver")]
    assert listed(level="Bronze") == []
    assert listed(year=2024) == []
    assert listed(level="Silver", year=2026) == [("Ash", "Silver")]
    Award.objects.filter(pk=newer.pk).update(status=Award.Status.REVOKED)
    assert listed() == [("Ash", "Bronze")]


def test_of_two_of_one_day_the_later_row_stands():
    bronze, silver, _ = holding.levels()
    place = factories.school(name="Ash")
    holding.award(place, silver)
    holding.award(place, bronze)
    assert listed() == [("Ash", "Bronze")]


def test_it_is_found_by_name_place_and_postcode_also_with_a_slip():
    bronze, _, gold = holding.levels()
    st_marys = factories.school(
        name="St Mary’s CofE Primary School", town="Ashbrook", postcode="AS1 2BC", local_authority="Oakshire"
    )
    other = factories.school(name="Riverside Primary School", town="Millford", postcode="MF7 1AA")
    holding.award(st_marys, gold)
    holding.award(other, bronze)
    factories.school(name="St Mary’s Infant School", town="Ashbrook")  # holds none
    for typed in ("st marys", "Saint Mary", "ashbrook", "AS12BC", "oakshire", "Mary Ashbrok"):
        assert listed(q=typed) == [(st_marys.name, "Gold")], typed
    assert listed(q="millford") == [(other.name, "Bronze")]
    assert listed(q="Windermere") == []
    assert listed(q="primary", level="Bronze") == [(other.name, "Bronze")]
    assert [row[0] for row in spreadsheet(q="millford")] == ["School", other.name]


def test_a_level_of_two_frameworks_is_one_choice_and_years_go_from_the_newest_to_the_oldest():
    one, two = holding.levels()[2], holding.levels()[2]
    holding.award(factories.school(name="Ash"), one, awarded_on=date(2024, 9, 1))
    holding.award(factories.school(name="Birch"), two, awarded_on=date(2026, 5, 1))
    holding.award(level=one, awarded_on=date(2020, 9, 1), valid_until=date(2023, 9, 1))
    form = Client().get(URL).context["form"]
    assert form.fields["level"].choices == [("", "Any level"), ("Gold", "Gold")]
    assert form.fields["year"].choices == [("", "Any year"), *((one, str(one)) for one in (2026, 2025, 2024))]
    assert listed(level="Gold") == [("Ash", "Gold"), ("Birch", "Gold")]
    assert listed(year=2026) == [("Birch", "Gold")]


def test_the_nearest_come_first_and_those_of_unknown_place_last():
    level = holding.levels()[0]
    here, far = {"easting": 496000, "northing": 177000}, {"easting": 496000, "northing": 193093}
    factories.school(name="In the register alone", postcode="SL4 1AB", **here)
    holding.award(factories.school(name="Ash", postcode="HP1 1AA", **far), level)
    holding.award(factories.school(name="Birch"), level)
    holding.award(factories.school(name="Cedar", postcode="SL4 2CD", **here), level)
    response = Client().get(URL, {"near": "sl4 1ab"})
    assert [(one.school.name, one.miles and round(one.miles)) for one in response.context["holders"]] == [
        ("Cedar", 0),
        ("Ash", 10),
        ("Birch", None),
    ]
    wrong = Client().get(URL, {"near": "ZZ9 9ZZ"})
    assert "We know no school near this postcode." in wrong.content.decode()
    assert 'value="ZZ9 9ZZ"' in wrong.content.decode()
    assert len(wrong.context["holders"]) == 3


@pytest.mark.parametrize("asked", [{"level": "Platinum"}, {"year": "x"}, {"page": "99"}, {"q": "\0"}])
def test_what_somebody_else_s_link_asks_for_breaks_nothing(asked):
    holding.award()
    assert Client().get(URL, asked).status_code == 200
    assert Client().get(reverse("directory_csv"), asked).status_code == 200


def test_empty_and_without_a_hit_it_says_what_to_do():
    assert "No school holds an award yet" in Client().get(URL).content.decode()
    assert "Try fewer words" in Client().get(URL, {"q": "Windermere"}).content.decode()


def test_the_spreadsheet_holds_no_person_and_no_formula():
    made = helpers.released(factories.hq())
    Award.objects.update(awarded_on=date(2026, 9, 1), valid_until=date(2029, 9, 1))
    place = made.school
    place.name, place.town, place.headteacher_name, place.phone = "=1+1", "@Town", "Pat Head", "0123 456"
    place.save()
    rows = spreadsheet()
    assert rows[0] == list(view.HEADER)
    number = Award.objects.get().number
    assert rows[1:] == [
        ["'=1+1", "'@Town", "", "", "AS1 2BC", "", "Bronze", "2026-09-01", "2029-09-01", number]
    ]
    page = Client().get(URL).content.decode()
    for words in ("Pat Head", "0123 456", *(user.name for user in User.objects.all())):
        assert words not in page
        assert words not in str(rows)


def test_what_was_decided_and_not_released_leaves_no_trace():
    made = helpers.decided(factories.hq())
    assert "No school holds an award yet" in Client().get(URL).content.decode()
    assert made.school.name not in str(spreadsheet())
    assert Client().get(URL, {"q": made.school.name}).context["form"].fields["level"].choices == [
        ("", "Any level")
    ]


def test_r24_constant_queries():
    level = holding.levels()[0]
    counts = []
    for many in (10, 50):
        for _ in range(many):
            holding.award(level=level)
        for url in (URL, f"{URL}?q=school", reverse("directory_csv")):
            with CaptureQueriesContext(connection) as asked:
                response = Client().get(url)
                if response.streaming:
                    list(response.streaming_content)
            counts.append(len(asked))
    # Levels, years, count, page, its awards; a search asks what it knows of the words.
    assert counts == [5, 7, 3, 5, 7, 3]


def test_its_pages_lead_on_and_keep_the_question():
    level = holding.levels()[0]
    for number in range(60):
        holding.award(factories.school(name=f"Ash {number:02d}"), level)
    page = Client().get(URL, {"level": "Bronze", "page": 2})
    assert [one.school.name for one in page.context["holders"]] == [f"Ash {n}" for n in range(50, 60)]
    assert "level=Bronze" in page.content.decode()
    assert len(spreadsheet(level="Bronze")) == 61


def test_it_may_be_crawled_and_visitors_find_it():
    page = Client().get(URL).content.decode()
    assert "noindex" not in page
    for where in ("/", "/certificates/"):
        assert f'href="{URL}"' in Client().get(where).content.decode()


def test_downloads_of_a_machine_are_braked(monkeypatch):
    monkeypatch.setattr(view, "MOST_DOWNLOADS", 2)
    pace.cache.clear()
    csv_url = reverse("directory_csv")
    assert [Client().get(csv_url).status_code for _ in range(3)] == [200, 200, 429]
    pace.cache.clear()
