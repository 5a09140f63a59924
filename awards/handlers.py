"""What follows from what happened elsewhere or in a review, in the same transaction."""

from awards import notices, tasks
from awards.domain import appeals, assignment, awarding, decisions, interests, standing
from awards.models import Appeal, AssignmentPlan, Certificate, PastImport, Review
from hubs.models import HubMembership
from psqm_portal.core import events
from psqm_portal.core.machine import Occasion, Refused
from schools.models import School, SchoolMembership
from submissions.models import Submission


@events.on("submission.enrol", "submission.carried_over")
def _enrolled(submission: Submission, _: Occasion) -> None:
    standing.on_enrolment(submission)


@events.on("submission.move_hub")
def _moved(submission: Submission, occasion: Occasion) -> None:
    assignment.take_back_for_conflict(standing.on_move(submission), now=occasion.now)


@events.on("hub_membership.started")
def _joined_hub(membership: HubMembership, occasion: Occasion) -> None:
    assignment.take_back_for_conflict(standing.on_hub_membership(membership), now=occasion.now)
    interests.from_application(membership.user, now=occasion.now)


@events.on("school_membership.started")
def _joined_school(membership: SchoolMembership, occasion: Occasion) -> None:
    assignment.take_back_for_conflict(standing.on_school_membership(membership), now=occasion.now)


@events.on("school.merged")
def _became_one(school: School, occasion: Occasion) -> None:
    """Who was at either of the two is now of this school, whose work is that of both."""
    for membership in SchoolMembership.objects.filter(school=school).select_related("user", "school"):
        _joined_school(membership, occasion)
    reviews = standing.catch_up(Submission.objects.filter(school=school).exclude(status__in=standing.ENDED))
    assignment.take_back_for_conflict(reviews, now=occasion.now)


@events.on("submission.assign_reviewers", "submission.add_review")
def _reviewers_chosen(submission: Submission, occasion: Occasion) -> None:
    reviewers = occasion.given.get("reviewers")
    if not reviewers:
        raise Refused("Choose the reviewers.")
    together = occasion.given.get("together")
    assignment.give_reviews(submission, reviewers, by=occasion.by, now=occasion.now, together=together)


@events.on("submission.reopen", "submission.withdraw")
def _left_review(submission: Submission, occasion: Occasion) -> None:
    assignment.take_back_all(
        submission,
        reason=f"{submission.school} is {submission.get_status_display().lower()}.",
        now=occasion.now,
    )
    decisions.close_standing(submission, now=occasion.now)


@events.on("review.assign")
def _assigned(review: Review, occasion: Occasion) -> None:
    if not occasion.given.get("together"):
        notices.tell_reviewer(review, "review_assigned", occasion)


@events.on("review.void")
def _taken_back(review: Review, occasion: Occasion) -> None:
    notices.tell_reviewer(review, "review_taken_back", occasion)


@events.on("review.decline")
def _declined(review: Review, occasion: Occasion) -> None:
    notices.tell_hq_of_review(review, "review_declined", occasion)


@events.on("review.complete", "review.decline", "review.void")
def _one_less(review: Review, occasion: Occasion) -> None:
    assignment.finish_if_done(review.standing.submission_id, now=occasion.now)


@events.on("submission.decide")
def _decided(submission: Submission, occasion: Occasion) -> None:
    decisions.record(submission, occasion)


@events.on("submission.undo")
def _undone(submission: Submission, occasion: Occasion) -> None:
    decisions.close_standing(submission, now=occasion.now)


@events.on("submission.uphold_appeal")
def _appeal_upheld(submission: Submission, occasion: Occasion) -> None:
    note = (occasion.given.get("note") or "").strip()
    appeals.uphold_open(submission, by=occasion.by, now=occasion.now, answer=note)
    decisions.close_standing(submission, now=occasion.now)
    decisions.record(submission, occasion)


@events.on("submission.release")
def _released(submission: Submission, occasion: Occasion) -> None:
    decision = submission.decisions.select_related("level").get(undone_at=None)
    decision.submission = submission
    award = awarding.release(decision, by=occasion.by, now=occasion.now)
    notices.tell_outcome(decision, award, now=occasion.now)
    appeals.told(submission, now=occasion.now)


@events.on("appeal.raise")
def _appeal_raised(appeal: Appeal, occasion: Occasion) -> None:
    notices.tell_of_appeal(appeal, now=occasion.now)


@events.on("appeal.ask_review")
def _fresh_review_asked(appeal: Appeal, occasion: Occasion) -> None:
    submission, reviewers = appeal.decision.submission, occasion.given["reviewers"]
    assignment.give_reviews(submission, reviewers, by=occasion.by, now=occasion.now)


@events.on("appeal.uphold", "appeal.turn_down")
def _appeal_answered(appeal: Appeal, occasion: Occasion) -> None:
    appeals.forget_reviews(appeal, now=occasion.now)


@events.on("appeal.turn_down")
def _appeal_turned_down(appeal: Appeal, occasion: Occasion) -> None:
    notices.tell_school_of_appeal(appeal, "appeal_turned_down", now=occasion.now)


@events.on("certificate.asked")
def _certificate_asked(_: Certificate, __: Occasion) -> None:
    tasks.make_certificates.delay_on_commit()  # type: ignore[attr-defined]  # Celery's types don't know it


@events.on("assignment_plan.confirmed")
def _plan_confirmed(plan: AssignmentPlan, _: Occasion) -> None:
    tasks.assign_planned.delay_on_commit(plan.pk)  # type: ignore[attr-defined]  # Celery's types don't know it


@events.on("past_import.waits")
def _past_import_waits(past: PastImport, _: Occasion) -> None:
    tasks.work_on_past_awards.delay_on_commit(past.pk)  # type: ignore[attr-defined]  # Celery's types don't know it
