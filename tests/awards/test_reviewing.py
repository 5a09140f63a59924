from contextlib import nullcontext

import pytest
from django.core.exceptions import PermissionDenied

from awards.domain import assignment, reviewing
from awards.domain.review_machine import review_machine
from awards.domain.reviewing import Draft
from awards.models import Review
from messaging.models import Email
from psqm_portal.core.machine import Refused
from psqm_portal.core.models import HistoryEntry
from psqm_portal.core.roles import Role
from submissions.domain.machine import submission_machine
from tests import factories
from tests.awards import helpers
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def test_assigning_makes_the_reviews_and_tells_each_reviewer_once():
    hq, one, two = factories.hq(), helpers.reviewer("Ann"), helpers.reviewer("Bo")
    made = helpers.submitted()
    made = assignment.assign(made, [one, two], by=hq, now=NOW)
    assert made.status == "in_review"
    assert [(r.standing.user.name, r.status, r.cycle) for r in helpers.reviews_of(made)] == [
        ("Ann", "assigned", 1),
        ("Bo", "assigned", 1),
    ]
    assert sorted(
        Email.objects.filter(template="awards/mail/review_assigned").values_list("to", flat=True)
    ) == sorted([one.email, two.email])


def test_a_round_s_number_of_reviewers_is_needed():
    made = helpers.submitted()
    with pytest.raises(Refused, match=r"^Choose 2 reviewers for .*; 1 chosen\.$"):
        assignment.assign(made, [helpers.reviewer()], by=factories.hq(), now=NOW)


def test_the_move_without_reviewers_is_refused_and_offered():
    hq, made = factories.hq(), helpers.submitted()
    offers = {one.action: one.why_not for one in submission_machine.offers(made, by=hq, now=NOW)}
    assert offers["assign_reviewers"] is None
    with pytest.raises(Refused, match="Choose the reviewers"):
        submission_machine.perform(made, "assign_reviewers", by=hq, now=NOW)
    made.refresh_from_db()
    assert made.status == "submitted"


def test_somebody_who_leads_no_hub_can_t_review():
    person = factories.user("Nobody Special")
    with pytest.raises(Refused, match="Nobody Special doesn't lead a hub now"):
        assignment.assign(helpers.submitted(), [person, helpers.reviewer()], by=factories.hq(), now=NOW)


def test_only_hq_admins_assign():
    made = helpers.submitted()
    leader = made.hub.memberships.get().user
    with pytest.raises(PermissionDenied):
        assignment.assign(made, [helpers.reviewer(), helpers.reviewer()], by=leader, now=NOW)


def test_a_draft_is_kept_whatever_is_missing():
    review = helpers.open_review()
    reviewer = review.standing.user
    reviewing.save_draft(review, Draft(narrative="Half a sen"), by=reviewer)
    review.refresh_from_db()
    assert (review.narrative, review.recommendation, review.status) == ("Half a sen", "", "assigned")


def test_nobody_else_writes_a_review():
    review = helpers.open_review()
    for stranger in [
        factories.hq(),
        helpers.reviewer(),
        review.standing.submission.hub.memberships.get().user,
    ]:
        with pytest.raises(PermissionDenied):
            reviewing.save_draft(review, Draft(narrative="x"), by=stranger)


def test_s04_a_leader_who_steps_down_reviews_no_more():
    review = helpers.open_review()
    reviewer = review.standing.user
    reviewer.hub_memberships.update(ended_at=NOW)
    with pytest.raises(PermissionDenied):
        reviewing.complete(review, by=reviewer, now=NOW)


def test_completing_needs_every_judgement_a_comment_where_not_met_and_words_for_the_school():
    review = helpers.open_review()
    reviewer = review.standing.user
    with pytest.raises(Refused, match=r"^The review isn't complete yet: 5 things are missing\.$"):
        reviewing.complete(review, by=reviewer, now=NOW)
    full = helpers.full_draft(review)
    first = min(full.judgements)
    draft = Draft("level", "Good.", "", {**full.judgements, first: ("not_met", " ")})
    reviewing.save_draft(review, draft, by=reviewer)
    with pytest.raises(
        Refused, match=r"^Write a comment on A1 Criterion 1: what is missing for the level\.$"
    ):
        reviewing.complete(review, by=reviewer, now=NOW)
    reviewing.save_draft(review, full, by=reviewer)
    done = reviewing.complete(review, by=reviewer, now=NOW)
    assert (done.status, done.completed_at) == ("completed", NOW)


def test_a_completed_review_isn_t_changed_any_more():
    review = helpers.finish(helpers.open_review())
    with pytest.raises(Refused, match="This review can't be changed: it is done"):
        reviewing.save_draft(review, Draft(narrative="Other"), by=review.standing.user)


def test_the_last_completed_review_finishes_the_submission():
    hq = factories.hq()
    made = helpers.in_review(hq)
    first, second = helpers.reviews_of(made)
    helpers.finish(first)
    made.refresh_from_db()
    assert made.status == "in_review"
    helpers.finish(second)
    made.refresh_from_db()
    assert made.status == "reviewed"
    entry = HistoryEntry.objects.get(machine="submission", subject_id=made.pk, action="finish_reviews")
    assert entry.by is None


def test_declining_tells_hq_and_another_reviewer_takes_over():
    hq = factories.hq()
    made = helpers.in_review(hq)
    first, second = helpers.reviews_of(made)
    helpers.finish(second)
    reviewing.decline(first, reason="I taught there.", by=first.standing.user, now=NOW)
    made.refresh_from_db()
    assert made.status == "in_review"
    mail = Email.objects.get(template="awards/mail/review_declined")
    assert mail.to == hq.email
    assert "I taught there." in mail.text
    with pytest.raises(Refused, match="declined to review"):
        assignment.assign(made, [first.standing.user], by=hq, now=NOW)
    third = helpers.reviewer()
    assignment.assign(made, [third], by=hq, now=NOW)
    helpers.finish(helpers.reviews_of(made)[-1])
    made.refresh_from_db()
    assert made.status == "reviewed"


def test_a_third_review_can_be_added_and_its_going_away_finishes_again():
    hq = factories.hq()
    made = helpers.reviewed(hq, ("level", "not_yet"))
    made = assignment.assign(made, [helpers.reviewer()], by=hq, now=NOW)
    assert made.status == "in_review"
    third = helpers.reviews_of(made)[-1]
    reviewing.decline(third, reason="No time.", by=third.standing.user, now=NOW)
    made.refresh_from_db()
    assert made.status == "reviewed"


def test_reopening_voids_the_unfinished_and_keeps_the_finished():
    hq = factories.hq()
    made = helpers.in_review(hq)
    first, _ = helpers.reviews_of(made)
    helpers.finish(first)
    submission_machine.perform(
        made, "reopen", by=hq, now=NOW, reason="A wrong file.", until=NOW.date().replace(year=2027)
    )
    assert [r.status for r in helpers.reviews_of(made)] == ["completed", "void"]
    made.refresh_from_db()
    assert made.status == "enrolled"


def test_withdrawing_voids_what_is_open():
    hq = factories.hq()
    made = helpers.in_review(hq)
    submission_machine.perform(made, "withdraw", by=hq, now=NOW, reason="The school asks.")
    assert {r.status for r in helpers.reviews_of(made)} == {"void"}


@pytest.mark.parametrize("status", Review.Status.values)
def test_s06_every_state_action_and_role(status):
    """Listed moves alone change a status; all others are refused or denied, and nothing is written."""
    hq = factories.hq()
    made = helpers.in_review(hq)
    review = helpers.reviews_of(made)[0]
    reviewing.save_draft(review, helpers.full_draft(review), by=review.standing.user)
    people = {
        "reviewer": review.standing.user,
        "other reviewer": helpers.reviews_of(made)[1].standing.user,
        "hub leader": made.hub.memberships.get().user,
        "mentor": factories.hub_member(made.hub, Role.MENTOR),
        "subject leader": made.school.memberships.get(role="subject leader").user,
        "headteacher": made.school.memberships.get(role="headteacher").user,
        "HQ admin": hq,
        "HQ finance": factories.hq(Role.HQ_FINANCE),
        "HQ viewer": factories.hq(Role.HQ_VIEWER),
        "the clock": None,
    }
    allowed = {
        ("complete", "reviewer"): "completed",
        ("decline", "reviewer"): "declined",
        ("void", "HQ admin"): "void",
        ("void", "the clock"): "void",
    }
    for action in ["complete", "decline", "void"]:
        for who, person in people.items():
            Review.objects.filter(pk=review.pk).update(
                status=status, completed_at=NOW if status == "completed" else None
            )
            target = allowed.get((action, who)) if status == "assigned" else None
            expected = (
                nullcontext()
                if target
                else pytest.raises(
                    # Outside the table nobody hears of a state: denied, whatever the status.
                    Refused if (action, who) in allowed else PermissionDenied
                )
            )
            with expected:
                review_machine.perform(review, action, by=person, now=NOW, reason="Because.")
            review.refresh_from_db()
            assert review.status == (target or status), (action, who)
