"""A round's plan: made, changed by hand, confirmed, assigned once; reviewers answer."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from accounts.models import HQMembership, User
from awards.domain import agreed, answering, assignment, interests, plans, reviewing
from awards.models import AssignmentPlan, PlannedReview, Review
from awards.pages.planning import obstacles
from hubs.models import HubMembership
from messaging.models import Email
from psqm_portal.core.machine import Refused
from psqm_portal.core.roles import Role
from rounds.models import Round
from submissions.models import Submission
from tests import factories
from tests.awards import helpers
from tests.factories import NOW

pytestmark = pytest.mark.django_db
ANSWER_BY = date(2026, 11, 10)


@pytest.fixture
def hq() -> User:
    return factories.hq()


@pytest.fixture
def cycle() -> Round:
    return factories.round_()


def people(number: int, *, agreed_reviews: int = 5) -> list[User]:
    found = [helpers.reviewer(f"Reviewer {number}") for number in range(number)]
    HubMembership.objects.filter(user__in=found).update(agreed_reviews=agreed_reviews)
    return found


def submissions(cycle: Round, number: int) -> list[Submission]:
    """In one hub, whose leader so has a conflict with all of them."""
    in_hub = factories.hub()
    factories.hub_member(in_hub, person=factories.user("Own leader"))
    return [helpers.submitted(cycle=cycle, in_hub=in_hub) for _ in range(number)]


def given(plan: AssignmentPlan) -> set[tuple[int, int]]:
    return set(plan.reviews.values_list("submission", "user"))


def assigned() -> set[tuple[int, int]]:
    return set(Review.objects.filter(status="assigned").values_list("standing__submission", "standing__user"))


def confirmed(plan: AssignmentPlan, hq: User) -> AssignmentPlan:
    plans.confirm(plan, answer_by=ANSWER_BY, by=hq, now=NOW)
    assert plans.work(plan.pk, clock=lambda: NOW)
    plan.refresh_from_db()
    return plan


def test_the_plan_gives_each_its_reviewers_evenly_and_no_conflict(hq, cycle):
    made, leaders = submissions(cycle, 5), people(4)
    plan = plans.make(cycle, by=hq, now=NOW)
    found = plans.check(plan)
    assert (len(given(plan)), found.wrong, found.short) == (10, [], {})
    assert sorted(found.load[one.pk] for one in leaders) == [2, 2, 3, 3]
    assert found.load[made[0].hub.memberships.get().user_id] == 0
    assert Review.objects.count() == 0
    assert Email.objects.count() == 0
    cycle.reviews_per_submission = 3
    cycle.save()
    assert len(given(plans.make(cycle, by=hq, now=NOW))) == 15


def test_only_hq_admins_plan(hq, cycle):
    submissions(cycle, 1)
    people(2)
    plan = plans.make(cycle, by=hq, now=NOW)
    for other in (factories.hq(Role.HQ_VIEWER), helpers.reviewer()):
        with pytest.raises(PermissionDenied):
            plans.make(cycle, by=other, now=NOW)
        with pytest.raises(PermissionDenied):
            plans.confirm(plan, answer_by=ANSWER_BY, by=other, now=NOW)
        with pytest.raises(PermissionDenied):
            plans.drop(plan, by=other, now=NOW)
        with pytest.raises(PermissionDenied):
            agreed.set_numbers({}, by=other, now=NOW)


def test_confirming_assigns_all_in_one_go_with_one_mail_each(hq, cycle):
    made, leaders = submissions(cycle, 4), people(4)
    plan = plans.make(cycle, by=hq, now=NOW)
    planned = given(plan)
    confirmed(plan, hq)
    assert assigned() == planned
    assert plan.status == "done"
    assert {one.answer_by for one in Review.objects.all()} == {ANSWER_BY}
    assert set(Submission.objects.filter(pk__in=[one.pk for one in made]).values_list("status")) == {
        ("in_review",)
    }
    mails = Email.objects.filter(template=plans.TEMPLATE)
    assert sorted(mails.values_list("to", flat=True)) == sorted(one.email for one in leaders)
    assert Email.objects.filter(template="awards/mail/review_assigned").count() == 0
    mail = mails.get(to=leaders[0].email)
    theirs = Review.objects.filter(standing__user=leaders[0])
    assert mail.subject == f"2 submissions for you to review: {cycle}"
    for review in theirs:
        assert f"- {review.standing.submission.school}" in mail.text
    assert "Tuesday 10 November 2026" in mail.text
    with pytest.raises(Refused, match="confirmed or dropped already"):
        plans.confirm(plan, answer_by=ANSWER_BY, by=hq, now=NOW)


def test_r10_killed_at_each_step_and_begun_again_nothing_is_done_or_told_twice(hq, cycle, monkeypatch):
    submissions(cycle, 3)
    people(3)
    plan = plans.make(cycle, by=hq, now=NOW)
    planned = given(plan)
    plans.confirm(plan, answer_by=ANSWER_BY, by=hq, now=NOW)
    seen = []
    for step in range(3):
        left = [step]

        def clock(left: list[int] = left):
            if not left[0]:
                raise SystemExit
            left[0] -= 1
            return NOW

        try:
            plans.work(plan.pk, clock=clock)
        except SystemExit:
            seen.append(len(assigned()))
            assert Email.objects.filter(template=plans.TEMPLATE).count() == 0
    assert seen == [0, 2, 6]
    assert plans.waiting(now=NOW + timedelta(minutes=2)) == [plan.pk]
    assert plans.waiting(now=NOW + timedelta(seconds=30)) == []
    assert plans.work(plan.pk, clock=lambda: NOW)
    assert not plans.work(plan.pk, clock=lambda: NOW)
    assert assigned() == planned
    assert Review.objects.count() == 6
    assert Email.objects.filter(template=plans.TEMPLATE).count() == 3
    assert plans.waiting(now=NOW + timedelta(days=1)) == []


def test_r09_a_mail_that_can_t_be_written_leaves_the_plan_underway(hq, cycle, monkeypatch):
    submissions(cycle, 1)
    people(2)
    plan = plans.make(cycle, by=hq, now=NOW)
    plans.confirm(plan, answer_by=ANSWER_BY, by=hq, now=NOW)
    with monkeypatch.context() as patched:
        patched.setattr(plans, "_remember", lambda *_args, **_kwargs: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            plans.work(plan.pk, clock=lambda: NOW)
    assert Email.objects.filter(template=plans.TEMPLATE).count() == 0
    assert plans.work(plan.pk, clock=lambda: NOW)
    assert Email.objects.filter(template=plans.TEMPLATE).count() == 2


def test_planning_again_keeps_what_was_chosen_by_hand_and_what_is_assigned(hq, cycle):
    made, leaders = submissions(cycle, 4), people(5)
    assignment.assign(made[0], leaders[:2], by=hq, now=NOW)
    plan = plans.make(cycle, by=hq, now=NOW)
    assert made[0].pk not in {work for work, _ in given(plan)}
    plans.choose(plan, made[1], leaders[:2], by=hq, now=NOW)
    again = plans.make(cycle, by=hq, now=NOW)
    assert again.pk == plan.pk
    assert {user for work, user in given(plan) if work == made[1].pk} == {leaders[0].pk, leaders[1].pk}
    loads = plans.check(plan).load
    assert sorted(loads[one.pk] for one in leaders) == [1, 1, 2, 2, 2]


def test_who_declined_isn_t_asked_again_and_only_what_is_open_is_planned(hq, cycle):
    submissions(cycle, 3)
    leaders = people(4)
    confirmed(plans.make(cycle, by=hq, now=NOW), hq)
    review = Review.objects.filter(standing__user=leaders[0]).order_by("pk")[0]
    before = assigned()
    reviewing.decline(review, reason="No time", by=leaders[0], now=NOW)
    plan = plans.make(cycle, by=hq, now=NOW)
    [(work, user)] = given(plan)
    assert work == review.standing.submission_id
    assert user != leaders[0].pk
    Email.objects.all().delete()
    confirmed(plan, hq)
    assert before - assigned() == {(work, leaders[0].pk)}
    assert assigned() - before == {(work, user)}
    assert Email.objects.filter(template=plans.TEMPLATE).count() == 1


def test_by_hand_a_conflict_is_refused_and_the_rest_is_warned_of(hq, cycle):
    made, leaders = submissions(cycle, 2), people(3, agreed_reviews=2)
    plan = plans.make(cycle, by=hq, now=NOW)
    own = made[0].hub.memberships.get().user
    with pytest.raises(Refused) as refused:
        plans.choose(plan, made[0], [own, leaders[0]], by=hq, now=NOW)
    assert str(refused.value) == (
        f"Own leader can’t be chosen. Conflict of interest: leads the hub {made[0].hub}."
    )
    with pytest.raises(Refused, match="Choose 2 reviewers; 1 chosen"):
        plans.choose(plan, made[0], leaders[:1], by=hq, now=NOW)
    with pytest.raises(Refused, match="Doesn’t lead a hub now"):
        plans.choose(plan, made[0], [leaders[0], factories.user()], by=hq, now=NOW)
    for one in made:
        plans.choose(plan, one, leaders[:2], by=hq, now=NOW)
    made[0].school.easting, made[0].school.northing = 500_000, 200_000
    made[0].school.save()
    hub = leaders[0].hub_memberships.get().hub
    for place, east in ((hub, 500_000 + 6 * 1609), (leaders[1].hub_memberships.get().hub, 560_000)):
        place.easting, place.northing = east, 200_000
        place.save()
    HubMembership.objects.filter(user=leaders[0]).update(agreed_reviews=1)
    cycle.minimum_reviews = 1
    cycle.save()
    found = plans.check(AssignmentPlan.objects.get())
    assert plans.warnings(found, made[0].pk, leaders[0].pk, beside=[leaders[1].pk]) == [
        "would have 2 reviews of 1 agreed",
        "their hub is 6 miles away",
        "comes from the same region as Reviewer 1",
    ]
    assert plans.warnings(found, made[0].pk, leaders[2].pk) == []


def test_near_and_same_region_reviewers_are_avoided_where_others_are_there(hq, cycle):
    [made], leaders = submissions(cycle, 1), people(4)
    made.school.easting, made.school.northing = 500_000, 200_000
    made.school.save()
    for person, east in zip(leaders, (505_000, 600_000, 640_000, 300_000), strict=True):
        hub = person.hub_memberships.get().hub
        hub.easting, hub.northing = east, 200_000
        hub.save()
    plan = plans.make(cycle, by=hq, now=NOW)
    chosen = {user for _, user in given(plan)}
    assert leaders[0].pk not in chosen
    assert leaders[3].pk in chosen


def test_it_says_exactly_what_stands_in_the_way(hq, cycle):
    made, leaders = submissions(cycle, 3), people(2, agreed_reviews=2)
    interests.declare_by_hq(leaders[0], made[0], why="Governor", by=hq, now=NOW)
    plan = plans.make(cycle, by=hq, now=NOW)
    found = obstacles(plan, plans.check(plan))
    assert found.missing == 2
    assert found.tight == (
        "3 submissions need 6 more reviews. Those who could take them, Reviewer 1, have 2 free places by the"
        " agreed numbers, and 2 reviews others can do: 2 places missing. Agree more reviews with some hub"
        " leaders, or find more."
    )
    assert next(submission for submission, _ in found.short) == made[0]
    why = dict(found.short)[made[0]]
    assert why == "Of 3 hub leaders: 2 have a conflict of interest, 1 is planned."
    # The whole ones can be confirmed; the others stay.
    confirmed(plan, hq)
    assert set(Submission.objects.filter(round=cycle).values_list("status", flat=True)) == {
        "submitted",
        "in_review",
    }
    assert Review.objects.count() % 2 == 0


def test_too_few_places_in_all_are_counted(hq, cycle):
    submissions(cycle, 4)
    people(2, agreed_reviews=3)
    HubMembership.objects.filter(user__name="Own leader").update(ended_at=NOW)
    plan = plans.make(cycle, by=hq, now=NOW)
    found = obstacles(plan, plans.check(plan))
    assert found.missing == 2
    assert found.tight == (
        "4 submissions need 8 more reviews. Those who could take them, Reviewer 0 and Reviewer 1, have 6 free"
        " places by the agreed numbers: 2 places missing. Agree more reviews with some hub leaders, or find"
        " more."
    )
    person = User.objects.get(name="Reviewer 0")
    assert agreed.set_numbers({person.pk: 5}, by=hq, now=NOW) == 1
    assert agreed.set_numbers({person.pk: 5}, by=hq, now=NOW) == 0
    assert plans.check(plans.make(cycle, by=hq, now=NOW)).short  # each still needs two different people
    leaders = User.objects.filter(name__startswith="Reviewer")
    agreed.set_numbers(dict.fromkeys(leaders.values_list("pk", flat=True), 4), by=hq, now=NOW)
    assert plans.check(plans.make(cycle, by=hq, now=NOW)).short == {}


def test_a_plan_that_the_world_overtook_is_refused_with_a_sentence_and_mended_by_planning_again(hq, cycle):
    made, leaders = submissions(cycle, 3), people(4)
    plan = plans.make(cycle, by=hq, now=NOW)
    plans.choose(plan, made[0], leaders[:2], by=hq, now=NOW)
    interests.declare_by_hq(leaders[0], made[0], why="Governor", by=hq, now=NOW)
    with pytest.raises(Refused) as refused:
        plans.confirm(plan, answer_by=ANSWER_BY, by=hq, now=NOW)
    assert str(refused.value) == (
        f"Something changed since the plan was made: Reviewer 0 and {made[0].school}"
        " (conflict of interest: declared: governor). Plan again: what you chose by hand stays."
    )
    plans.make(cycle, by=hq, now=NOW)
    assert (made[0].pk, leaders[1].pk) in given(plan)
    assert (made[0].pk, leaders[0].pk) not in given(plan)
    Submission.objects.filter(pk=made[1].pk).update(status="withdrawn", seat=None)
    with pytest.raises(Refused, match="isn’t waiting for reviewers any more"):
        plans.confirm(plan, answer_by=ANSWER_BY, by=hq, now=NOW)
    confirmed(plans.make(cycle, by=hq, now=NOW), hq)
    assert Review.objects.count() == 4


def test_what_changes_while_it_is_assigned_is_told_on_the_plan(hq, cycle):
    made, leaders = submissions(cycle, 2), people(3)
    plan = plans.make(cycle, by=hq, now=NOW)
    plans.confirm(plan, answer_by=ANSWER_BY, by=hq, now=NOW)
    mine = plan.reviews.filter(submission=made[0])[0].user
    interests.declare_by_hq(mine, made[0], why="Governor", by=hq, now=NOW)
    assert plans.work(plan.pk, clock=lambda: NOW)
    problems = set(plan.reviews.exclude(problem="").values_list("submission", "problem"))
    assert problems == {
        (
            made[0].pk,
            f"{mine} has a conflict of interest and can't review {made[0].school}: declared: Governor.",
        )
    }
    assert {work for work, _ in assigned()} == {made[1].pk}
    assert len(leaders) == 3


def test_who_lost_the_right_after_confirming_assigns_nothing(hq, cycle):
    submissions(cycle, 1)
    people(2)
    plan = plans.make(cycle, by=hq, now=NOW)
    plans.confirm(plan, answer_by=ANSWER_BY, by=hq, now=NOW)
    HQMembership.objects.filter(user=hq).update(ended_at=NOW)
    assert plans.work(plan.pk, clock=lambda: NOW)
    assert assigned() == set()
    assert Email.objects.filter(template=plans.TEMPLATE).count() == 0
    assert "isn’t an HQ admin any more" in PlannedReview.objects.all()[0].problem


def test_nothing_to_plan_and_too_early_a_day_are_refused(hq, cycle):
    with pytest.raises(Refused, match="No submission needs a reviewer now"):
        plans.make(cycle, by=hq, now=NOW)
    assert AssignmentPlan.objects.count() == 0
    submissions(cycle, 1)
    plan = plans.make(cycle, by=hq, now=NOW)
    with pytest.raises(Refused, match="Choose a day after today"):
        plans.confirm(plan, answer_by=NOW.date(), by=hq, now=NOW)
    with pytest.raises(Refused, match="No submission has all its reviewers"):
        plans.confirm(plan, answer_by=ANSWER_BY, by=hq, now=NOW)
    plans.drop(plan, by=hq, now=NOW)
    with pytest.raises(Refused):
        plans.drop(plan, by=hq, now=NOW)


def test_r17_one_plan_at_a_time_and_no_review_twice_in_it(hq, cycle):
    made, leaders = submissions(cycle, 1), people(2)
    plan = plans.make(cycle, by=hq, now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        AssignmentPlan.objects.create(round=cycle, made_by=hq, made_at=NOW, touched_at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        PlannedReview.objects.create(plan=plan, submission=made[0], user=leaders[0])
    with pytest.raises(IntegrityError), transaction.atomic():
        AssignmentPlan.objects.filter(pk=plan.pk).update(status="confirmed")
    plans.confirm(plan, answer_by=ANSWER_BY, by=hq, now=NOW)
    with pytest.raises(Refused, match="being assigned now"):
        plans.make(cycle, by=hq, now=NOW)


# Answers ---------------------------------------------------------------------------------------------------


def test_a_reviewer_accepts_all_or_one_and_nobody_else_s(hq):
    person, other = helpers.reviewer(), helpers.reviewer()
    rows = [helpers.reviews_of(helpers.in_review(hq, [person, other])) for _ in range(3)]
    mine, theirs = [row[0] for row in rows], [row[1] for row in rows]
    assert mine[0].answer_by == ANSWER_BY
    reviewing.accept(mine[0], by=person, now=NOW)
    with pytest.raises(Refused, match="said yes to this review already"):
        reviewing.accept(mine[0], by=person, now=NOW)
    for stranger in (other, hq):
        with pytest.raises(PermissionDenied):
            reviewing.accept(mine[1], by=stranger, now=NOW)
    assert answering.accept_several([row.pk for row in mine + theirs], by=person, now=NOW) == 2
    assert Review.objects.filter(accepted_at=NOW).count() == 3
    assert answering.unanswered().count() == 3
    reviewing.decline(mine[1], reason="Ill", by=person, now=NOW)
    with pytest.raises(Refused):
        reviewing.accept(mine[1], by=person, now=NOW)


def test_who_completes_a_review_has_accepted_it():
    review = helpers.open_review()
    assert helpers.finish(review).accepted_at == NOW


def test_who_hasn_t_answered_is_reminded_once_the_day_before(hq):
    person, other = helpers.reviewer(), helpers.reviewer()
    made = [helpers.in_review(hq, [person, other]) for _ in range(2)]
    theirs = Review.objects.filter(standing__user=other).values_list("pk", flat=True)
    answering.accept_several(theirs, by=other, now=NOW)
    for day in (0, 5, 6, 6, 7, 8):
        answering.remind(NOW + timedelta(days=day))
        mails = Email.objects.filter(template=answering.TEMPLATE)
        assert mails.count() == (day >= 6)
    mail = mails.get()
    assert (mail.to, mail.subject) == (person.email, "Can you review 2 submissions?")
    for one in made:
        assert f"- {one.school}" in mail.text
