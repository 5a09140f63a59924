import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from psqm_portal.core.roles import Role
from tests import factories


@pytest.fixture
def cycle(db):
    return factories.round_()


@pytest.mark.parametrize("rows", [1, 3, 10])
def test_the_list_costs_the_same_at_any_length(cycle, as_, rows):
    hub = factories.hub()
    for _ in range(rows):
        factories.submission(cycle=cycle, in_hub=hub)
    client = as_(factories.hq())
    client.get("/submissions/")
    with CaptureQueriesContext(connection) as seen:
        answer = client.get("/submissions/")
    assert answer.content.decode().count('data-label="Stage"') == rows
    assert len(seen) == 12


def test_fifty_rows_a_page(cycle, as_):
    for _ in range(6):
        in_hub = factories.hub()
        for _ in range(10):
            factories.submission(cycle=cycle, in_hub=in_hub, parts=False)
    client = as_(factories.hq())
    assert client.get("/submissions/").content.decode().count('data-label="Stage"') == 50
    assert client.get("/submissions/?page=2").content.decode().count('data-label="Stage"') == 10


def test_filters_and_search(cycle, as_):
    one = factories.submission(cycle=cycle, place=factories.school(name="Ashbrook Primary"))
    two = factories.submission(
        place=factories.school(name="Birchfield Junior", town="Oxley"), status="submitted"
    )
    client = as_(factories.hq())

    def shown(query):
        text = client.get(f"/submissions/?{query}").content.decode()
        return [place for place in (one.school.name, two.school.name) if f">{place}</a>" in text]

    assert shown("") == ["Ashbrook Primary", "Birchfield Junior"]
    assert shown("q=ash") == ["Ashbrook Primary"]
    assert shown(f"round={one.round.slug}") == ["Ashbrook Primary"]
    assert shown(f"hub={two.hub.slug}") == ["Birchfield Junior"]
    assert shown("status=submitted") == ["Birchfield Junior"]
    assert shown("q=nobody") == []
    assert shown("round=999999&page=x&sort=nonsense") == ["Ashbrook Primary", "Birchfield Junior"]


@pytest.mark.parametrize("sort", ["school", "-school", "hub", "round", "level", "status", "-parts"])
def test_sorting(cycle, as_, sort):
    first = factories.submission(
        cycle=cycle, place=factories.school(name="Ash"), in_hub=factories.hub(name="A hub")
    )
    factories.sign_off_parts(first)
    factories.submission(
        cycle=cycle,
        place=factories.school(name="Birch"),
        in_hub=factories.hub(name="B hub"),
        status="submitted",
    )
    text = as_(factories.hq()).get(f"/submissions/?sort={sort}").content.decode()
    assert (text.index(">Ash<") < text.index(">Birch<")) is (sort not in {"-school", "level"})


def test_reviewed_and_decided_are_in_review_for_the_hub(cycle, as_):
    made = factories.submission(cycle=cycle, status="decided")
    client = as_(factories.hub_member(made.hub))
    assert made.school.name in client.get("/submissions/?status=in_review").content.decode()
    assert 'value="decided"' not in client.get("/submissions/?status=decided").content.decode()


def test_each_sees_their_own(cycle, as_):
    mine, other = factories.submission(cycle=cycle), factories.submission(cycle=cycle)
    for person in (
        factories.member(mine.school),
        factories.hub_member(mine.hub),
        factories.hub_member(mine.hub, Role.MENTOR),
    ):
        text = as_(person).get("/submissions/").content.decode()
        assert mine.school.name in text
        assert f">{other.school.name}<" not in text


def test_a_viewer_reads_the_list_and_opens_no_schools_work(cycle, as_):
    made = factories.submission(cycle=cycle)
    text = as_(factories.hq(Role.HQ_VIEWER)).get("/submissions/").content.decode()
    assert made.school.name in text
    assert f"/submissions/{made.pk}/" not in text


def test_finance_has_no_list(cycle, as_):
    factories.submission(cycle=cycle)
    assert as_(factories.hq(Role.HQ_FINANCE)).get("/submissions/").status_code == 403


def test_a_hubs_page_shows_its_schools_and_their_stages(cycle, as_):
    made = factories.submission(cycle=cycle, status="with_hub")
    text = as_(factories.hub_member(made.hub)).get(f"/hubs/{made.hub.slug}/{cycle.slug}/").content.decode()
    assert f'<a class="govuk-link" href="/submissions/{made.pk}/">{made.school.name}</a>' in text
    assert "With the hub leader" in text


def test_a_schools_page_shows_its_submissions(cycle, as_):
    made = factories.submission(cycle=cycle)
    text = as_(factories.hq()).get(f"/schools/{made.school_id}/").content.decode()
    assert f'<a class="govuk-link" href="/submissions/{made.pk}/">{cycle.name}</a>' in text
