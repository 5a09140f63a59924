"""Pages of rounds and frameworks: who gets in, what they change, what they cost."""

from datetime import date

import pytest
from django.urls import reverse

from psqm_portal.core.roles import Role
from rounds.domain.make import make_round
from rounds.models import Criterion, Framework, Milestone, Round
from tests import factories
from tests.factories import NOW


@pytest.fixture
def autumn(template):
    return make_round(template(), 2026, by=None, now=NOW)


@pytest.fixture
def signed_in(client):
    def sign_in(person):
        client.force_login(person)
        return client

    return sign_in


def people() -> dict:
    hub, school = factories.hub(), factories.school()
    return {
        "admin": factories.hq(),
        "finance": factories.hq(Role.HQ_FINANCE),
        "viewer": factories.hq(Role.HQ_VIEWER),
        "hub leader": factories.hub_member(hub),
        "mentor": factories.hub_member(hub, Role.MENTOR),
        "subject leader": factories.member(school),
        "headteacher": factories.member(school, Role.HEADTEACHER),
    }


ALL_HQ = {"admin": 200, "finance": 200, "viewer": 200}
ADMIN = {"admin": 200, "finance": 403, "viewer": 403}


@pytest.mark.parametrize(
    ("path", "expected", "others"),
    [
        ("/rounds/", ALL_HQ, 403),
        ("/rounds/new/", ADMIN, 403),
        ("/rounds/autumn-2026/", ALL_HQ, 404),
        ("/rounds/autumn-2026/late/", {"admin": 200, "finance": 403, "viewer": 200}, 404),
        ("/rounds/autumn-2026/settings/", ADMIN, 404),
        ("/rounds/autumn-2026/open/", ADMIN, 404),
        ("/rounds/autumn-2026/milestones/{milestone}/", ADMIN, 404),
        ("/frameworks/", ALL_HQ, 200),
        ("/frameworks/{framework}/", ALL_HQ, 200),
        ("/frameworks/{framework}/edit/", ADMIN, 403),
        ("/frameworks/{framework}/criteria/b2/", ADMIN, 403),
        ("/frameworks/{framework}/documents/cpd/", ADMIN, 403),
    ],
)
def test_s01_who_gets_in(autumn, signed_in, path, expected, others):
    path = path.format(
        milestone=autumn.milestones.get(step="audit").pk, framework=Framework.objects.get(name="PSQM").pk
    )
    found = {name: signed_in(person).get(path).status_code for name, person in people().items()}
    assert found == {name: expected.get(name, others) for name in found}


def test_s01_a_stranger_is_asked_to_sign_in(autumn, client):
    for path in ("/rounds/", "/rounds/autumn-2026/", "/frameworks/"):
        assert client.get(path).status_code == 302


def test_s01_only_hq_admin_posts(autumn, signed_in):
    row, criterion = autumn.milestones.get(step="audit"), Criterion.objects.first()
    before = (row.due_on, Round.objects.count())
    for name, person in people().items():
        if name == "admin":
            continue
        client = signed_in(person)
        for path in (
            "/rounds/new/",
            "/rounds/autumn-2026/settings/",
            "/rounds/autumn-2026/open/",
            f"/rounds/autumn-2026/milestones/{row.pk}/",
            "/rounds/autumn-2026/dates/schools/",
            "/rounds/autumn-2026/copy/",
            f"/frameworks/{criterion.strand.framework_id}/criteria/{criterion.code.lower()}/",
        ):
            assert client.post(path, {"year": "2028", "reason": "x"}).status_code in {403, 404}
    row.refresh_from_db()
    autumn.refresh_from_db()
    assert (row.due_on, Round.objects.count(), autumn.status) == (*before, "planned")


def test_hq_makes_and_opens_a_round(db, signed_in):
    client = signed_in(factories.hq())
    template = str(client.get("/rounds/new/").context["form"].fields["template"].queryset.first().pk)
    answer = client.post("/rounds/new/", {"template": template, "year": "2027", "framework": ""})
    made = Round.objects.get()
    assert answer.headers["Location"] == reverse("round", args=[made.slug])
    again = client.post("/rounds/new/", {"template": template, "year": "2027"})
    assert f"There is already a round called {made}" in again.content.decode()
    assert "No hub takes part yet" in client.get(f"/rounds/{made.slug}/open/").content.decode()
    client.post(f"/rounds/{made.slug}/open/")
    made.refresh_from_db()
    assert made.status == "open"


def test_a_wrong_date_comes_back_with_the_reason_and_the_input(autumn, signed_in):
    row = autumn.milestones.get(step="submit")
    client = signed_in(factories.hq())
    dates = {"opens_on_0": "1", "opens_on_1": "6", "opens_on_2": "2027"}
    late = {**dates, "due_on_0": "31", "due_on_1": "10", "due_on_2": "2027"}
    page = client.post(reverse("milestone", args=[autumn.slug, row.pk]), late).content.decode()
    assert "has to be due before" in page
    assert 'value="31"' in page
    good = {**dates, "due_on_0": "2", "due_on_1": "7", "due_on_2": "2027"}
    path = reverse("milestone", args=[autumn.slug, row.pk])
    look = client.post(path, good).content.decode()
    assert "Nothing is saved yet" in look
    assert "2 days later" in look
    assert Milestone.objects.get(pk=row.pk).due_on == date(2027, 6, 30)
    assert client.post(path, {**good, "back": "yes"}).context["form"]["due_on"].value() == ["2", "7", "2027"]
    assert client.post(path, {**good, "confirmed": "yes"}).status_code == 302
    row.refresh_from_db()
    assert row.due_on == date(2027, 7, 2)


def test_a_milestone_of_another_round_is_not_found(autumn, template, signed_in):
    other = make_round(template("spring"), 2027, by=None, now=NOW)
    path = reverse("milestone", args=[autumn.slug, other.milestones.first().pk])
    assert signed_in(factories.hq()).get(path).status_code == 404


def test_s07_settings_take_nothing_else(autumn, signed_in):
    values = {"hub_capacity": 9, "reviews_per_submission": 2, "minimum_reviews": 2, "award_years": 3}
    values |= {"mentoring_hours": 5, "meetings_a_year": 2}
    values |= {"evidence_files": 300, "evidence_megabytes": 3000}
    extra = {"status": "open", "year": 2030, "slug": "mine", "name": "Mine"}
    signed_in(factories.hq()).post(f"/rounds/{autumn.slug}/settings/", {**values, **extra})
    autumn.refresh_from_db()
    assert (autumn.hub_capacity, autumn.status, autumn.year, autumn.name) == (
        9,
        "planned",
        2026,
        "Autumn 2026",
    )


def test_hq_edits_a_criterion(db, signed_in):
    framework = Framework.objects.get(name="PSQM")
    levels = {f"level_{level.pk}": f"Text at {level.name}" for level in framework.levels.all()}
    path = f"/frameworks/{framework.pk}/criteria/a1/"
    client = signed_in(factories.hq())
    assert client.post(path, {"title": "A leader", "guidance": "<b>x</b>", **levels}).status_code == 302
    page = client.get(f"/frameworks/{framework.pk}/").content.decode()
    assert "Text at Silver" in page
    assert "&lt;b&gt;x&lt;/b&gt;" in page
    wrong = client.post(path, {"title": "", "guidance": "", **levels}).content.decode()
    assert "Enter title" in wrong


@pytest.mark.parametrize("rounds", [1, 3, 10])
def test_r24_the_list_costs_the_same_at_any_length(template, client, django_assert_num_queries, rounds):
    for number in range(rounds):
        make_round(template(), 2026 + number, by=None, now=NOW)
    client.force_login(factories.hq())
    with django_assert_num_queries(8):
        assert client.get("/rounds/").content.count(b'scope="row"') == rounds


def test_r24_a_rounds_page_costs_the_same_at_any_length(autumn, client, django_assert_num_queries):
    client.force_login(factories.hq())
    with django_assert_num_queries(16):
        client.get(f"/rounds/{autumn.slug}/")
    Milestone.objects.filter(round=autumn).exclude(step="submit").delete()
    with django_assert_num_queries(16):
        client.get(f"/rounds/{autumn.slug}/")


def test_r24_a_framework_costs_the_same_at_any_length(db, client, django_assert_num_queries):
    client.force_login(factories.user())
    for framework in (Framework.objects.get(name="PSQM"), factories.framework(criteria=1)):
        with django_assert_num_queries(12):
            client.get(f"/frameworks/{framework.pk}/")


def _typed(client, path) -> dict:
    """All fields of the page of dates, as it was opened."""
    form = client.get(path).context["form"]
    return {name: str(form[name].value()) for name in form.fields}


def test_all_dates_of_an_audience_move_together_after_a_look(autumn, signed_in):
    """One by one this order would be refused; as they stand together it fits."""
    client, path = signed_in(factories.hq()), f"/rounds/{autumn.slug}/dates/hub-leaders/"
    review, notify = (
        autumn.milestones.get(step=step, audience="hub_leader") for step in ("review", "notify")
    )
    hq_dates = Milestone.objects.filter(round=autumn, step__in=["decide", "notify"], audience="hq")
    hq_dates.update(opens_on=date(2027, 10, 1), due_on=date(2027, 10, 20))
    Milestone.objects.filter(round=autumn, step="notify", audience="school").update(due_on=date(2027, 10, 31))
    typed = _typed(client, path)
    typed |= {f"due_{review.pk}": "2027-09-30", f"due_{notify.pk}": "31/10/2027"}
    look = client.post(path, typed).content.decode()
    assert "What the new dates change" in look
    assert "30 days later" in look
    assert "31 days later" in look
    review.refresh_from_db()
    assert review.due_on == date(2027, 8, 31)
    client.post(path, {**typed, "confirmed": "yes"})
    review.refresh_from_db()
    notify.refresh_from_db()
    assert (review.due_on, notify.due_on) == (date(2027, 9, 30), date(2027, 10, 31))


def test_each_impossible_date_says_why_beside_it(autumn, signed_in):
    client, path = signed_in(factories.hq()), f"/rounds/{autumn.slug}/dates/schools/"
    plan, audit, close = (
        autumn.milestones.get(step=s, audience="school") for s in ("action_plan", "audit", "submit")
    )
    typed = _typed(client, path)
    typed |= {
        f"due_{plan.pk}": "2027-07-10",
        f"opens_{audit.pk}": "2026-11-09",
        f"due_{close.pk}": "2027-08-20",
    }
    form = client.post(path, typed).context["form"]
    assert set(form.errors) == {f"due_{plan.pk}", f"due_{audit.pk}", f"due_{close.pk}"}
    assert form[f"due_{plan.pk}"].value() == "2027-07-10"
    assert "has to be due on or before “Send for sign-off”" in form.errors[f"due_{plan.pk}"][0]
    assert "can't be before the day on which it opens" in form.errors[f"due_{audit.pk}"][0]
    assert "has to be due before “Assign reviewers” (HQ)" in form.errors[f"due_{close.pk}"][0]


def test_r03_dates_somebody_else_changed_meanwhile_are_not_overwritten(autumn, signed_in):
    client, path = signed_in(factories.hq()), f"/rounds/{autumn.slug}/dates/schools/"
    audit = autumn.milestones.get(step="audit")
    typed = _typed(client, path) | {f"due_{audit.pk}": "2026-11-06"}
    Milestone.objects.filter(pk=audit.pk).update(due_on=date(2026, 11, 9))
    page = client.post(path, {**typed, "confirmed": "yes"}).content.decode()
    assert "Somebody else changed the dates of this round meanwhile" in page
    assert 'value="2026-11-06"' in page
    audit.refresh_from_db()
    assert audit.due_on == date(2026, 11, 9)


def test_hq_copies_a_round(autumn, signed_in):
    client, path = signed_in(factories.hq()), f"/rounds/{autumn.slug}/copy/"
    page = client.get(path).content.decode()
    assert "Make Autumn 2027" in page
    assert "30 Jun 2028" in page
    client.post(path, {"framework": autumn.framework_id})
    assert Round.objects.get(slug="autumn-2027").framework == autumn.framework
    again = client.post(path, {"framework": autumn.framework_id}).content.decode()
    assert "There is already a round called Autumn 2027" in again


def test_an_action_that_isnt_open_says_why(autumn, signed_in):
    client = signed_in(factories.hq())
    page = client.get(f"/rounds/{autumn.slug}/archive/", follow=True).content.decode()
    assert "This can&#x27;t be done to the round as it is now." in page


def test_unknown_audiences_are_not_found(autumn, signed_in):
    assert signed_in(factories.hq()).get(f"/rounds/{autumn.slug}/dates/parents/").status_code == 404
