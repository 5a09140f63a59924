"""HQ's pages of a plan and declared conflicts, the reviewer's answers: what they say, keep and cost."""

import re

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from awards.domain import interests, plans
from awards.models import AssignmentPlan, Interest, Review
from hubs.models import HubMembership
from messaging.models import Email
from psqm_portal.core.roles import Role
from rounds.models import Round
from tests import factories
from tests.awards import helpers
from tests.awards.test_assigning import ANSWER_BY, people, submissions
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def hq() -> User:
    return factories.hq()


@pytest.fixture
def cycle() -> Round:
    return factories.round_()


@pytest.fixture
def sign_in(settings):
    settings.SECOND_FACTOR_REQUIRED = False

    def signed_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return signed_in


def _url(name: str, cycle: Round, *more: int) -> str:
    return reverse(name, args=[cycle.slug, *more])


def _text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_hq_plans_changes_confirms_and_sees_what_is_assigned(sign_in, hq, cycle):
    made, leaders = submissions(cycle, 3), people(4)
    client, page = sign_in(hq), _url("assignment_plan", cycle)
    assert "Plan who reviews what" in _text(client.get(_url("round_reviews", cycle)))
    assert "6 reviews of this round are still to be given to somebody." in _text(client.get(page))
    assert "The plan is made." in _text(client.post(page, follow=True))
    shown = _text(client.get(page))
    assert "6 Reviews planned" in shown
    assert "3 Submissions get all reviewers" in shown
    assert "Reviewer 0" in _text(client.get(page + "?show=reviewers"))
    by_hand = _url("plan_by_hand", cycle, made[0].pk)
    assert "leads the hub" in _text(client.get(by_hand))
    refused = client.post(by_hand, {"reviewers": [leaders[0].pk]})
    assert "Choose 2 reviewers; 1 chosen." in _text(refused)
    saved = client.post(by_hand, {"reviewers": [leaders[0].pk, leaders[1].pk]}, follow=True)
    assert f"{made[0].school}: Reviewer 0 and Reviewer 1." in _text(saved)
    assert "chosen by hand" in _text(saved)
    confirm = _url("plan_confirm", cycle)
    assert 'value="10"' in client.get(confirm).content.decode()
    wrong = client.post(confirm, {"answer_by_0": "3", "answer_by_1": "11", "answer_by_2": "2026"})
    assert "Choose a day after today for the answers." in _text(wrong)
    day = {"answer_by_0": "10", "answer_by_1": "11", "answer_by_2": "2026"}
    assert "0 of 6 assigned" in _text(client.post(confirm, day, follow=True))
    assert client.post(confirm, day).status_code == 404
    part = client.get(page, headers={"HX-Request": "true"}).content.decode()
    assert part.lstrip().startswith('<div class="app-progress"')
    plans.work(AssignmentPlan.objects.get().pk, clock=lambda: NOW)
    done = _text(client.get(page))
    assert "6 reviews assigned on" in done
    assert "Nothing to plan" in done
    assert "6 reviews not answered yet" in _text(client.get(_url("round_reviews", cycle)))


def test_dropping_a_plan(sign_in, hq, cycle):
    submissions(cycle, 1)
    people(2)
    plans.make(cycle, by=hq, now=NOW)
    client = sign_in(hq)
    assert "Nothing of it is assigned" in _text(client.get(_url("plan_drop", cycle)))
    assert "The plan is dropped." in _text(client.post(_url("plan_drop", cycle), follow=True))
    assert client.get(_url("plan_drop", cycle)).status_code == 404


def test_the_page_says_what_stands_in_the_way_and_hq_agrees_more(sign_in, hq, cycle):
    submissions(cycle, 4)
    people(3, agreed_reviews=2)
    client, page = sign_in(hq), _url("assignment_plan", cycle)
    shown = _text(client.post(page, follow=True))
    assert "2 Reviews missing" in shown
    assert "6 free places by the agreed numbers" in shown
    numbers = _url("agreed_reviews", cycle)
    assert "8 reviews of this round are still to be given" in _text(client.get(numbers))
    leaders = HubMembership.objects.filter(role=Role.HUB_LEADER.value).values_list("user", flat=True)
    given = {f"agreed-{pk}": "3" for pk in leaders}
    assert "as a number from 1 to 99" in _text(client.post(numbers, given | {f"agreed-{leaders[0]}": "0"}))
    assert "4 people’s numbers are changed." in _text(client.post(numbers, given, follow=True))
    assert "missing" not in _text(client.post(page, follow=True))


def test_a_plan_that_was_overtaken_says_so_and_offers_to_plan_again(sign_in, hq, cycle):
    made, _ = submissions(cycle, 2), people(4)
    plan = plans.make(cycle, by=hq, now=NOW)
    person = plan.reviews.filter(submission=made[0])[0].user
    interests.declare_by_hq(person, made[0], why="Governor", by=hq, now=NOW)
    client = sign_in(hq)
    shown = client.get(_url("assignment_plan", cycle))
    assert "1 planned review can’t be done any more" in _text(shown)
    assert "Go on to confirm" not in _text(shown)
    day = {"answer_by_0": "10", "answer_by_1": "11", "answer_by_2": "2026"}
    assert "Something changed since the plan was made" in _text(client.post(_url("plan_confirm", cycle), day))


def test_s01_nobody_but_hq_admins_opens_a_plan(sign_in, hq, cycle):
    [made] = submissions(cycle, 1)
    people(2)
    plans.make(cycle, by=hq, now=NOW)
    names = ["assignment_plan", "plan_confirm", "plan_drop", "agreed_reviews"]
    urls = [_url(name, cycle) for name in names] + [_url("plan_by_hand", cycle, made.pk)]
    for person in (factories.hq(Role.HQ_VIEWER), helpers.reviewer(), made.school.memberships.all()[0].user):
        client = sign_in(person)
        for url in [*urls, reverse("declared_conflicts")]:
            assert client.get(url).status_code == 403
        for url in urls:
            assert client.post(url).status_code == 403
    other = factories.round_()
    assert sign_in(hq).get(_url("plan_by_hand", other, made.pk)).status_code == 404


def test_a_reviewer_answers_on_the_page_of_their_reviews(sign_in, hq):
    person = helpers.reviewer()
    rows = [helpers.reviews_of(helpers.in_review(hq, [person, helpers.reviewer()]))[0] for _ in range(3)]
    client, page = sign_in(person), reverse("reviews")
    shown = client.get(page)
    assert "Can you review these 3 submissions? Say so by the end of Tuesday 10 November 2026 ." in _text(
        shown
    )
    accept = reverse("reviews_accept")
    assert "You’ve accepted 1 review." in _text(client.post(accept, {"review": rows[0].pk}, follow=True))
    assert "nothing to accept any more" in _text(client.post(accept, {"review": rows[0].pk}, follow=True))
    given = {"review": [*(row.pk for row in rows), "x", "9" * 40]}
    assert "You’ve accepted 2 reviews." in _text(client.post(accept, given, follow=True))
    assert "Can you review" not in _text(client.get(page))
    assert client.get(accept).status_code == 405
    assert sign_in(factories.user()).post(accept, given).status_code == 403


def test_hq_sees_who_hasn_t_answered_and_who_is_late(sign_in, hq, cycle):
    made = helpers.in_review(hq, cycle=cycle)
    helpers.reviewed(hq, cycle=cycle)
    client, url = sign_in(hq), _url("round_reviews", cycle)
    assert "2 reviews not answered yet" in _text(client.get(url))
    with time_machine.travel(NOW.replace(day=20), tick=False):
        client = sign_in(hq)
        shown = _text(client.get(url + "?show=unanswered"))
        assert shown.count("No answer") == 2
        assert "2 late" in _text(client.get(url))
    assert made.school.name in shown
    assert shown.count("Sch") < _text(client.get(url)).count("Sch")


def test_a_leader_finds_and_declares_a_school_and_an_employer(sign_in):
    person = helpers.reviewer()
    school = factories.school(name="Oak Primary School", trust="Oakwood Learning Trust")
    client, url = sign_in(person), reverse("interests")
    assert "We know no school, trust or local authority like “zzz”." in _text(client.get(url + "?find=zzz"))
    shown = _text(client.get(url + "?find=oak"))
    assert "Oak Primary School" in shown
    assert "Oakwood Learning Trust" in shown
    empty = client.post(url + "?find=oak", {"what": f"school-{school.pk}", "why": ""})
    assert "Enter how you know them" in _text(empty)
    client.post(url + "?find=oak", {"what": f"school-{school.pk}", "why": "Governor"})
    done = client.post(
        url + "?find=oak", {"what": "employer-Oakwood Learning Trust", "why": "I advise them"}, follow=True
    )
    assert "You won’t review Oakwood Learning Trust." in _text(done)
    assert Interest.objects.filter(user=person).count() == 2
    assert sign_in(factories.user()).get(url).status_code == 403


def test_a_school_names_a_leader_without_learning_who_reviews(sign_in, hq):
    one, two, stranger = helpers.reviewer("Ann"), helpers.reviewer("Bo"), helpers.reviewer("Cy")
    made = helpers.in_review(hq, [one, two])
    head = made.school.memberships.get(role="headteacher").user
    client, url = sign_in(head), reverse("name_conflict", args=[made.pk])
    page = client.get(url).content.decode()
    offered = re.findall(r'<option value="(\d+)"', page)
    assert offered == [str(one.pk), str(two.pk), str(stranger.pk)]
    answers = [
        _text(client.post(url, {"person": person.pk, "why": "My brother"}, follow=True)).replace(name, "X")
        for person, name in ((one, "Ann"), (stranger, "Cy"))
    ]
    assert "X won’t review your work. HQ knows why." in answers[0]
    assert "X won’t review your work. HQ knows why." in answers[1]
    assert [row.status for row in helpers.reviews_of(made)] == ["void", "assigned"]
    for person, code in ((made.hub.memberships.get().user, 403), (one, 404), (hq, 403)):
        assert sign_in(person).get(url).status_code == code
    assert "Name a hub leader who shouldn’t review your work" in _text(
        client.get(reverse("submission", args=[made.pk]))
    )


def test_hq_reads_and_lifts_what_was_declared(sign_in, hq):
    person, made = helpers.reviewer("Ann"), helpers.submitted()
    interest = interests.declare_by_hq(person, made, why="Governor", by=hq, now=NOW)
    client, url = sign_in(hq), reverse("interest_lift", args=[interest.pk])
    assert "Governor" in _text(client.get(reverse("assign_reviewers", args=[made.round.slug, made.pk])))
    assert "Ann" in _text(client.get(reverse("declared_conflicts")))
    assert "Enter reason" in _text(client.post(url))
    assert f"Ann may review {made.school} again." in _text(client.post(url, {"reason": "Left"}, follow=True))
    assert client.get(url).status_code == 404
    assert "None declared" in _text(client.get(reverse("declared_conflicts")))


def test_r24_the_pages_cost_the_same_at_two_sizes(sign_in, hq, cycle):
    reader = helpers.reviewer("Reader")
    client, mine = sign_in(hq), sign_in(reader)
    in_hub, made = factories.hub(), []
    factories.hub_member(in_hub)
    first = helpers.in_review(hq, [reader, helpers.reviewer()], cycle=cycle)
    for size in (10, 50):
        people(size)
        made += [factories.submission(cycle=cycle, status="submitted", parts=False) for _ in range(size)]
        interests.declare_by_hq(reader, made[-1], why="x", by=hq, now=NOW)
        plans.make(cycle, by=hq, now=NOW)
        for url, count in {
            _url("assignment_plan", cycle): 13,
            _url("assignment_plan", cycle) + "?show=reviewers": 13,
            _url("plan_by_hand", cycle, made[0].pk): 13,
            _url("plan_confirm", cycle): 12,
            _url("agreed_reviews", cycle): 10,
            _url("round_reviews", cycle): 12,
            _url("round_reviews", cycle) + "?show=unanswered": 12,
            reverse("declared_conflicts"): 7,
        }.items():
            with CaptureQueriesContext(connection) as asked:
                assert client.get(url).status_code == 200
            assert (url, len(asked)) == (url, count)
        for row in made[-size:]:
            row.status = "in_review"
            row.save()
            standing = row.standings.create(user=reader, kind="reviewer") if row != made[-1] else None
            if standing:
                standing.reviews.create(cycle=1, assigned_at=NOW, answer_by=ANSWER_BY)
        for url, count in {reverse("reviews"): 6, reverse("interests") + "?find=school": 11}.items():
            with CaptureQueriesContext(connection) as asked:
                assert mine.get(url).status_code == 200
            assert (url, len(asked)) == (url, count)
    assert Review.objects.filter(standing__user=reader).count() == 59
    assert first.status == "in_review"
    assert Email.objects.exists()
