"""The review page: what stands on it, how it saves itself, and what it costs."""

from functools import partial
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.test import Client

from awards.domain import assignment, reviewing, standing
from awards.domain.words import OVERALL, Draft
from awards.models import Judgement, Standing
from psqm_portal.core.seen import mark_of
from rounds.models import Criterion, Descriptor
from submissions.models import Submission
from tests import factories
from tests.awards import helpers
from tests.factories import NOW
from tests.support.queries import own_queries
from tests.support.races import at_once

pytestmark = pytest.mark.django_db
JSON = {"Accept": "application/json"}


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def review():
    return helpers.open_review()


def signed_in(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def page_of(client, review) -> dict[str, str]:
    """What the form of an opened page would send."""
    form = client.get(review.get_absolute_url()).context["review_form"]
    return {name: form[name].value() or "" for name in form.fields if form[name].value()}


def words_on(review, code: str) -> tuple[str, str]:
    return Judgement.objects.values_list("verdict", "comment").get(review=review, criterion__code=code)


def test_it_saves_itself_and_hands_back_the_marks_of_what_stands(review):
    client, url = signed_in(review.standing.user), review.get_absolute_url()
    page = page_of(client, review)
    given = page | {"verdict_a1": "met", "comment_a1": "Clear\r\nand new "}
    answer = client.post(url, given, headers=JSON)
    assert answer.status_code == 200
    assert answer.json()["said"] == "Saved at 9am"
    assert words_on(review, "A1") == ("met", "Clear\nand new ")
    assert Judgement.objects.filter(review=review).count() == 1
    assert {**page, **answer.json()["fields"]} == {
        name: value for name, value in page_of(client, review).items() if name.startswith("mark_")
    }
    again = client.post(url, given | answer.json()["fields"] | {"comment_a1": "More"}, headers=JSON)
    assert (again.status_code, words_on(review, "A1")) == (200, ("met", "More"))


def test_r03_two_windows_on_different_criteria_both_count(review):
    client, url = signed_in(review.standing.user), review.get_absolute_url()
    one, other = page_of(client, review), page_of(client, review)
    assert client.post(url, one | {"verdict_a1": "met", "comment_a1": "One"}, headers=JSON).status_code == 200
    answer = client.post(url, other | {"verdict_a2": "met", "narrative": "Two"}, headers=JSON)
    assert answer.status_code == 200
    review.refresh_from_db()
    assert (words_on(review, "A1"), words_on(review, "A2")) == (("met", "One"), ("met", ""))
    assert review.narrative == "Two"


def test_r03_two_windows_on_one_criterion_show_both_and_overwrite_nothing(review):
    client, url = signed_in(review.standing.user), review.get_absolute_url()
    old = page_of(client, review)
    newer = {"verdict_a1": "met", "comment_a1": "The newer words", "narrative": "Newer story"}
    client.post(url, old | newer, headers=JSON)
    mine = old | {"verdict_a1": "not_met", "comment_a1": "My words", "narrative": "My story"}
    answer = client.post(url, mine, headers=JSON)
    assert answer.status_code == 409
    said = answer.json()
    assert "in another window" in said["said"]
    assert said["standing"] == {
        "recommendation": [], "narrative": "Newer story", "private_note": "",
        "verdict_a1": ["met"], "comment_a1": "The newer words",
    }  # fmt: skip
    assert words_on(review, "A1") == ("met", "The newer words")
    shown = client.post(url, mine)
    assert shown.status_code == 409
    text = shown.content.decode()
    for words in ("The newer words", "My words", "Newer story", "My story", "Saved in another window"):
        assert words in text
    on_top = {name: shown.context["review_form"][name].value() for name in ("mark_a1", "mark_overall")}
    assert client.post(url, mine | on_top).status_code == 302
    assert words_on(review, "A1") == ("not_met", "My words")


def test_a_stale_window_doesn_t_take_back_what_it_never_touched(review):
    client, url = signed_in(review.standing.user), review.get_absolute_url()
    old = page_of(client, review)
    client.post(url, page_of(client, review) | {"verdict_a1": "met", "comment_a1": "Kept"}, headers=JSON)
    old_form = old | {"comment_a1": "", "comment_a2": "From the old window"}
    assert client.post(url, old_form, headers=JSON).status_code == 200
    assert words_on(review, "A1") == ("met", "Kept")
    assert words_on(review, "A2") == ("", "From the old window")


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("guarded", [True, False], ids=["with marks", "control without"])
def test_r03_of_saves_at_once_one_stands_and_the_others_hear_of_it(guarded):
    review = helpers.open_review()
    criterion = Criterion.objects.get(strand__framework=review.standing.submission.round.framework, code="A1")
    begun = {"verdict": "met", "comment": "Begun"}
    reviewing.save_draft(review, Draft(judgements={criterion.pk: ("met", "Begun")}), by=review.standing.user)
    seen = {criterion.pk: mark_of(begun), OVERALL: mark_of(Draft().words()[OVERALL])} if guarded else None

    def save(words: str) -> Any:
        draft = Draft(judgements={criterion.pk: ("met", words)})
        return reviewing.save_draft(review, draft, by=review.standing.user, seen=seen)

    results = at_once([partial(save, f"Window {number}") for number in range(4)])
    refused = [type(one).__name__ for one in results if isinstance(one, Exception)]
    assert refused == (["OutOfDate"] * 3 if guarded else [])
    assert words_on(review, "A1")[1].startswith("Window ")


def test_a_review_taken_back_refuses_in_words_and_keeps_what_stood(review):
    client, url = signed_in(review.standing.user), review.get_absolute_url()
    page = page_of(client, review)
    helpers.finish(review)
    answer = client.post(url, page | {"narrative": "Late"}, headers=JSON)
    assert (answer.status_code, answer.json()) == (422, {"said": "This review can't be changed: it is done."})


def test_signed_out_the_script_hears_so(review):
    assert Client().post(review.get_absolute_url(), {"narrative": "x"}, headers=JSON).status_code == 401


def test_it_says_how_far_it_is_and_links_what_is_missing(review):
    client = signed_in(review.standing.user)
    first = Criterion.objects.get(strand__framework=review.standing.submission.round.framework, code="A1")
    reviewing.save_draft(review, Draft(judgements={first.pk: ("not_met", "")}), by=review.standing.user)
    page = client.get(review.get_absolute_url()).content.decode()
    assert "<strong><span data-judged-count>1</span> of 3 judged</strong>" in page
    check = client.get(f"{review.get_absolute_url()}complete/").content.decode()
    assert f'href="{review.get_absolute_url()}#criterion-A1">Write a comment on A1 Criterion 1' in check
    assert f'href="{review.get_absolute_url()}#criterion-A2">Judge A2 Criterion 2.' in check
    assert f'href="{review.get_absolute_url()}#overall">Choose your recommendation.' in check


def test_the_guidance_of_its_level_stands_there_and_the_others_can_be_opened(review):
    framework = review.standing.submission.round.framework
    criterion = Criterion.objects.get(strand__framework=framework, code="A1")
    for level in framework.levels.all():
        Descriptor.objects.create(criterion=criterion, level=level, text=f"Asked at {level}.")
    page = signed_in(review.standing.user).get(review.get_absolute_url()).content.decode()
    target, others = page.split('Other levels<span class="govuk-visually-hidden"> of A1')
    assert "What Bronze asks for" in target
    assert "Asked at Bronze." in target
    assert "Asked at Silver." in others
    assert "Asked at Gold." in others


# The award before ------------------------------------------------------------------------------------


@pytest.fixture
def renewal():
    """A school's second submission, in review; its first was told."""
    hq = factories.hq()
    before = helpers.released(hq, note="Go on with enquiry.")
    again = factories.submission(
        place=before.school,
        status=Submission.Status.SUBMITTED,
        renews=before,
    )
    factories.sign_off_parts(again)
    with transaction.atomic():
        standing.on_enrolment(again)
    reviewers = [helpers.reviewer(), helpers.reviewer()]
    assignment.assign(again, reviewers, by=hq, now=NOW)
    return before, again, helpers.reviews_of(again)[0]


def _page(review) -> str:
    return signed_in(review.standing.user).get(review.get_absolute_url()).content.decode()


def test_the_award_before_shows_what_the_school_was_told_and_no_more(renewal):
    before, _, review = renewal
    page = _page(review)
    assert "The award before" in page
    assert "Go on with enquiry." in page
    assert page.count("Pupils ask their own questions in every class.") == 2
    assert "For HQ alone." not in page
    assert "Settled." not in page
    assert helpers.reviews_of(before)[0].standing.user.name in page


def test_it_names_no_reviewers_where_that_round_didn_t(renewal):
    before, _, review = renewal
    type(before.round).objects.filter(pk=before.round_id).update(names_reviewers=False)
    page = _page(review)
    assert helpers.reviews_of(before)[0].standing.user.name not in page
    assert "Reviewer 1" in page


def test_an_outcome_under_embargo_isn_t_shown():
    hq = factories.hq()
    before = helpers.decided(hq, note="A secret so far.")
    Submission.objects.filter(pk=before.pk).update(status="withdrawn")
    again = factories.submission(place=before.school, status=Submission.Status.SUBMITTED)
    factories.sign_off_parts(again)
    assignment.assign(again, [helpers.reviewer(), helpers.reviewer()], by=hq, now=NOW)
    page = _page(helpers.reviews_of(again)[0])
    assert "The award before" not in page
    assert "A secret so far." not in page


def test_s05_whoever_had_a_conflict_with_the_earlier_work_doesn_t_read_of_it(renewal):
    before, _, review = renewal
    Standing.objects.create(
        user=review.standing.user, submission=before, kind=Standing.Kind.CONFLICT, why="led the hub"
    )
    page = _page(review)
    assert "The award before" not in page
    assert "Go on with enquiry." not in page


@pytest.mark.parametrize(("criteria", "pieces"), [(3, 1), (13, 30)])
def test_r24_the_page_costs_the_same_however_much_there_is(criteria, pieces):
    cycle = factories.round_(framework=factories.framework(criteria=criteria))
    for criterion in Criterion.objects.filter(strand__framework=cycle.framework):
        for level in cycle.framework.levels.all():
            Descriptor.objects.create(criterion=criterion, level=level, text="Asked.")
    made = helpers.submitted(cycle=cycle)
    part = made.parts.filter(kind="reflection").first()
    content = part.signed_version.content
    content["evidence"] = content["evidence"] * pieces
    part.signed_version.save(update_fields=["content"])
    assignment.assign(made, [helpers.reviewer(), helpers.reviewer()], by=factories.hq(), now=NOW)
    review = helpers.reviews_of(made)[0]
    client = signed_in(review.standing.user)
    assert own_queries(client, review.get_absolute_url()) == 10
