from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from awards.models import Review, Standing
from hubs.models import Attendance, TrainingSession
from payments.domain.earnings import earn_at_enrolment, earn_for_review, earn_for_school, parts_of
from payments.domain.terms import save_terms, terms_of
from payments.models import Earning, EarningTerms, Moment
from psqm_portal.core import events
from psqm_portal.core.machine import Occasion, Refused
from psqm_portal.core.roles import Role
from submissions.domain.machine import submission_machine
from tests import factories as make
from tests.payments.helpers import enrolled, round_with_fees

NOW = Occasion(by=None, now=make.NOW)


def set_terms(cycle, **changes):
    EarningTerms.objects.filter(pk=terms_of(cycle).pk).update(**changes)


def lines(submission):
    return [(line.kind, line.instalment, line.amount) for line in submission.earnings.order_by("id")]


@st.composite
def shares(draw):
    first = draw(st.integers(0, 100))
    second = draw(st.integers(0, 100 - first))
    return {"enrolment": first, "training": second, "submission": 100 - first - second}


@given(
    rate=st.one_of(
        st.sampled_from([Decimal("350.00"), Decimal("200.00"), Decimal("50.00"), Decimal("750.00")]),
        st.decimals(0, 100_000, places=2),
    ),
    split=shares(),
)
@settings(deadline=None)
def test_r18_parts_add_up_to_the_penny(rate, split):
    parts = parts_of(rate, split)
    assert sum(parts.values()) == rate
    assert all(amount >= 0 and amount == amount.quantize(Decimal("0.01")) for amount in parts.values())
    assert set(parts) == {moment for moment, share in split.items() if share}


def test_r18_the_last_part_takes_the_remainder():
    assert parts_of(Decimal("350.00"), {"enrolment": 33, "training": 33, "submission": 34}) == {
        "enrolment": Decimal("115.50"), "training": Decimal("115.50"), "submission": Decimal("119.00"),
    }  # fmt: skip
    assert parts_of(Decimal("0.01"), {"enrolment": 50, "training": 50, "submission": 0}) == {
        "enrolment": Decimal("0.00"), "training": Decimal("0.01"),
    }  # fmt: skip


@pytest.mark.django_db
@given(split=shares())
@settings(deadline=None, max_examples=15)
def test_r18_a_years_moments_earn_the_rate_exactly_and_a_rerun_nothing(split):
    cycle = round_with_fees()
    set_terms(cycle, **{f"share_{moment}": share for moment, share in split.items()})
    submission = make.submission(cycle=cycle, in_hub=make.hub(), parts=False)
    leader = make.hub_member(submission.hub)
    for _ in range(2):
        for moment in Moment:
            earn_for_school(submission, moment, now=make.NOW)
    made = list(submission.earnings.all())
    assert sum(line.amount for line in made) == Decimal("350.00")
    assert {line.payee for line in made} == {leader}
    assert {line.rate for line in made} == {Decimal("350.00")}
    assert len(made) == sum(1 for share in split.values() if share)


@pytest.mark.django_db
class TestCauses:
    def test_enrolment_earns_the_leader_350_pounds(self):
        submission = enrolled()
        line = submission.earnings.get()
        assert line.payee == submission.hub.memberships.current().get().user
        assert lines(submission) == [("school", "enrolment", Decimal("350.00"))]
        assert line.cause == f"{submission.school} enrolled, {submission.round}"
        assert line.reference == f"E{line.pk}"

    def test_a_reaccreditation_earns_200_and_never_350(self):
        cycle = round_with_fees(kind="reaccreditation")
        submission = enrolled(cycle)
        for moment in Moment:
            earn_for_school(submission, moment, now=make.NOW)
        assert lines(submission) == [("reaccreditation", "enrolment", Decimal("200.00"))]

    def test_the_first_training_attended_earns_once(self):
        cycle = round_with_fees()
        set_terms(cycle, share_enrolment=0, share_training=100)
        submission = enrolled(cycle)
        assert lines(submission) == []
        for day in (1, 2):
            session = TrainingSession.objects.create(
                hub_round=submission.hub.hub_rounds.get(), step=f"training_{day}", held_on=date(2026, 9, day)
            )
            attendance = Attendance.objects.create(session=session, school=submission.school)
            events.publish("training.attended", attendance, NOW)
        assert lines(submission) == [("school", "training", Decimal("350.00"))]

    def test_a_training_before_the_enrolment_counts_at_the_enrolment(self):
        cycle, place, hub = round_with_fees(), make.school(), make.hub()
        set_terms(cycle, share_enrolment=40, share_training=60)
        session = TrainingSession.objects.create(
            hub_round=make.hub_round(hub, cycle), step="training_1", held_on=date(2026, 9, 1)
        )
        events.publish("training.attended", Attendance.objects.create(session=session, school=place), NOW)
        assert not Earning.objects.exists()
        assert lines(enrolled(cycle, place, hub)) == [
            ("school", "enrolment", Decimal("140.00")),
            ("school", "training", Decimal("210.00")),
        ]

    def test_submitting_earns_its_part_for_who_leads_then(self):
        cycle = round_with_fees()
        set_terms(cycle, share_enrolment=50, share_submission=50)
        submission = enrolled(cycle)
        first = submission.hub.memberships.current().get()
        first.ended_at = make.NOW
        first.save()
        second = make.hub_member(submission.hub)
        events.publish("submission.submit", submission, NOW)
        payees = dict(submission.earnings.values_list("instalment", "payee"))
        assert payees == {"enrolment": first.user_id, "submission": second.pk}

    def test_a_review_earns_its_reviewer_50_pounds_once(self):
        submission = make.submission(status="in_review", parts=False)
        standing = Standing.objects.create(user=make.user(), submission=submission, kind="reviewer")
        review = Review.objects.create(standing=standing, cycle=1, assigned_at=make.NOW)
        for _ in range(2):
            events.publish("review.complete", review, NOW)
        assert lines(submission) == [("review", f"review-{review.pk}", Decimal("50.00"))]
        assert submission.earnings.get().payee == standing.user

    def test_the_rate_of_the_moment_is_kept(self):
        submission = enrolled()
        set_terms(submission.round, review_rate=Decimal("60.00"))
        standing = Standing.objects.create(user=make.user(), submission=submission, kind="reviewer")
        review = Review.objects.create(standing=standing, cycle=1, assigned_at=make.NOW)
        assert earn_for_review(review, now=make.NOW).rate == Decimal("60.00")
        set_terms(submission.round, review_rate=Decimal("70.00"))
        assert earn_for_review(review, now=make.NOW).rate == Decimal("60.00")

    def test_a_hub_without_a_leader_keeps_the_line_for_the_one_appointed(self):
        submission = enrolled(has_leader=False)
        assert submission.earnings.get().payee is None
        mentor = make.hub_member(submission.hub, Role.MENTOR)
        events.publish("hub_membership.started", mentor.hub_memberships.get(), NOW)
        assert submission.earnings.get().payee is None
        leader = make.hub_member(submission.hub)
        events.publish("hub_membership.started", leader.hub_memberships.get(), NOW)
        assert submission.earnings.get().payee == leader
        later = make.hub_member(make.hub())
        events.publish("hub_membership.started", later.hub_memberships.get(), NOW)
        assert submission.earnings.get().payee == leader

    def test_a_deferred_school_earns_nothing_twice(self):
        submission = enrolled()
        later = round_with_fees(opens=date(2027, 4, 1), framework=submission.round.framework)
        make.hub_round(submission.hub, later)
        submission_machine.perform(
            submission, "defer", by=make.hq(), now=make.NOW, reason="Works", round=later, hub=submission.hub
        )
        copy = submission.continued_by
        earn_at_enrolment(copy, now=make.NOW)
        assert lines(submission) == [("school", "enrolment", Decimal("350.00"))]
        assert lines(copy) == []


@pytest.mark.django_db
def test_the_split_is_settled_once_a_part_was_earned():
    submission = enrolled()
    terms = terms_of(submission.round)
    terms.share_enrolment, terms.share_training = 50, 50
    with pytest.raises(Refused, match="can't change any more"):
        save_terms(terms, by=make.hq(), now=make.NOW)
    terms = terms_of(submission.round)
    terms.review_rate = Decimal("55.00")
    save_terms(terms, by=make.hq(), now=make.NOW)
    assert terms_of(submission.round).review_rate == Decimal("55.00")
