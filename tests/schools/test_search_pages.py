"""Where schools are looked for, added by hand and merged."""

import pytest
from django.core.cache import cache

from psqm_portal.core.clock import now
from psqm_portal.core.roles import Role
from schools.domain import merging
from schools.models import School
from schools.views import search
from tests import factories
from tests.support.queries import count_of, own_queries

pytestmark = pytest.mark.django_db

SCOTTISH = {
    "name": "Birch School", "country": "scotland", "urn": "", "phase": "primary", "street": "2 Glen Road",
    "town": "Perth", "postcode": "ph1 2ab", "county": "Perthshire", "local_authority": "Perth and Kinross",
    "pupils": "80", "headteacher_name": "", "phone": "", "website": "", "ase_number": "", "is_open": "on",
}  # fmt: skip


@pytest.fixture
def oak():
    return factories.school(name="Oak <Primary> School", town="Ashbrook", postcode="AS1 2BC", urn="100001")


@pytest.fixture
def hq(client):
    person = factories.hq()
    client.force_login(person)
    return person


class TestSearch:
    def test_everybody_sees_name_town_postcode_and_urn_and_nothing_else(self, client, oak):
        School.objects.update(headteacher_name="Ms Secret", phone="0123", street="1 Hidden Road")
        answer = client.get("/schools/search/", {"q": "oak", "as": "radio"})
        page = answer.content.decode()
        assert answer.status_code == 200
        assert "Oak &lt;Primary&gt; School, Ashbrook" in page
        assert all(told in page for told in ("AS1 2BC", "URN 100001", f'name="school" value="{oak.pk}"'))
        assert not any(hidden in page for hidden in ("Secret", "0123", "Hidden", "<html"))
        assert "no-store" in answer["Cache-Control"]
        assert "private" in answer["Cache-Control"]

    @pytest.mark.parametrize(
        ("shown_as", "expected"),
        [("page", "/schools/{pk}/"), ("with", "?with={pk}"), ("//evil", 'type="radio"')],
    )
    def test_as_what_the_page_needs(self, client, oak, shown_as, expected):
        page = client.get("/schools/search/", {"q": "oak", "as": shown_as}).content.decode()
        assert expected.format(pk=oak.pk) in page
        assert "evil" not in page

    def test_nothing_typed_nothing_shown_and_nothing_found_says_so(self, client, oak):
        assert client.get("/schools/search/").content.strip() == b""
        assert "We don’t know a school like that" in client.get("/schools/search/?q=xqzvkj").content.decode()
        assert client.get("/schools/search/?q=" + "x" * 5000).status_code == 200
        assert client.post("/schools/search/", {"q": "oak"}).status_code == 405

    def test_at_most_twenty_and_a_word_on_how_to_narrow(self, client):
        for _ in range(25):
            factories.school(name="Oak School")
        page = client.get("/schools/search/?q=oak").content.decode()
        assert page.count('type="radio"') == 20
        assert "There may be more" in page

    def test_one_line_may_ask_so_often(self, client, oak, monkeypatch):
        monkeypatch.setattr(search, "MOST", 2)
        cache.clear()
        codes = [client.get("/schools/search/?q=oak").status_code for _ in range(3)]
        assert codes == [200, 200, 429]
        assert client.get("/schools/search/?q=oak", REMOTE_ADDR="10.9.8.7").status_code == 200

    @pytest.mark.parametrize("many", [10, 60])
    def test_constant_queries(self, client, hq, many):
        for _ in range(many):
            factories.school(name="Oak School")
        assert count_of(client, "/schools/search/?q=oak") == 4


class TestList:
    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("?q=aok prim", []),
            ("?q=ashbrok", ["Oak <Primary> School"]),
            ("?q=as12bc", ["Oak <Primary> School"]),
            ("?q=elm", []),
            ("?q=elm&state=all", ["Elm School"]),
            ("?q=elm&state=closed", []),
        ],
    )
    def test_hq_finds_by_what_is_typed(self, client, hq, oak, query, expected):
        factories.school(name="Elm School", town="Bath", is_open=False, merged_into=oak)
        found = client.get(f"/schools/{query}").context["page"].object_list
        assert [school.name for school in found] == expected

    def test_as_it_is_typed_only_for_those_who_may_open_schools(self, client, oak):
        for role, expected in ((Role.HQ_ADMIN, True), (Role.HQ_FINANCE, True), (Role.HQ_VIEWER, False)):
            client.force_login(factories.hq(role))
            assert ("data-school-search" in client.get("/schools/").content.decode()) == expected

    @pytest.mark.parametrize("many", [10, 60])
    def test_constant_queries(self, client, hq, many):
        for _ in range(many):
            factories.school(name="Oak School", town="Ashbrook")
        assert own_queries(client, "/schools/?q=oak ashbrook") == 8


class TestByHand:
    def test_a_scottish_school(self, client, hq):
        answer = client.post("/schools/new/", SCOTTISH)
        made = School.objects.get()
        assert answer.url == f"/schools/{made.pk}/people/"
        assert (made.urn, made.country, made.postcode, made.county) == (
            None,
            "scotland",
            "PH1 2AB",
            "Perthshire",
        )
        page = client.get(f"/schools/{made.pk}/").content.decode()
        assert "Scotland" in page
        assert "Perthshire" in page

    @pytest.mark.parametrize(
        ("given", "words"),
        [
            ({"postcode": ""}, "Enter postcode"),
            ({"country": ""}, "where is the school"),
            ({"country": "abroad", "urn": "123456"}, "A school abroad has no URN"),
        ],
    )
    def test_what_is_missing_is_named(self, client, hq, given, words):
        answer = client.post("/schools/new/", SCOTTISH | given)
        assert words.lower() in answer.content.decode().lower()
        assert not School.objects.exists()

    def test_abroad_needs_no_postcode(self, client, hq):
        assert (
            client.post("/schools/new/", SCOTTISH | {"country": "abroad", "postcode": ""}).status_code == 302
        )

    @pytest.mark.parametrize(
        "known",
        [
            {"name": "Birch Primary School", "town": "Perth", "postcode": "PH1 2AB"},
            {"name": "The Birch School", "town": "Perth", "postcode": "PH9 9ZZ"},
        ],
    )
    def test_a_likely_double_is_shown_before_anything_is_saved(self, client, hq, known):
        double = factories.school(**known)
        answer = client.post("/schools/new/", SCOTTISH)
        page = answer.content.decode()
        assert "Is it one of these?" in page
        assert f'href="/schools/{double.pk}/"' in page
        assert "2 Glen Road" in page
        assert School.objects.count() == 1
        assert client.post("/schools/new/", SCOTTISH | {"is_another": "yes"}).status_code == 302

    @pytest.mark.parametrize(
        "known",
        [
            {"name": "St Mary's Infants", "town": "Perth", "postcode": "PH1 2AB"},
            {"name": "Birch School", "town": "Truro", "postcode": "TR1 1AA"},
        ],
    )
    def test_another_school_is_no_double(self, client, hq, known):
        factories.school(**known)
        assert client.post("/schools/new/", SCOTTISH).status_code == 302


class TestSchoolPage:
    def test_what_came_before_and_after(self, client, hq, oak):
        elm = factories.school(name="Elm Infants", is_open=False, successor=oak, closed_on="2025-08-31")
        School.objects.filter(pk=oak.pk).update(headteacher_name="Ms Ash", trust="Forest Trust")
        page = client.get(f"/schools/{oak.pk}/").content.decode()
        assert all(
            words in page for words in ("Ms Ash", "Forest Trust", f'href="/schools/{elm.pk}/">Elm Infants')
        )
        page = client.get(f"/schools/{elm.pk}/").content.decode()
        assert "This school is closed since Sunday 31 August 2025." in page
        assert f'href="/schools/{oak.pk}/"' in page

    def test_a_merged_record_leads_to_the_other(self, client, hq, oak):
        twin = factories.school(name="Oak", urn="200002")
        merging.merge(oak, twin, taken=(), by=hq, now=now())
        for page in ("", "edit/", "merge/"):
            assert client.get(f"/schools/{twin.pk}/{page}").url == f"/schools/{oak.pk}/"
        assert "Oak (URN 200002)" in client.get(f"/schools/{oak.pk}/").content.decode()


class TestMerge:
    def test_likely_ones_are_offered_and_others_found(self, client, hq, oak):
        twin = factories.school(name="Oak Primary", town="Ashbrook", postcode="AS1 2BC")
        far = factories.school(name="Elm School", town="Truro", is_open=False)
        page = client.get(f"/schools/{oak.pk}/merge/").content.decode()
        assert f"?with={twin.pk}" in page
        assert f"?with={oak.pk}" not in page
        assert f"?with={far.pk}" in client.get(f"/schools/{oak.pk}/merge/?q=elm").content.decode()

    def test_side_by_side_then_one(self, client, hq, oak):
        twin = factories.school(name="Oak Primary", town="Ashbrook", postcode="AS1 2BC", phone="01234 5")
        factories.member(twin)
        path = f"/schools/{twin.pk}/merge/?with={oak.pk}"
        page = client.get(path)
        form = page.context["form"]
        assert form.fields["stays"].initial == oak.pk
        assert (form.fields["name"].initial, form.fields["phone"].initial) == (oak.pk, twin.pk)
        assert "urn" not in form.fields
        assert [(one.things, one.here, one.there) for one in page.context["moving"]] == [
            ("person’s place,people’s places", 1, 0)
        ]
        given = {name: field.initial for name, field in form.fields.items()}
        assert School.objects.filter(is_open=True).count() == 2
        answer = client.post(path, given | {"name": twin.pk})
        assert answer.url == f"/schools/{oak.pk}/"
        oak.refresh_from_db()
        assert (oak.name, oak.phone, oak.urn) == ("Oak Primary", "01234 5", "100001")

    def test_a_change_since_is_shown_first(self, client, hq, oak):
        twin = factories.school(name="Oak Primary")
        path = f"/schools/{oak.pk}/merge/?with={twin.pk}"
        given = {name: field.initial for name, field in client.get(path).context["form"].fields.items()}
        factories.member(twin)
        answer = client.post(path, given)
        assert "changed since you opened this page" in answer.content.decode()
        assert School.objects.filter(merged_into=None).count() == 2

    def test_what_stands_against_it_is_said_at_once(self, client, hq, oak):
        twin = factories.school(name="Oak Primary")
        for school in (oak, twin):
            factories.submission(place=school)
        page = client.get(f"/schools/{oak.pk}/merge/?with={twin.pk}").content.decode()
        assert "Withdraw one of the two submissions first." in page
        assert "Merge the two records" not in page

    @pytest.mark.parametrize("given", ["?with=x", "?with=999999", "?with={pk}", "?with=" + "9" * 30])
    def test_an_unknown_other_asks_again(self, client, hq, oak, given):
        answer = client.get(f"/schools/{oak.pk}/merge/{given.format(pk=oak.pk)}")
        assert answer.status_code == 200
        assert "Find the other one" in answer.content.decode()
