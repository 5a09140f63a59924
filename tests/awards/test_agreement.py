"""The figures against published ones, and who sees them."""

import csv
import io
from itertools import product

import pytest
import time_machine
from django.test import Client

from awards.domain import assignment, reviewing
from awards.domain.agreement import both_ways, in_words, share_same, weighted_kappa
from awards.domain.words import Draft
from awards.models import Judgement
from awards.pages.agreement import agreement_of
from psqm_portal.core.roles import Role
from rounds.models import Criterion
from tests import factories
from tests.awards import helpers
from tests.factories import NOW
from tests.support.queries import own_queries


def pairs_of(table: list[list[int]]) -> list[tuple[int, int]]:
    """A table of counts: rows what the first said, columns the second."""
    size = range(len(table))
    return [(row, column) for row, column in product(size, size) for _ in range(table[row][column])]


def test_kappa_is_what_the_textbooks_say():
    # Two readers of 50 grant proposals, yes or no: kappa 0.4.
    assert weighted_kappa(pairs_of([[20, 5], [10, 15]])) == pytest.approx(0.4)
    # Agresti, Categorical Data Analysis: 91 couples' answers in four steps; linear weights 0.2374.
    couples = [[7, 7, 2, 3], [2, 8, 3, 7], [1, 5, 4, 9], [2, 8, 9, 14]]
    assert weighted_kappa(pairs_of(couples)) == pytest.approx(0.2374, abs=0.00005)


def test_the_ends_of_the_scale():
    assert weighted_kappa([(0, 0), (1, 1), (2, 2)]) == 1
    assert weighted_kappa([(0, 2), (2, 0)]) == -1
    assert weighted_kappa([(1, 1)] * 30) is None
    assert share_same([(0, 0), (0, 1), (2, 2), (1, 1)]) == 0.75


def test_in_both_orders_nobody_is_the_first():
    pairs = [(0, 1), (0, 0), (1, 2), (2, 2), (0, 1)]
    turned = [(other, one) for one, other in pairs]
    assert weighted_kappa(both_ways(pairs)) == pytest.approx(weighted_kappa(both_ways(turned)))


@pytest.mark.parametrize(
    ("kappa", "words"),
    [(-0.1, "Less than by chance"), (0, "Hardly more than by chance"), (0.2, "Some"), (0.5, "Fair"),
     (0.79, "Good"), (0.8, "Very good"), (1, "Very good")],
)  # fmt: skip
def test_in_words(kappa, words):
    assert in_words(kappa) == words


# Of a round ---------------------------------------------------------------------------------------------


@pytest.fixture
def hq(settings):
    settings.SECOND_FACTOR_REQUIRED = False
    return factories.hq()


def judged(hq, cycle, reviewers, verdicts: list[str]):
    """A submission on whose every criterion each reviewer says one thing."""
    made = helpers.submitted(cycle=cycle)
    assignment.assign(made, reviewers, by=hq, now=NOW)
    criteria = Criterion.objects.filter(strand__framework=cycle.framework).values_list("pk", flat=True)
    for review, verdict in zip(helpers.reviews_of(made), verdicts, strict=True):
        draft = Draft("level", "Good.", "", dict.fromkeys(criteria, (verdict, "So.")))
        reviewing.save_draft(review, draft, by=review.standing.user)
        reviewing.complete(review, by=review.standing.user, now=NOW)
    return made


def signed_in(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def people():
    return [helpers.reviewer(f"Reviewer {letter}") for letter in "ABC"]


@pytest.mark.django_db
def test_a_round_s_figures_by_criterion_and_reviewer(hq, people):
    cycle = factories.round_(framework=factories.framework(criteria=10))
    ann, bo, cat = people
    judged(hq, cycle, [ann, bo], ["met", "met"])
    judged(hq, cycle, [ann, bo], ["met", "strongly_met"])
    judged(hq, cycle, [ann, cat], ["strongly_met", "strongly_met"])
    found = agreement_of(cycle)
    assert (found.whole.count, found.whole.same, found.whole.per_cent) == (30, 20, 67)
    # Symmetrised by hand: 20 met-met, 10 each way met-strongly, 20 strongly-strongly of 60.
    assert found.whole.kappa == pytest.approx(1 - (20 / 60) / (2 * 0.5 * 0.5))
    first = found.criteria[0]
    assert (first.name, first.count, first.same) == ("A1 Criterion 1", 3, 2)
    assert (first.per_cent, first.kappa, first.words) == (None, None, "Too few to say")
    assert [(row.name, row.count, row.same, row.per_cent) for row in found.reviewers] == [
        ("Reviewer A", 30, 20, 67),
        ("Reviewer B", 20, 10, 50),
        ("Reviewer C", 10, 10, None),
    ]
    # Bo's words vary where Ann's don't: no better than chance.
    assert found.reviewers[1].kappa == pytest.approx(0)


@pytest.mark.django_db
def test_three_reviews_are_three_pairs_and_an_open_one_none(hq, people):
    cycle = factories.round_(framework=factories.framework(criteria=10))
    made = judged(hq, cycle, people[:2], ["met", "not_met"])
    made.refresh_from_db()
    assignment.assign(made, [people[2]], by=hq, now=NOW)
    assert agreement_of(cycle).whole.count == 10
    review = helpers.reviews_of(made)[2]
    helpers.finish(review)
    found = agreement_of(cycle)
    assert (found.whole.count, found.whole.same) == (30, 10)


@pytest.mark.django_db
def test_another_round_s_and_an_earlier_cycle_s_reviews_don_t_count(hq, people):
    cycle = factories.round_()
    made = judged(hq, cycle, people[:2], ["met", "met"])
    type(made).objects.filter(pk=made.pk).update(cycle=2)
    judged(hq, factories.round_(), people[:2], ["met", "met"])
    assert agreement_of(cycle).whole.count == 0


@pytest.mark.django_db
def test_s27_the_csv_has_the_same_figures_and_no_formula(hq, people):
    cycle = factories.round_(framework=factories.framework(criteria=10))
    people[0].name = "=HYPERLINK(1)"
    people[0].save()
    judged(hq, cycle, people[:2], ["met", "strongly_met"])
    judged(hq, cycle, people[:2], ["met", "met"])
    answer = signed_in(hq).get(f"/rounds/{cycle.slug}/agreement.csv")
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert rows[0] == [
        "About", "Name", "Pairs of judgements", "Of them the same", "Per cent", "Weighted kappa",
    ]  # fmt: skip
    assert rows[1] == ["Round", "All criteria", "20", "10", "50", "-0.33"]
    assert rows[2] == ["Criterion", "A1 Criterion 1", "2", "1", "", ""]
    assert ["Reviewer", "'=HYPERLINK(1)", "20", "10", "50", "0.0"] in rows


@pytest.mark.django_db
def test_s01_nobody_but_hq_s_admins_sees_figures_or_queue(hq, people):
    cycle = factories.round_()
    made = judged(hq, cycle, people[:2], ["met", "not_met"])
    others = [
        people[0], made.hub.memberships.get().user, made.school.memberships.first().user,
        factories.hq(Role.HQ_VIEWER), factories.hq(Role.HQ_FINANCE),
    ]  # fmt: skip
    pages = ["agreement/", "agreement.csv", "moderation/", f"moderation/{made.pk}/"]
    for person in others:
        client = signed_in(person)
        assert {client.get(f"/rounds/{cycle.slug}/{page}").status_code for page in pages} == {403}
    client = signed_in(hq)
    assert {client.get(f"/rounds/{cycle.slug}/{page}").status_code for page in pages} == {200}


@pytest.mark.django_db
@pytest.mark.parametrize("submissions", [2, 8])
def test_r24_the_figures_cost_the_same_for_any_round(hq, people, submissions):
    cycle = factories.round_(framework=factories.framework(criteria=submissions))
    with time_machine.travel(NOW, tick=False):
        for number in range(submissions):
            judged(hq, cycle, [people[number % 3], people[(number + 1) % 3]], ["met", "not_met"])
        assert Judgement.objects.count() == 2 * submissions**2
        assert own_queries(signed_in(hq), f"/rounds/{cycle.slug}/agreement/") == 5
